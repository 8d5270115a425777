"""How often rows are written that change all the time, and that all others are not held back."""

from __future__ import annotations

from itertools import pairwise

import pytest

from stream.domain.cells import Cell
from stream.domain.rows import Block, make_number
from stream.domain.windows import TODAY, TOTAL, rolling
from stream.edge.owners.row_pace import BURST, RowPace, intervals_us
from stream.metrics import ROWS

US = 1_000_000
SPEC = next(spec for spec in ROWS if spec.definition == "queue_visits")
INTERVAL_US = 30 * US
NOTHING = Block("", "", "", {})


def block(count: int | None, end: int = 300, window: str = "5m", group: str = "") -> Block:
    numbers = {} if count is None else {SPEC.name: make_number(SPEC, (0, end), {"offered": Cell(count)})}
    return Block("all", group, window, numbers)


def written(pace: RowPace, seconds: int, every: int, *, moves: bool = False, begin: int = 0) -> list[int]:
    """When a block is written that changes, or (``moves``) only moves on, each so many seconds."""
    found, last = [], block(1, -1) if begin else NOTHING
    for second in range(begin, begin + seconds, every):
        new = block(1, second) if moves else block(second)
        if pace.lets(last, new, second * US):
            found.append(second)
            last = new
    return found


def test_what_changes_all_the_time_is_written_a_few_times_and_then_at_the_pace_of_its_window() -> None:
    times = written(RowPace({"5m": INTERVAL_US}), 600, 5)
    assert times[: BURST + 1] == [5 * number for number in range(BURST + 1)]
    assert times[BURST + 2] > 5 * (BURST + 2)
    gaps = {after - before for before, after in pairwise(times[-10:])}
    assert gaps == {30}


def test_what_changes_now_and_then_is_never_held_back() -> None:
    assert written(RowPace({"5m": INTERVAL_US}), 3000, 30) == list(range(0, 3000, 30))


def test_what_only_moves_on_is_written_at_that_pace_and_leaves_the_few_times_to_what_changes() -> None:
    pace = RowPace({"5m": INTERVAL_US})
    times = written(pace, 600, 10, moves=True)
    assert {after - before for before, after in pairwise(times[3:])} == {30}
    assert written(pace, 15, 5, begin=600) == [600, 605, 610]


def test_blocks_that_change_together_are_not_written_together_for_ever() -> None:
    pace = RowPace({"5m": INTERVAL_US})
    last: dict[int, Block] = {}
    found: dict[int, int] = {}
    for second in range(0, 600, 5):
        for group in range(100):
            new = block(second, group=f"team {group}")
            if pace.lets(last.get(group, NOTHING), new, second * US):
                last[group] = new
                found[second] = found.get(second, 0) + 1
    assert max(count for second, count in found.items() if second >= 300) < 35
    assert sum(count for second, count in found.items() if second >= 300) == 1000


def test_what_is_gone_or_new_is_never_held_back() -> None:
    pace = RowPace({"5m": INTERVAL_US})
    written(pace, 600, 5)
    assert not pace.lets(block(1), block(2), 600 * US)
    assert pace.lets(block(2), block(None), 600 * US)
    assert len(pace) == 0
    assert pace.lets(NOTHING, block(3), 600 * US)


def test_levels_have_no_pace() -> None:
    pace = RowPace(intervals_us([rolling("5m", 300)], 10))
    assert all(pace.lets(block(n, window="now"), block(n + 1, window="now"), n) for n in range(100))


@pytest.mark.parametrize(
    ("window", "seconds"),
    [(rolling("1m", 60), 6), (rolling("5m", 300), 30), (rolling("1h", 3600), 300), (TODAY, 300), (TOTAL, 300)],
)
def test_the_pace_of_a_window_is_a_tenth_of_it_and_5_minutes_at_most(window: object, seconds: int) -> None:
    assert list(intervals_us([window], 10).values()) == [seconds * US]  # type: ignore[list-item]  # one of several


def test_none_where_it_is_not_wanted() -> None:
    assert intervals_us([TODAY], 0) == {}
