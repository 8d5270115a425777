"""Counters of all partitions together, by the name that a segment has in the installation. They never go back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stream.domain.cells import Cells, difference, merge_cells
from stream.domain.segments import THREE, Segment


class CounterTotals:
    """``totals`` by name. ``is_named``: whether a segment has one of its own; all that have none are in ``other``.

    What was counted as ``other`` before a segment got its name stays there (``bases``): a counter that goes back is
    taken for one that began anew.
    """

    def __init__(self, is_named: Callable[[Segment], bool], other: Segment = THREE.other) -> None:
        self._other = other
        self.totals: dict[Segment, Cells] = {}
        self.bases: dict[Segment, Cells] = {}
        self._is_named = is_named
        self._parts: dict[Segment, dict[int, Cells]] = {}
        self._as_other: dict[Segment, Cells] = {}
        self._changed: set[Segment] = set()

    def apply(self, partition: int, segment: Segment, cells: Cells) -> None:
        """Replace what a partition has counted of a segment."""
        self._parts.setdefault(segment, {})[partition] = cells
        self._changed.add(segment)

    def name(self, segment: Segment) -> None:
        """The segment has a name of its own from now on."""
        self.bases[segment] = self._as_other.get(segment, {})
        self._changed.add(segment)

    def restore(self, segment: Segment, base: Cells) -> None:
        """The segment had a name of its own already; ``base`` was counted as ``other`` before."""
        self.bases[segment] = base
        self._changed.add(segment)

    def holds(self, segment: Segment) -> bool:
        """True where anything was ever counted of a segment."""
        return any(self._parts.get(segment, {}).values())

    def forget(self, segment: Segment) -> None:
        """Of a segment nothing was ever counted: it is as if it had never been."""
        self._parts.pop(segment, None)
        self.bases.pop(segment, None)

    def update(self) -> Iterator[None]:
        """Bring ``totals`` up to date, a segment at a time."""
        changed, self._changed = self._changed, set()
        if not changed:
            return
        other: Cells = _sum(self.totals.get(self._other, {}))
        for segment in changed:
            counted = _sum(*self._parts.get(segment, {}).values())
            is_own = self._is_named(segment) and segment != self._other
            as_other = _still_there(self.bases.get(segment, {}), counted) if is_own else counted
            merge_cells(other, difference(as_other, self._as_other.get(segment, {})))
            if as_other:
                self._as_other[segment] = as_other
            if is_own:
                # A new object: the one before may be in a view that is being read.
                own = difference(counted, as_other)
                if own:
                    self.totals[segment] = own
            yield
        if other:
            self.totals[self._other] = other

    def __len__(self) -> int:
        """Number of segments that anything was counted of."""
        return len(self._parts)


def _still_there(base: Cells, counted: Cells) -> Cells:
    """Of ``base`` what is part of ``counted``; a measure that was forgotten, or has begun anew, has none of it."""
    return {name: cell for name, cell in base.items() if name in counted and counted[name].count >= cell.count}


def _sum(*parts: Cells) -> Cells:
    total: Cells = {}
    for cells in parts:
        merge_cells(total, cells)
    return total
