"""Levels: how many tickets are in a state right now, and since when the oldest of them is."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import Final

from stream.domain.cells import Cell, Cells
from stream.domain.segments import Segment

_SLACK: Final = 64


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

    def oldest_us(self) -> int:
        heap, since = self.heap, self.since
        while heap and since.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else 0


class Levels:
    """All levels of one shard, with the segments that changed since they were last taken."""

    def __init__(self) -> None:
        self._members: dict[Segment, dict[str, _Members]] = {}
        self._changed: set[Segment] = set()

    def enter(self, measure: str, segment: Segment, ticket: str, since_us: int) -> None:
        """``ticket`` is in the state ``measure`` since ``since_us``."""
        self._members.setdefault(segment, {}).setdefault(measure, _Members()).enter(ticket, since_us)
        self._changed.add(segment)

    def leave(self, measure: str, segment: Segment, ticket: str) -> None:
        """``ticket`` is in the state no more."""
        states = self._members[segment]
        del states[measure].since[ticket]
        if not states[measure].since:
            del states[measure]
            if not states:
                del self._members[segment]
        self._changed.add(segment)

    def take_changed(self) -> Iterator[tuple[Segment, Cells | None]]:
        """Segments that changed: per measure a cell with the count, and the oldest start as its sum; None if empty."""
        changed, self._changed = self._changed, set()
        for segment in changed:
            yield segment, self.cells(segment) or None

    def cells(self, segment: Segment) -> Cells:
        """The levels of one segment."""
        states = self._members.get(segment, {})
        return {measure: Cell(len(held.since), held.oldest_us()) for measure, held in states.items()}

    def mark_all_changed(self) -> None:
        """Have every segment taken next time (after loading)."""
        self._changed.update(self._members)
