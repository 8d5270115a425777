"""Counters: everything ever booked, per segment, for PromQL. They never go back: retractions are counted apart."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Final

from stream.domain.buckets import bucket_of
from stream.domain.cells import Cell, Cells
from stream.domain.facts import Fact
from stream.domain.segments import Segment

RETRACTED: Final = "~"
"""Prefix of the cell that counts the retractions of a measure."""


class Counters:
    """Counters of one shard. ``measures`` maps the measures to count to whether their amounts are spans."""

    def __init__(self, measures: Mapping[str, bool]) -> None:
        self._measures = measures
        self._segments: dict[Segment, Cells] = {}
        self._changed: set[Segment] = set()

    def book(self, fact: Fact, segment: Segment, sign: int) -> None:
        """Count a booking (1) or a retraction (-1)."""
        for booking in fact.bookings:
            measure = booking.name
            spans = self._measures.get(measure)
            if spans is None:
                continue
            cells = self._segments.get(segment)
            if cells is None:
                cells = self._segments[segment] = {}
            name = measure if sign > 0 else RETRACTED + measure
            cell = cells.get(name)
            if cell is None:
                cell = cells[name] = Cell()
            if sign > 0 and spans:
                cell.add(booking.amount, bucket_of(booking.amount), 1)
            else:
                cell.count += 1
            self._changed.add(segment)

    def lose(self, kept: Container[str]) -> Iterator[None]:
        """Forget what was counted of measures that are not in ``kept``, a segment at a time."""
        for segment, cells in self._segments.items():
            lost = [name for name in cells if name.removeprefix(RETRACTED) not in kept]
            for name in lost:
                del cells[name]
            if lost:
                self._changed.add(segment)
            yield

    def take_changed(self) -> Iterator[tuple[Segment, Cells | None]]:
        """Segments that changed since the last call; None for one of which nothing is counted any more."""
        changed, self._changed = self._changed, set()
        for segment in changed:
            cells = self._segments[segment]
            if not cells:
                del self._segments[segment]
            yield segment, cells or None

    def restore(self, segment: Segment, cells: Cells | None) -> None:
        """Put back what was stored; None: it was forgotten later."""
        if cells is None:
            self._segments.pop(segment, None)
        else:
            self._segments[segment] = cells

    def __iter__(self) -> Iterator[tuple[Segment, Cells]]:
        """All segments."""
        return iter(self._segments.items())
