"""Cells: what a pane knows of one measure. Integers only, so that adding and subtracting are exact inverses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from stream.compiled import mypyc_attr


@mypyc_attr(acyclic=True)
class Cell:  # noqa: PLW1641  it changes
    """Count of facts, sum of their amounts (microseconds, or millionths of a score) and bins of durations."""

    __slots__ = ("bins", "count", "sum")

    def __init__(self, count: int = 0, sum: int = 0, bins: dict[int, int] | None = None) -> None:
        self.count = count
        self.sum = sum
        self.bins = bins

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cell):
            return NotImplemented
        return self.count == other.count and self.sum == other.sum and self.bins == other.bins

    def __repr__(self) -> str:
        return f"Cell({self.count}, {self.sum}, {self.bins})"

    def add(self, amount: int, bin_index: int, sign: int) -> None:
        """Book (``sign`` 1) or retract (-1) one fact; a negative ``bin_index`` means the measure has no bins."""
        self.count += sign
        self.sum += sign * amount
        if bin_index >= 0:
            bins = self.bins
            if bins is None:
                bins = self.bins = {}
            n = bins.get(bin_index, 0) + sign
            if n:
                bins[bin_index] = n
            else:
                del bins[bin_index]

    def merge(self, other: Cell, sign: int = 1) -> None:
        """Add (or subtract) all of ``other``."""
        self.count += sign * other.count
        self.sum += sign * other.sum
        if other.bins:
            bins = self.bins
            if not bins and sign == 1:
                self.bins = other.bins.copy()
                return
            if bins is None:
                bins = self.bins = {}
            for index, n in other.bins.items():
                left = bins.get(index, 0) + sign * n
                if left:
                    bins[index] = left
                else:
                    bins.pop(index, None)

    def copy(self) -> Cell:
        """The same, to be added to."""
        return Cell(self.count, self.sum, self.bins.copy() if self.bins else None)

    def negate(self) -> None:
        """What is taken away of it becomes what is added, and the other way round."""
        self.count, self.sum = -self.count, -self.sum
        if self.bins:
            self.bins = {index: -n for index, n in self.bins.items()}

    def minus(self, other: Cell) -> Cell | None:
        """What ``other`` lacks; None: nothing."""
        left: dict[int, int] | None = None
        mine, its = self.bins, other.bins
        if mine or its:
            left = {}
            if mine:
                for index, n in mine.items():
                    more = n if its is None else n - its.get(index, 0)
                    if more:
                        left[index] = more
            if its:
                for index, n in its.items():
                    if mine is None or index not in mine:
                        left[index] = -n
        found = Cell(self.count - other.count, self.sum - other.sum, left or None)
        return None if found.is_zero() else found

    def is_zero(self) -> bool:
        """True when nothing is left: the cell may vanish."""
        return not self.count and not self.sum and not self.bins


Cells: TypeAlias = dict[str, Cell]
"""A pane's content: measure name to cell. A measure with nothing booked has no cell."""


def merge_cells(into: Cells, cells: Mapping[str, Cell], sign: int = 1) -> None:
    """Add (or subtract) ``cells`` into ``into``; cells that come to nothing vanish."""
    for measure, cell in cells.items():
        mine = into.get(measure)
        if mine is not None:
            mine.merge(cell, sign)
            if mine.is_zero():
                del into[measure]
        elif not cell.is_zero():
            mine = into[measure] = cell.copy()
            if sign != 1:
                mine.negate()


def difference(new: Mapping[str, Cell], old: Mapping[str, Cell]) -> Cells:
    """What has to be added to ``old`` to get ``new``."""
    delta: Cells = {}
    for measure, cell in new.items():
        before = old.get(measure)
        if before is None:
            delta[measure] = cell
        else:
            more = cell.minus(before)
            if more is not None:
                delta[measure] = more
    for measure, cell in old.items():
        if measure not in new:
            gone = delta[measure] = Cell()
            gone.merge(cell, -1)
    return delta
