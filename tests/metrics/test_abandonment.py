"""Abandonment and what stands beside it, one rule per test. Times in seconds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stream.domain.facts import Facts
from stream.metrics.abandonment import book
from tests.domain.stories import Story


def own(story: Story) -> Facts:
    """What this metric books, and no other."""
    facts: Facts = {}
    book(story.timeline, story.definitions, facts)
    return facts


def test_a_contact_that_leaves_while_waiting_abandons_after_its_wait() -> None:
    story = Story().queued(10).abandoned(55)
    assert (story.value("abandoned/1"), story.measures("abandoned/1")) == (45.0, ["abandoned"])


def test_an_answer_ends_the_wait() -> None:
    story = Story().queued(10).answered(55)
    assert (story.value("answered/1"), story.measures("answered/1")) == (45.0, ["answered"])


def test_every_visit_is_offered_once_when_its_wait_begins() -> None:
    story = Story().queued(10).abandoned(55)
    assert (story.booked_at("offered/1"), story.value("offered/1")) == (10, None)


@pytest.mark.parametrize("leave", [Story.answered, Story.abandoned, Story.left_queue])
def test_the_outcome_is_booked_at_the_exit(leave: Callable[..., Story]) -> None:
    story = Story().queued(10)
    leave(story, 55)
    [key] = own(story).keys() - {"offered/1"}
    assert story.booked_at(key) == 55


@pytest.mark.parametrize("reason", ["callback", "voicemail", "transfer", "timeout", "overflow"])
def test_left_otherwise_is_neither_answered_nor_abandoned(reason: str) -> None:
    story = Story().queued(10).left_queue(30, reason)
    assert set(story.facts) == {"offered/1", "left_queue/1"}
    assert (story.value("left_queue/1"), story.measures("left_queue/1")) == (20.0, ["left_queue", f"left_{reason}"])


def test_still_waiting_is_offered_and_nothing_else_of_a_window() -> None:
    assert {key for key, fact in Story().queued(10).facts.items() if not fact.level} == {"offered/1"}


def test_answered_without_having_queued_waited_nothing() -> None:
    story = Story().created(0, "phone").answered(30)
    assert (story.value("answered/1"), story.booked_at("offered/1"), story.measures("answered/1")) == (
        0.0,
        30,
        ["answered"],
    )


def test_a_transfer_starts_a_new_visit() -> None:
    story = Story().queued(0).answered(10).queued(60).answered(75)
    assert (story.value("answered/1"), story.value("answered/2")) == (10.0, 15.0)


def test_queueing_again_while_waiting_ends_the_first_visit_as_left() -> None:
    story = Story().queued(0, "a").queued(40, "b").answered(50)
    assert (story.value("left_queue/1"), story.value("answered/2")) == (40.0, 10.0)


def test_a_visit_is_booked_under_the_team_whose_queue_it_was() -> None:
    story = Story().created(0, "phone", "front").queued(0, "a").answered(10).queued(60, "b").abandoned(75)
    assert [story.segment(key)[1] for key in ("offered/1", "answered/1", "offered/2", "abandoned/2")] == list("aabb")


def test_a_visit_without_a_team_is_booked_under_the_tickets() -> None:
    assert Story().created(0, "phone", "front").queued(0).answered(10).segment("answered/1")[1] == "front"


def test_a_ticket_without_a_team_gets_that_of_its_last_queue() -> None:
    story = Story().created(0, "phone").queued(0, "a").answered(10).status(90, "solved")
    assert story.segment("full_resolution") == ("phone", "a", "")


def test_an_abandon_shorter_than_the_limit_leaves_both_sides() -> None:
    story = Story(short_abandon_seconds=5).queued(0).abandoned(4.9)
    assert story.measures("short_abandoned/1") == ["short_abandoned"]
    assert set(own(story)) == {"offered/1", "short_abandoned/1"}


def test_an_abandon_as_long_as_the_limit_counts() -> None:
    assert Story(short_abandon_seconds=5).queued(0).abandoned(5).measures("abandoned/1") == ["abandoned"]


def test_without_a_limit_every_abandon_counts() -> None:
    assert Story().queued(0).abandoned(0).measures("abandoned/1") == ["abandoned"]


def test_a_short_answer_is_no_short_abandon() -> None:
    assert Story(short_abandon_seconds=5).queued(0).answered(1).measures("answered/1") == ["answered"]


@pytest.mark.parametrize(
    ("leave", "key", "measure"),
    [
        (Story.answered, "answered/1", "answered"),
        (Story.abandoned, "abandoned/1", "abandoned"),
    ],
)
def test_a_negative_wait_counts_as_zero_and_is_counted(leave: Callable[..., Story], key: str, measure: str) -> None:
    story = Story().queued(10)
    leave(story, 7)
    assert (story.value(key), story.measures(key), len(own(story))) == (0.0, [measure, "negative_wait"], 2)


def test_clocks_further_apart_than_the_skew_are_two_visits() -> None:
    story = Story(clock_skew_seconds=2).queued(10).answered(7)
    assert set(own(story)) == {"offered/1", "answered/1", "offered/2"}


def test_a_conversation_that_ended_took_the_contact_out_of_the_queue() -> None:
    story = Story().queued(0).ended(30)
    assert (story.value("abandoned/1"), "waiting" in story.facts) == (30.0, False)


def test_surveys_messages_and_statuses_make_no_visit() -> None:
    story = Story().created(0).message(1).status(2, "open").survey(3, 5)
    assert not [key for key in story.facts if key.startswith(("offered/", "answered/", "abandoned/", "left_queue/"))]


def test_a_removed_contact_has_no_visits() -> None:
    assert Story().queued(0).abandoned(10).removed(20).facts == {}
