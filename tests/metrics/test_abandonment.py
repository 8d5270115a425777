"""Abandonment and what stands beside it, one rule per test. Times in seconds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stream.domain.cells import Cell, Cells, merge_cells
from stream.domain.facts import Facts
from stream.domain.rows import Row, make_row
from stream.metrics.abandonment import METRIC, book
from stream.metrics.headlines import row_of
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
    assert set(story.facts) == {"offered/1", "left_queue/1", "offered_outcome/1"}
    assert (story.value("left_queue/1"), story.measures("left_queue/1")) == (20.0, ["left_queue", f"left_{reason}"])


def test_still_waiting_is_offered_and_nothing_else_of_a_window() -> None:
    assert {key for key, fact in Story().queued(10).facts.items() if not fact.level} == {
        "offered/1",
        "offered_outcome/1",
    }


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


def _cells(*stories: Story) -> Cells:
    cells: Cells = {}
    for story in stories:
        for fact in story.facts.values():
            for booking in fact.bookings if not fact.level else ():
                cells.setdefault(booking.measure.name, Cell()).add(booking.amount, booking.bin_index, 1)
    return cells


def _row(definition: str, *stories: Story) -> Row:
    return make_row(row_of(METRIC, definition), "all", "", "1h", (0, 3600), _cells(*stories))


def test_the_longest_wait_lies_within_the_bounds_that_the_row_says() -> None:
    row = _row("longest_wait_of_answered", *(Story().queued(0).answered(wait) for wait in (3, 47, 20)))
    assert row["low"] < 47 <= row["high"]
    assert row["high"] / row["low"] < 1.021
    assert row["value"] == pytest.approx(47, rel=0.01)
    assert row["count"] == 3


def test_the_longest_wait_is_that_of_the_next_one_when_the_answer_is_taken_back() -> None:
    cells = _cells(Story().queued(0).answered(3), Story().queued(0).answered(47))
    merge_cells(cells, _cells(Story().queued(0).answered(47)), -1)
    row = make_row(row_of(METRIC, "longest_wait_of_answered"), "all", "", "1h", (0, 3600), cells)
    assert row["value"] == pytest.approx(3, rel=0.01)


def test_without_answers_there_is_no_longest_wait() -> None:
    row = _row("longest_wait_of_answered", Story().queued(0).abandoned(9))
    assert (row["value"], row["low"], row["high"], row["count"]) == (None, None, None, 0)


def test_an_answer_without_a_wait_waited_no_longer_than_a_millisecond() -> None:
    row = _row("longest_wait_of_answered", Story().created(0, "phone").answered(9))
    assert (row["value"], row["low"], row["high"]) == (0.0, 0.0, 0.001)


def test_patience_is_all_time_waited_by_the_number_of_those_who_gave_up() -> None:
    """Two abandon after 10 and 30 s, two are answered after 20 s: 80 s of waiting, two ends of patience."""
    stories = [Story().queued(0).abandoned(10), Story().queued(0).abandoned(30)]
    stories += [Story().queued(0).answered(20), Story().queued(0).answered(20)]
    row = _row("waits_of_answered_cut_short", *stories)
    assert (row["count"], row["sum"], row["mean"]) == (2, 80.0, 40.0)
    # A quarter is gone by 10 s; of the one left by then, all at 30 s.
    assert row["quantiles"]["p50"] == pytest.approx(30, rel=0.01)
    assert _row("wait_of_abandoned", *stories)["mean"] == 20.0


def test_where_few_give_up_nobody_knows_how_long_half_would_wait() -> None:
    stories = [Story().queued(0).abandoned(10), *(Story().queued(0).answered(20) for _ in range(9))]
    row = _row("waits_of_answered_cut_short", *stories)
    assert row["mean"] == 190.0
    assert row["quantiles"] == {"p50": None, "p90": None, "p99": None}


def test_without_an_abandon_there_is_no_patience() -> None:
    row = _row("waits_of_answered_cut_short", Story().queued(0).answered(20))
    assert (row["count"], row["mean"], row["quantiles"]["p50"]) == (0, None, None)
