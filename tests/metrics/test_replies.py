"""Next reply time, replies per ticket, and who waits for one. Times in seconds."""

from __future__ import annotations

from tests.domain.stories import Story


def waits(story: Story) -> list[float | None]:
    return [fact.value for key, fact in story.facts.items() if key.startswith("next_reply/")]


def test_the_first_response_is_no_next_reply() -> None:
    assert waits(Story().created(0).message(1, "customer").message(60)) == []


def test_from_the_first_message_not_replied_to() -> None:
    story = Story().created(0).message(60).message(100, "customer").message(120, "customer").message(160)
    assert waits(story) == [60.0]
    assert story.booked_at("next_reply/1") == 160


def test_each_wait_is_one_and_a_second_reply_is_none() -> None:
    story = Story().created(0).message(10).message(20, "customer").message(25).message(26)
    assert waits(story.message(30, "customer").message(50)) == [5.0, 20.0]


def test_bots_notes_and_automation_reply_to_nobody() -> None:
    story = Story().created(0).message(10).message(20, "customer")
    story.message(21, "bot").message(22, automated=True).message(23, public=False).message(30)
    assert waits(story) == [10.0]


def test_the_message_that_opened_a_ticket_for_the_customer_is_no_reply() -> None:
    story = Story().created(0, by_agent=True).message(0).message(50, "customer").message(60)
    assert waits(story) == []
    assert waits(story.message(70, "customer").message(75)) == [5.0]


def test_replies_are_counted_while_the_ticket_is_done() -> None:
    story = (
        Story().created(0).message(5, "customer").message(10).message(20, "customer").message(30).status(40, "solved")
    )
    assert story.value("replies") == 2.0
    assert [booking.amount for booking in story.fact("replies").bookings] == [2_000_000, 2_000_000]
    assert story.booked_at("replies") == 40
    assert story.status(50, "open").value("replies") is None


def test_a_new_ticket_is_unanswered_since_its_creation() -> None:
    story = Story().created(10)
    assert story.booked_at("unanswered") == 10
    assert "unanswered" not in story.message(20).facts


def test_a_ticket_is_unanswered_again_since_the_first_message_without_reply() -> None:
    story = Story().created(0).message(10).message(20, "customer").message(30, "customer")
    assert story.booked_at("unanswered") == 20
    assert story.fact("unanswered").level


def test_nobody_waits_whose_ticket_is_done_or_was_opened_by_an_agent_or_waits_in_a_queue() -> None:
    assert "unanswered" not in Story().created(0).message(5, "customer").status(9, "solved").facts
    assert "unanswered" not in Story().created(0, by_agent=True).facts
    assert "unanswered" not in Story().created(0, "phone").queued(1).facts
    assert "unanswered" in Story().created(0, "chat").queued(1).message(2, "customer").facts
