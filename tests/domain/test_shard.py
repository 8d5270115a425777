"""One partition's state, one rule per test. Times in seconds, from an arbitrary day on."""

from __future__ import annotations

import itertools
from collections import deque
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stream.domain.cells import Cell
from stream.domain.changes import Changes
from stream.domain.definitions import Definitions
from stream.domain.events import (
    Answered,
    Ended,
    Event,
    Merged,
    Message,
    Queued,
    Removed,
    Restored,
    Status,
    StatusChanged,
    SurveyAnswered,
    TicketCreated,
    TicketUpdated,
)
from stream.domain.limits import Limits
from stream.domain.log import Insertion
from stream.domain.partials import decode_cells, encode_cells
from stream.domain.rejections import Rejected
from stream.domain.rollup import Rollup
from stream.domain.segments import EMPTY_SEGMENT, OTHER_SEGMENT, Segment, segment_of
from stream.domain.shard import Shard
from stream.domain.windows import TODAY, PanePlan, rolling
from stream.metrics import ROWS
from tests.domain.owners import plain_levels, plain_panes
from tests.domain.stories import US, Story, shard

HOUR, DAY = 3600, 86_400
START = 20_000 * DAY
EMAIL = segment_of("email", "", "")


def told(story: Story) -> list[Event]:
    """The story's events, beginning at START."""
    return [type(event)(event.time_us + START * US, *_rest(event)) for event in story.events]


def _rest(event: Event) -> list[Any]:
    return [getattr(event, field) for field in event.__struct_fields__[1:]]


def fold(target: Shard, story: Story, name: str = "T") -> list[Insertion | Rejected]:
    return [target.fold(name, event) for event in told(story)]


def settle(target: Shard, now: float = 0) -> Changes:
    return target.settle(round((START + now) * US))


def counts(target: Shard, measure: str, width: int = 10) -> dict[tuple[int, Segment], int]:
    """Seconds since START and segment, to how often a measure is booked there."""
    return {
        (start - START, segment): cells[measure].count
        for (own, start, segment), cells in target.panes
        if own == width and measure in cells
    }


def one_event(time: float, uid: str = "x /s") -> StatusChanged:
    return StatusChanged(round((START + time) * US), "", uid, "open")


def one_message(time: float, uid: str) -> Message:
    return Message(round((START + time) * US), "", uid, "customer", public=True)


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
    assert [(name, key) for name, key, _ in settle(target).facts] == [
        ("T", "first_resolution"),
        ("T", "full_resolution"),
    ]


def test_a_fact_that_is_no_more_is_given_as_none() -> None:
    target = shard()
    story = Story().created(0).status(60, "solved")
    fold(target, story)
    settle(target)
    fold(target, story.status(90, "open"))
    assert settle(target).facts == [("T", "full_resolution", None)]


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
    assert [key for _, key, _ in settle(target).facts] == ["offered/1"]


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
    assert counts(target, "csat_bad") == {(10, EMPTY_SEGMENT): 1}
    fold(target, story.survey(500, 5))
    settle(target)
    assert counts(target, "csat_bad") == {}
    assert counts(target, "csat_top_box") == {(10, EMPTY_SEGMENT): 1}


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
    assert counts(target, "first_response") == {(0, EMAIL): 1, (0, OTHER_SEGMENT): 1}
    assert plain_levels(target)[OTHER_SEGMENT] == {"open": (1, START * US, {})}
    fold(target, beyond.removed(9), "B")
    settle(target)
    assert counts(target, "first_response") == {(0, EMAIL): 1}
    assert OTHER_SEGMENT not in plain_levels(target)


def test_counters_count_what_was_booked_and_apart_what_was_taken_back() -> None:
    target = shard()
    story = Story().created(0).status(60, "solved")
    fold(target, story)
    settle(target)
    fold(target, story.status(90, "open"))
    [(segment, cells)] = settle(target).counters
    assert segment == EMAIL
    assert (cells["full_resolution"].count, cells["~full_resolution"]) == (1, Cell(1))


# --- what comes late -------------------------------------------------------------------------------------------------


def test_late_within_retention_corrects_the_pane_of_its_time() -> None:
    target = shard()
    fold(target, Story().created(0), "now")
    settle(target, 200)
    fold(target, Story().created(0).message(5))
    settle(target, 200)
    assert counts(target, "first_response") == {(0, EMAIL): 1}


