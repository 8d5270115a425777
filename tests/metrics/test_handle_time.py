"""Handle time of contacts. Times in seconds."""

from __future__ import annotations

from tests.domain.stories import US, Story


def parts(story: Story, key: str = "handle_time/1") -> list[float]:
    """Handle, talk, hold and after-contact work."""
    return [booking.amount / US for booking in story.fact(key).bookings]


def test_from_the_answer_to_the_end_and_the_work_after_it() -> None:
    story = Story().created(0, "phone").queued(0).answered(10).ended(100, after=20, hold=30)
    assert parts(story) == [110.0, 60.0, 30.0, 20.0]
    assert story.value("handle_time/1") == 110.0
    assert story.booked_at("handle_time/1") == 100


def test_what_is_not_ended_is_not_guessed() -> None:
    assert "handle_time/1" not in Story().queued(0).answered(10).facts
    assert "handle_time/1" not in Story().queued(0).abandoned(10).facts


def test_who_goes_on_to_another_queue_was_handled_until_then() -> None:
    story = Story().queued(0, "a").answered(10).queued(70, "b").answered(90).ended(150, after=5)
    assert parts(story) == [60.0, 60.0, 0.0, 0.0]
    assert parts(story, "handle_time/2") == [65.0, 60.0, 0.0, 5.0]


def test_a_contact_that_took_no_time_was_not_handled() -> None:
    assert "handle_time/1" not in Story().queued(0).answered(10).ended(10).facts
    assert parts(Story().queued(0).answered(10).ended(10, after=3)) == [3.0, 0.0, 0.0, 3.0]


def test_hold_is_never_longer_than_the_conversation_and_nonsense_counts_as_nothing() -> None:
    assert parts(Story().queued(0).answered(10).ended(40, hold=99)) == [30.0, 0.0, 30.0, 0.0]
    assert parts(Story().queued(0).answered(10).ended(40, after=1e300)) == [30.0, 30.0, 0.0, 0.0]


def test_it_stays_with_the_team_of_its_queue() -> None:
    story = Story().created(0, "phone", "front").queued(0, "billing").answered(10).ended(40)
    assert story.segment("handle_time/1") == ("phone", "billing", "")
