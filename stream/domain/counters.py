"""Counters: everything ever booked, per segment, for PromQL. They never go back: retractions are counted apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
            measure = booking.measure.name
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

    def take_changed(self) -> Iterator[tuple[Segment, Cells]]:
        """Segments that changed since the last call."""
        changed, self._changed = self._changed, set()
        for segment in changed:
            yield segment, self._segments[segment]

    def restore(self, segment: Segment, cells: Cells) -> None:
        """Put back what was stored."""
        self._segments[segment] = cells

    def __iter__(self) -> Iterator[tuple[Segment, Cells]]:
        """All segments."""
        return iter(self._segments.items())
