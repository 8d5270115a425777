"""What is undecided in a window until its time is over: by the clock alone, without an event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stream.domain.cells import Cell, Cells
from stream.domain.presence import Group

_MINUTE_US: Final = 60_000_000


class Deadlines:
    """``overdue``: what counts under another measure once it is later than its bins (minutes since 1970), and that."""

    __slots__ = ("_minute", "_overdue")

    def __init__(self, overdue: dict[str, str]) -> None:
        self._overdue = overdue
        self._minute = 0

    def pass_to(
        self,
        now_us: int,
        totals: dict[str, dict[Group, Cells]],
        changed: dict[str, dict[Group, set[str]]],
        everything: set[str],
    ) -> Iterator[None]:
        """Read off at ``now_us`` from here on: in another minute other numbers may be, which are put into ``changed``.

        Both by window and group. ``everything``: changed measures of a group that is made anew as a whole.
        """
        before, self._minute = self._minute, now_us // _MINUTE_US
        if not self._overdue or self._minute == before:
            return
        for window, groups in totals.items():
            for group, cells in groups.items():
                if not self._overdue.keys().isdisjoint(cells):
                    measures = changed[window].setdefault(group, set())
                    if measures is not everything:
                        measures.update(self._overdue)
            yield

    def read_off(self, cells: Cells) -> Cells:
        """Cells as they are by now. Facts without a bin are never due."""
        if self._overdue.keys().isdisjoint(cells):
            return cells
        found = dict(cells)
        for measure, later in self._overdue.items():
            cell = cells.get(measure)
            late = (
                sum(count for due, count in (cell.bins or {}).items() if due < self._minute) if cell is not None else 0
            )
            if cell is None or not late:
                continue
            if cell.count > late:
                found[measure] = Cell(cell.count - late)
            else:
                del found[measure]
            held = found.get(later)
            found[later] = Cell((held.count if held is not None else 0) + late)
        return found
