"""What a shard has again after a restart, and that it does not grow."""

from __future__ import annotations

from collections import deque
from zoneinfo import ZoneInfo

from stream.domain.cells import Cell
from stream.domain.events import (
    Event,
)
from stream.domain.limits import Limits
from stream.domain.partials import decode_cells, encode_cells
from stream.domain.rollup import Rollup
from stream.domain.segments import THREE
from stream.domain.shard import Shard
from stream.domain.windows import TODAY, PanePlan, rolling
from stream.metrics import ROWS
from tests.domain.folding import DAY, EMAIL, HOUR, START, fold, settle, told
from tests.domain.owners import plain_levels
from tests.domain.stories import US, Story, shard


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
    assert plain_levels(after).keys() == {EMAIL, THREE.other}


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
        "entries in the fronts of levels": sum(len(held.front) for held in members),
        "tickets in levels": sum(len(held.since) for held in members),
        "snapshots in the roll-up": sum(len(held.rows) for held in rollup._told._partitions.values()),
        "merged panes": sum(map(len, rollup._merged.of_width.values())),
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
