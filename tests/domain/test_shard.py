"""One partition's state, one rule per test. Times in seconds, from an arbitrary day on."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from stream.domain.cells import Cell
from stream.domain.definitions import Definitions
from stream.domain.events import (
    Answered,
    Ended,
    Event,
    Merged,
    Queued,
    Removed,
    Restored,
    Status,
    StatusChanged,
    TicketCreated,
    TicketUpdated,
)
from stream.domain.limits import Limits
from stream.domain.log import Insertion
from stream.domain.rejections import Rejected
from stream.domain.segments import THREE, segment_of
from tests.domain.folding import DAY, EMAIL, START, counts, fold, one_event, one_message, settle
from tests.domain.owners import plain_levels, plain_panes
from tests.domain.stories import US, Story, shard

# --- folding ---------------------------------------------------------------------------------------------------------


def test_folding_says_what_became_of_the_event() -> None:
    target = shard()
    first, other = one_event(0), one_event(1)
    assert [target.fold("T", e) for e in (first, first, other)] == [
        Insertion.ADDED,
        Insertion.DUPLICATE,
        Insertion.CONFLICT,
    ]


def test_equal_ids_in_different_tickets_are_different_events() -> None:
    target = shard()
    assert [target.fold(name, one_event(0)) for name in "AB"] == [Insertion.ADDED, Insertion.ADDED]


def test_newest_is_the_highest_event_time_seen() -> None:
    target = shard()
    for time in (5, 90, 10):
        target.fold("T", one_event(time, f"{time} /s"))
    assert target.newest_us == (START + 90) * US


def test_a_full_ticket_keeps_no_further_message() -> None:
    target = shard(limits=Limits(max_events_per_ticket=2))
    answers = [target.fold("T", one_message(n, f"{n} /s")) for n in range(3)]
    assert answers == [Insertion.ADDED, Insertion.ADDED, Insertion.NOT_KEPT]


@pytest.mark.parametrize("kind", [StatusChanged, TicketUpdated, Queued, Answered, Ended, Removed, Merged, Restored])
def test_a_full_ticket_takes_whatever_changes_it_until_it_has_ten_times_as_much(kind: Any) -> None:
    target = shard(limits=Limits(max_events_per_ticket=2))
    statuses = itertools.cycle(["open", "solved"])

    def event(number: int) -> Event:
        more = (next(statuses),) if kind is StatusChanged else ()
        made: Event = kind((START + number) * US, "", f"{number} /s", *more)
        return made

    answers = [target.fold("T", event(n)) for n in range(21)]
    assert answers[:20] == [Insertion.ADDED] * 20
    assert isinstance(answers[20], Rejected)
    assert answers[20].reason == "ticket_full"
    assert "10 times limits.max_events_per_ticket" in answers[20].detail


def test_a_crowded_ticket_keeps_no_status_that_says_again_what_held() -> None:
    target = shard(limits=Limits(max_events_per_ticket=1))

    def said(time: int, status: Status) -> Insertion | Rejected:
        return target.fold("T", StatusChanged((START + time) * US, "", f"{time}{status} /s", status))

    assert [said(time, "open") for time in range(5)] == [Insertion.ADDED] * 5
    assert [said(10, "open"), said(20, "solved"), said(30, "solved"), said(15, "open"), said(15, "solved")] == [
        Insertion.NOT_KEPT,
        Insertion.ADDED,
        Insertion.NOT_KEPT,
        Insertion.NOT_KEPT,
        Insertion.ADDED,
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_a_full_ticket_has_the_same_end_in_any_order(order: tuple[int, ...]) -> None:
    target = shard(limits=Limits(max_events_per_ticket=2))
    for n in range(3):
        target.fold("T", one_message(n, f"{n} /s"))
    told: tuple[Status, ...] = ("solved", "open", "solved", "closed")
    for n in order:
        target.fold("T", StatusChanged((START + 100 * n) * US, "", f"s{n} /s", told[n]))
    settle(target)
    log = dict(target.tickets)["T"]
    assert [event.status for event in log if isinstance(event, StatusChanged)] == list(told)


def test_a_second_source_that_creates_a_ticket_clashes_once_in_any_order() -> None:
    def created(time: int, uid: str) -> TicketCreated:
        return TicketCreated((START + time) * US, "", uid, "email")

    told = [created(0, "1 /us"), created(5, "1 /eu"), created(6, "2 /eu"), created(7, "2 /us"), created(0, "1 /us")]
    for order in itertools.permutations(told):
        target = shard()
        for event in order:
            target.fold("T", event)
        [(name, before, source)] = target.take_clashes()
        assert (name, {before, source}) == ("T", {"/us", "/eu"})
        assert target.take_clashes() == []


def test_a_full_ticket_still_knows_a_duplicate_and_a_conflict() -> None:
    target = shard(limits=Limits(max_events_per_ticket=1))
    target.fold("T", one_event(0))
    assert target.fold("T", one_event(0)) is Insertion.DUPLICATE
    assert target.fold("T", one_event(1)) is Insertion.CONFLICT


def test_an_event_that_did_not_fit_changes_nothing() -> None:
    target = shard(limits=Limits(max_events_per_ticket=1))
    target.fold("T", one_event(0))
    settle(target)
    target.fold("T", one_message(1, "y /s"))
    assert not settle(target)


def test_an_unknown_tickets_event_older_than_the_horizon_is_too_late() -> None:
    target = shard(reopen_horizon_seconds=DAY)
    target.fold("T", one_event(DAY))
    late = target.fold("U", one_event(-1))
    assert isinstance(late, Rejected)
    assert late.reason == "too_late"


def test_exactly_at_the_horizon_it_is_not() -> None:
    target = shard(reopen_horizon_seconds=DAY)
    target.fold("T", one_event(DAY))
    assert target.fold("U", one_event(0)) is Insertion.ADDED


def test_a_known_tickets_event_is_never_too_late() -> None:
    target = shard(reopen_horizon_seconds=DAY)
    target.fold("T", one_event(0))
    target.fold("U", one_event(10 * DAY))
    assert target.fold("T", one_event(-DAY, "y /s")) is Insertion.ADDED


def test_without_a_horizon_nothing_is_too_late() -> None:
    target = shard()
    target.fold("T", one_event(1000 * DAY))
    assert target.fold("U", one_event(0)) is Insertion.ADDED


# --- settling --------------------------------------------------------------------------------------------------------


def test_nothing_new_settles_to_nothing() -> None:
    target = shard()
    fold(target, Story().created(0))
    assert settle(target)
    assert not settle(target)


def test_a_duplicate_settles_to_nothing() -> None:
    target = shard()
    fold(target, Story().created(0))
    settle(target)
    fold(target, Story().created(0))
    assert not settle(target)


def test_a_settlement_gives_the_facts_that_changed_and_no_others() -> None:
    target = shard()
    story = Story().created(0).message(60)
    fold(target, story)
    settle(target)
    fold(target, story.status(90, "solved"))
    found = [(name, key) for name, key, _ in settle(target).facts]
    assert found[:2] == [("T", "first_resolution"), ("T", "full_resolution")]
    assert "first_response" not in [key for _, key in found]


def test_a_fact_that_is_no_more_is_given_as_none() -> None:
    target = shard()
    story = Story().created(0).status(60, "solved")
    fold(target, story)
    settle(target)
    fold(target, story.status(90, "open"))
    found = [(name, key) for name, key, fact in settle(target).facts if fact is None]
    waits = ("requester_wait", "agent_wait", "on_hold_time", "solve_time")
    assert sorted(found) == sorted(("T", key) for key in ("full_resolution", "replies", "touches", "sampled", *waits))


def test_a_fact_that_reads_the_same_is_not_told_again_though_it_books_otherwise() -> None:
    target = shard()
    fold(target, Story().created(0).status(10, "solved").message(100))
    settle(target)
    # Came late: before the response the ticket was reopened, so that one of its readings begins anew.
    target.fold("T", StatusChanged((START + 50) * US, "", "late /s", "open"))
    changes = settle(target)
    assert "first_response" not in [key for _, key, _ in changes.facts]
    sums = {key: cells["first_response_since_opening"].sum for key, cells in target.panes if "first_response" in cells}
    assert sums[10, START + 100, EMAIL] == 50 * US


def test_levels_are_no_published_facts() -> None:
    target = shard()
    fold(target, Story().created(0, "phone").queued(1))
    assert [key for _, key, _ in settle(target).facts] == ["created", "offered/1", "offered_outcome/1"]


def test_reopening_takes_the_full_resolution_out_of_its_pane() -> None:
    target = shard()
    story = Story().created(0).status(60, "solved")
    fold(target, story)
    settle(target)
    fold(target, story.status(90, "open"))
    settle(target)
    assert counts(target, "full_resolution") == {}
    assert counts(target, "first_resolution") == {(60, EMAIL): 1}


def test_a_changed_answer_stays_where_the_first_was_booked() -> None:
    target = shard()
    story = Story().survey(10, 2)
    fold(target, story)
    settle(target)
    assert counts(target, "csat_bad") == {(10, THREE.empty): 1}
    fold(target, story.survey(500, 5))
    settle(target)
    assert counts(target, "csat_bad") == {}
    assert counts(target, "csat_top_box") == {(10, THREE.empty): 1}


def test_an_answer_moves_from_the_empty_segment_to_the_tickets() -> None:
    target = shard()
    story = Story().survey(10, 5)
    fold(target, story)
    settle(target)
    fold(target, story.created(0))
    settle(target)
    assert counts(target, "csat_score") == {(10, EMAIL): 1}


def test_a_changed_team_moves_all_that_was_booked() -> None:
    target = shard()
    story = Story().created(0, team="a").message(60).status(70, "solved")
    fold(target, story)
    settle(target)
    fold(target, story.updated(80, team="b", priority="high"))
    settle(target)
    assert {segment for (_, _, segment), _ in target.panes} == {segment_of("email", "b", "high")}


def test_a_creation_that_comes_late_books_the_response_where_it_happened() -> None:
    target = shard()
    story = Story().message(60)
    fold(target, story)
    settle(target)
    assert counts(target, "first_response") == {}
    fold(target, story.created(10))
    settle(target)
    assert counts(target, "first_response") == {(60, EMAIL): 1}


@pytest.mark.parametrize("leave", [Story.merged, Story.removed], ids=["merged", "removed"])
def test_a_ticket_that_leaves_takes_all_its_figures_along(leave: Any) -> None:
    target = shard()
    story = Story().created(0, "phone").queued(5).answered(9).message(20).survey(30, 5).status(40, "open").queued(50)
    fold(target, story)
    settle(target)
    assert len(target.panes)
    assert plain_levels(target)
    fold(target, leave(story, 60))
    settle(target)
    assert len(target.panes) == 0
    assert plain_levels(target) == {}


def test_a_restored_ticket_brings_them_back() -> None:
    whole, twice = shard(), shard()
    story = Story().created(0, "phone").queued(5).answered(9).message(20).survey(30, 5)
    fold(whole, story)
    settle(whole)
    fold(twice, story)
    settle(twice)
    for next_chapter in (story.removed(60), story.restored(70)):
        fold(twice, next_chapter)
        settle(twice)
    assert plain_panes(twice) == plain_panes(whole)
    assert plain_levels(twice) == plain_levels(whole)


def test_short_abandons_are_on_neither_side() -> None:
    target = shard(definitions=Definitions(short_abandon_seconds=5))
    fold(target, Story().created(0, "phone").queued(10).abandoned(13))
    settle(target)
    phone = segment_of("phone", "", "")
    assert counts(target, "abandoned") == {}
    assert counts(target, "short_abandoned") == {(10, phone): 1}
    assert counts(target, "offered") == {(10, phone): 1}


def test_segments_beyond_the_limit_count_as_other_and_are_taken_back_from_there() -> None:
    target = shard(limits=Limits(max_segments=1))
    fold(target, Story().created(0, "email").message(5), "A")
    settle(target)
    beyond = Story().created(0, "phone").message(5)
    fold(target, beyond, "B")
    settle(target)
    assert counts(target, "first_response") == {(0, EMAIL): 1, (0, THREE.other): 1}
    assert plain_levels(target)[THREE.other]["open"] == (1, START * US, {})
    fold(target, beyond.removed(9), "B")
    settle(target)
    assert counts(target, "first_response") == {(0, EMAIL): 1}
    assert THREE.other not in plain_levels(target)


def test_counters_count_what_was_booked_and_apart_what_was_taken_back() -> None:
    target = shard()
    story = Story().created(0).status(60, "solved")
    fold(target, story)
    settle(target)
    fold(target, story.status(90, "open"))
    [(segment, cells)] = settle(target).counters
    assert segment == EMAIL
    assert cells is not None
    assert (cells["full_resolution"].count, cells["~full_resolution"]) == (1, Cell(1))
