"""What groups are told of their segments: how many each has, for numbers that compare segments within a group.

Cells of a segment get a bin that stands for it before they are summed by group, so that a group's cell says how much
each segment gave. Only the roll-up knows these bins; nothing that is stored has them.
"""

from __future__ import annotations

from collections.abc import Iterable

from stream.domain.cells import Cell, Cells
from stream.domain.rowspec import RowSpec
from stream.domain.segments import Segment


class SegmentBins:
    """For the measures that a distance among ``specs`` is made of. Which number a segment has says nothing."""

    def __init__(self, specs: Iterable[RowSpec]) -> None:
        self._names = frozenset(measure.name for spec in specs if spec.kind == "distance" for measure in spec.measures)
        self._numbers: dict[Segment, int] = {}
        self._next = 0

    def binned(self, segment: Segment, cells: Cells) -> Cells:
        """The cells as they are to be summed; the same where no distance needs them."""
        names = self._names
        if names.isdisjoint(cells):
            return cells
        number = self._numbers.get(segment)
        if number is None:
            number = self._numbers[segment] = self._next
            self._next += 1
        return {
            name: Cell(cell.count, cell.sum, {number: cell.count}) if name in names and cell.count else cell
            for name, cell in cells.items()
        }

    def forget(self, segment: Segment) -> None:
        """Nothing is held of it. Its number is never another's."""
        self._numbers.pop(segment, None)