def test_late_beyond_retention_counts_in_the_wider_panes_only() -> None:
    target = shard()
    fold(target, Story().created(0).message(5))
    settle(target, 2 * HOUR)
    assert counts(target, "first_response", 10) == {}
    assert counts(target, "first_response", 300) == {(-(START % 300), EMAIL): 1}


def test_booked_and_then_taken_back_across_the_floor_leaves_nothing() -> None:
    target = shard()
    story = Story().created(0).message(5)
    fold(target, story)
    settle(target, 5)
    fold(target, story.removed(9))
    settle(target, 2 * HOUR)
    target.expire((START + 2 * HOUR) * US)
    assert len(target.panes) == 0


def test_taking_back_what_was_never_booked_leaves_nothing_either() -> None:
    target = shard()
    story = Story().created(0).message(5)
    fold(target, story)
    settle(target, 2 * HOUR)
    fold(target, story.removed(9))
    settle(target, 2 * HOUR)
    assert len(target.panes) == 0


def test_expiry_names_the_panes_it_forgets() -> None:
    target = shard()
    fold(target, Story().created(0).message(5))
    settle(target, 5)
    gone = target.expire((START + 2 * HOUR) * US)
    assert gone.panes == [((10, START, EMAIL), None)]
    assert bool(gone)


# --- what is forgotten -----------------------------------------------------------------------------------------------


def forgetful() -> Shard:
    """A shard in which the solved ticket T has been silent for longer than its horizon of a day."""
    target = shard(reopen_horizon_seconds=DAY)
    fold(target, Story().created(0).message(5).status(60, "solved"))
    target.fold("later", one_event(DAY + 2 * HOUR))
    settle(target)
    return target


def test_a_solved_ticket_is_forgotten_after_the_horizon_and_its_row_deleted() -> None:
    target = forgetful()
    assert target.expire((START + DAY + 2 * HOUR) * US).tickets == [("T", None)]
    assert [name for name, _ in target.tickets] == ["later"]


def test_what_a_forgotten_ticket_booked_stays() -> None:
    target = forgetful()
    target.expire((START + DAY + 2 * HOUR) * US)
    assert counts(target, "first_response", 3600) == {(0, EMAIL): 1}


def test_an_event_of_a_forgotten_ticket_again_is_too_late_and_not_counted_twice() -> None:
    target = forgetful()
    target.expire((START + DAY + 2 * HOUR) * US)
    before = plain_panes(target)
    answers = fold(target, Story().created(0).message(5).status(60, "solved"))
    assert [answer.reason for answer in answers if isinstance(answer, Rejected)] == ["too_late"] * 3
    settle(target)
    assert plain_panes(target) == before


def test_time_for_forgetting_does_not_run_ahead_of_the_events() -> None:
    target = shard(reopen_horizon_seconds=DAY)
    fold(target, Story().created(0).status(60, "solved"))
    settle(target)
    assert target.expire((START + 1000 * DAY) * US).tickets == []


@pytest.mark.parametrize(
    "story",
    [Story().created(0), Story().queued(0), Story().created(0, "phone").queued(1).status(2, "solved")],
    ids=["open", "waiting without a creation", "solved but waiting"],
)
def test_what_is_open_or_waits_is_not_forgotten_and_can_leave_its_level(story: Story) -> None:
    target = shard(reopen_horizon_seconds=DAY)
    fold(target, story)
    target.fold("later", one_event(90 * DAY))
    settle(target)
    target.expire((START + 90 * DAY) * US)
    assert plain_levels(target)
    fold(target, story.removed(90 * DAY))
    settle(target)
    assert plain_levels(target) == {}


def test_a_survey_answered_after_its_ticket_was_forgotten_counts_under_empty_segments() -> None:
    target = forgetful()
    target.expire((START + DAY + 2 * HOUR) * US)
    answer = SurveyAnswered((START + DAY + 2 * HOUR) * US, "", "s /s", "q", "csat", 5, 1, 5)
    assert target.fold("T", answer) is Insertion.ADDED
    settle(target, DAY + 2 * HOUR)
    assert counts(target, "csat_score") == {(DAY + 2 * HOUR, EMPTY_SEGMENT): 1}


# --- restoring -------------------------------------------------------------------------------------------------------


def test_levels_come_back_from_ticket_rows_alone() -> None:
    before, after = shard(), shard()
    fold(before, Story().created(0, "phone").queued(5, "a"))
    for name, row in settle(before).tickets:
        after.restore_ticket(name, row)
    after.finish_restore()
    assert plain_levels(after) == plain_levels(before)


