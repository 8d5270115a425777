"""Levels: how many tickets are in a state right now, and since when the oldest of them is.

A member of a level in ``LOST_OF`` moves to the level named there by time alone: whoever waits, once it has waited for
too long; whoever is in time, whose start is the time until which it is, once that is over. That depends on now, so it
is no fact; each shard decides by its own clock. In a replay that is the newest event of its partition, and the roll-up
knows a later one: there the cells carry all starts, and `part_lost` decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from heapq import heapify, heappop, heappush
from typing import Final

from stream.domain.cells import Cell, Cells
from stream.domain.segments import Segment

LOST_OF: Final = {"waiting": "lost", "in_time": "overdue"}
_SLACK: Final = 64
_NEVER_US: Final = 1 << 62
_MOST_STARTS: Final = 43_200
"""Starts in one cell, so that it stays small whoever never leaves: at 12 hours they are a second apart."""


class _Members:
    """Tickets in one state in one segment; the heap keeps stale entries until they come to the top."""

    __slots__ = ("heap", "since")

    def __init__(self) -> None:
        self.since: dict[str, int] = {}
        self.heap: list[tuple[int, str]] = []

    def enter(self, ticket: str, since_us: int) -> None:
        self.since[ticket] = since_us
        if len(self.heap) > 2 * len(self.since) + _SLACK:
            self.heap = [(since, name) for name, since in self.since.items()]
            heapify(self.heap)
        else:
            heappush(self.heap, (since_us, ticket))

    def starts(self, step_us: int) -> dict[int, int]:
        """How many are in the state since each step of time."""
        return Counter(since // step_us for since in self.since.values())

    def pop_before(self, time_us: int) -> list[tuple[str, int]]:
        """Those in the state since before ``time_us``, taken out, with their starts."""
        gone: list[tuple[str, int]] = []
        while self.since and self.oldest_us() < time_us:
            since, ticket = heappop(self.heap)
            del self.since[ticket]
            gone.append((ticket, since))
        return gone

    def oldest_us(self) -> int:
        heap, since = self.heap, self.since
        while heap and since.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else 0


class Levels:
    """All levels of one shard, with the segments that changed since they were last taken.

    ``lost_after_us``: time of waiting after which a member is lost; 0: time moves nobody. ``tells_starts``: cells of
    the states of ``LOST_OF`` carry the starts of their members.
    """

    def __init__(self, lost_after_us: int = 0, *, tells_starts: bool = False) -> None:
        self._members: dict[Segment, dict[str, _Members]] = {}
        self._changed: set[Segment] = set()
        self._lost_after_us = lost_after_us
        self._tells_starts = tells_starts and lost_after_us > 0
        self._due_us = _NEVER_US
        """Nobody is to be lost sooner."""

    def enter(self, measure: str, segment: Segment, ticket: str, since_us: int) -> None:
        """``ticket`` is in the state ``measure`` since ``since_us``."""
        self._members.setdefault(segment, {}).setdefault(measure, _Members()).enter(ticket, since_us)
        self._changed.add(segment)
        if self._lost_after_us and measure in LOST_OF:
            self._due_us = min(self._due_us, since_us + after_us(measure, self._lost_after_us))

    def holds(self, measure: str, segment: Segment, ticket: str) -> bool:
        """True while ``ticket`` is in the state, lost or not."""
        states = self._members.get(segment, {})
        found = (states.get(name) for name in (measure, LOST_OF.get(measure, measure)))
        return any(held is not None and ticket in held.since for held in found)

    def leave(self, measure: str, segment: Segment, ticket: str) -> None:
        """``ticket`` is in the state no more, lost or not."""
        states = self._members[segment]
        held = states.get(measure)
        if held is None or ticket not in held.since:
            measure = LOST_OF[measure]
        del states[measure].since[ticket]
        self._drop_empty(segment, measure)
        self._changed.add(segment)

    def _drop_empty(self, segment: Segment, measure: str) -> None:
        states = self._members[segment]
        if not states[measure].since:
            del states[measure]
            if not states:
                del self._members[segment]

    def advance(self, now_us: int) -> None:
        """Move those who have been in their state for too long."""
        if now_us <= self._due_us:
            return
        self._due_us = _NEVER_US
        for segment, states in list(self._members.items()):
            for measure, lost in LOST_OF.items():
                held = states.get(measure)
                if held is None:
                    continue
                span_us = after_us(measure, self._lost_after_us)
                for ticket, since_us in held.pop_before(now_us - span_us):
                    states.setdefault(lost, _Members()).enter(ticket, since_us)
                    self._changed.add(segment)
                if held.since:
                    self._due_us = min(self._due_us, held.oldest_us() + span_us)
                self._drop_empty(segment, measure)

    def take_changed(self) -> Iterator[tuple[Segment, Cells | None]]:
        """Segments that changed: per measure a cell with the count, and the oldest start as its sum; None if empty."""
        changed, self._changed = self._changed, set()
        for segment in changed:
            yield segment, self.cells(segment) or None

    def cells(self, segment: Segment) -> Cells:
        """The levels of one segment."""
        cells: Cells = {}
        # In one order, whichever state was entered first: what is stored is the same then.
        for measure, held in sorted(self._members.get(segment, {}).items()):
            cell = cells[measure] = Cell(len(held.since), held.oldest_us())
            if self._tells_starts and measure in LOST_OF:
                cell.bins = held.starts(_step_us(measure, self._lost_after_us))
        return cells

    def mark_changed(self, segment: Segment) -> None:
        """Have a segment taken next time, though nobody may be in any state there."""
        self._changed.add(segment)

    def mark_all_changed(self) -> None:
        """Have every segment taken next time (after loading)."""
        self._changed.update(self._members)


def after_us(measure: str, lost_after_us: int) -> int:
    """How long after its start a member of a level in ``LOST_OF`` moves, where those who wait are lost after that."""
    return 0 if measure == "in_time" else lost_after_us


def _step_us(measure: str, lost_after_us: int) -> int:
    # Whoever is in time is so for a short while: there are few, and they are told exactly.
    return 1 if measure == "in_time" else max(1_000_000, lost_after_us // _MOST_STARTS)


def part_lost(cells: Mapping[str, Cell], now_us: int, lost_after_us: int) -> Cells:
    """Cells that carry starts, with those moved whose time is over by ``now_us``, to within a step of time."""
    parted: Cells = {}
    for measure, cell in cells.items():
        step_us = _step_us(measure, lost_after_us)
        before_us = now_us - after_us(measure, lost_after_us)
        late = {start: n for start, n in (cell.bins or {}).items() if start * step_us < before_us}
        if not late:
            _join(parted, measure, Cell(cell.count, cell.sum))
            continue
        count = sum(late.values())
        _join(parted, LOST_OF[measure], Cell(count, cell.sum))
        if count < cell.count:
            oldest_us = min(start for start in cell.bins or {} if start not in late) * step_us
            _join(parted, measure, Cell(cell.count - count, oldest_us))
    return parted


def sum_levels(parts: Iterable[Mapping[str, Cell]]) -> Cells:
    """Levels of several segments or partitions together: the counts added, the oldest start."""
    total: Cells = {}
    for cells in parts:
        for measure, cell in cells.items():
            _join(total, measure, cell)
    return total


def _join(into: Cells, measure: str, cell: Cell) -> None:
    held = into.get(measure)
    if held is None:
        into[measure] = Cell(cell.count, cell.sum)
    else:
        held.count += cell.count
        held.sum = min(held.sum, cell.sum)