def test_levels_of_a_refused_segment_come_back_under_other() -> None:
    before, after = shard(limits=Limits(max_segments=1)), shard(limits=Limits(max_segments=1))
    fold(before, Story().created(0, "email"), "A")
    fold(before, Story().created(0, "phone"), "B")
    changes = settle(before)
    assert changes.segments == [EMAIL]
    # The last row is loaded first: the order of the changelog does not decide who has a name.
    for name, row in reversed(changes.tickets):
        after.restore_ticket(name, row)
    after.admission.restore(changes.segments)
    after.finish_restore()
    assert plain_levels(after) == plain_levels(before)
    assert plain_levels(after).keys() == {EMAIL, OTHER_SEGMENT}


def test_a_tombstone_in_the_changelog_forgets_the_row_before_it() -> None:
    before, after = shard(), shard()
    fold(before, Story().created(0))
    for name, row in settle(before).tickets:
        after.restore_ticket(name, row)
        after.restore_ticket(name, None)
    after.finish_restore()
    assert len(after.tickets) == 0
    assert plain_levels(after) == {}


def test_the_last_row_of_a_ticket_counts() -> None:
    before, after = shard(), shard()
    story = Story().created(0)
    for chapter in (story, story.status(60, "solved")):
        fold(before, chapter)
        for name, row in settle(before).tickets:
            after.restore_ticket(name, row)
    after.finish_restore()
    assert plain_levels(after) == {}


def test_a_restored_pane_can_be_deleted_again() -> None:
    after = shard()
    after.restore_pane((10, START, EMAIL), {"first_response": Cell(1, 5, {1: 1})})
    after.restore_pane((10, START, EMAIL), None)
    assert len(after.panes) == 0


# --- a year ----------------------------------------------------------------------------------------------------------


def a_year() -> list[tuple[str, Event]]:
    """A new contact every six hours; solved after three days, asked after four, reopened and solved in three weeks."""
    work: list[tuple[str, Event]] = []
    for number in range(365 * 4):
        at = number * 6 * HOUR
        story = Story().created(at, ("email", "phone")[number % 2]).queued(at + 60).answered(at + 7 * HOUR)
        story.status(at + 3 * DAY, "solved").survey(at + 4 * DAY, 1 + number % 5)
        if number % 4 == 0:
            story.status(at + 10 * DAY, "open").status(at + 21 * DAY, "solved")
        work += [(f"T{number}", event) for event in told(story)]
    return sorted(work, key=lambda one: one[1].time_us)


def sizes(target: Shard, rollup: Rollup) -> dict[str, int]:
    members = [held for states in target.levels._members.values() for held in states.values()]
    return {
        "tickets": len(target.tickets),
        "warm tickets": len(target.tickets._warm) + len(target.tickets._cooling),
        "hours in which tickets are due": len(target.tickets._due),
        "tickets that are due": sum(map(len, target.tickets._due.values())),
        "panes": len(target.panes),
        "entries in the heaps of levels": sum(len(held.heap) for held in members),
        "tickets in levels": sum(len(held.since) for held in members),
        "snapshots in the roll-up": len(rollup._snapshots),
        "merged panes": sum(map(len, rollup._merged.values())),
        "groups": len(rollup._present) + len(rollup._levels),
    }


def test_state_is_no_larger_after_a_year_than_after_three_months() -> None:
    windows = (rolling("5m", 300), rolling("24h", DAY), rolling("7d", 7 * DAY), TODAY)
    target = shard(plan=PanePlan.for_windows(windows), reopen_horizon_seconds=14 * DAY)
    rollup = Rollup(ROWS, windows, ("all", "channel"), ZoneInfo("UTC"))
    first_quarter: dict[str, int] = {}
    later: dict[str, int] = {}
    work = deque(a_year())
    for half_day in range(365 * 2):
        end_us = (START + (half_day + 1) * 12 * HOUR) * US
        while work and work[0][1].time_us < end_us:
            target.fold(*work.popleft())
        for changes in (target.settle(end_us), target.expire(end_us)):
            for key, cells in changes.panes:
                # As they travel: what the shard changes later, the roll-up must not see.
                rollup.apply_pane(0, key, decode_cells(encode_cells(cells)) if cells is not None else None)
            for segment, levels in changes.levels:
                rollup.apply_levels(0, segment, levels)
        rollup.advance(end_us)
        list(rollup.take_blocks())
        seen = first_quarter if half_day < 90 * 2 else later
        for name, size in sizes(target, rollup).items():
            seen[name] = max(seen.get(name, 0), size)
    assert later == first_quarter
    assert min(later.values()) > 0
