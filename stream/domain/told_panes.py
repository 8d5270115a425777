"""The rows of panes that partitions have told, each replacing the one before it, and which panes they count in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stream.domain.cells import Cells, difference, merge_cells
from stream.domain.remainders import FINER_FIRST, PaneKey, around, starts_within
from stream.domain.windows import FINE_SECONDS, TOTAL_WIDTH

_FINER: Final[dict[int, int]] = dict(zip(FINER_FIRST[1:], FINER_FIRST, strict=False))


class ToldPanes:
    """Of all partitions. A row counts in its own pane and in those around it, up to one whose row is whole."""

    def __init__(self) -> None:
        self._partitions: dict[int, _OfPartition] = {}

    def replace(self, partition: int, key: PaneKey, cells: Cells | None, is_whole: bool) -> tuple[Cells, int]:
        """Take a pane's new row (None: none any more); gives what it adds to all that it counts in, and to the rows.

        ``is_whole``: see `remainders`.
        """
        held = self._partitions.get(partition)
        if held is None:
            held = self._partitions[partition] = _OfPartition()
        before = len(held.rows)
        delta = held.replace(key, cells, is_whole and bool(cells) and key[0] != FINE_SECONDS)
        more = len(held.rows) - before
        if not held.rows:
            del self._partitions[partition]
        return delta, more

    def counted_in(self, partition: int, key: PaneKey) -> list[PaneKey]:
        """Panes that a row counts in."""
        held = self._partitions.get(partition)
        if held is None or not held.whole:
            return [key, *around(key)]
        found = [key]
        for wider in around(key):
            if wider in held.whole:
                break
            found.append(wider)
        return found

    def row(self, partition: int, key: PaneKey) -> Cells:
        """One that is held."""
        return self._partitions[partition].rows[key]


class _OfPartition:
    def __init__(self) -> None:
        self.rows: dict[PaneKey, Cells] = {}
        self.whole: set[PaneKey] = set()

    def replace(self, key: PaneKey, cells: Cells | None, is_whole: bool) -> Cells:
        old = self.rows.get(key)
        was_whole = bool(self.whole) and key in self.whole
        if cells:
            self.rows[key] = cells
        elif old is not None:
            del self.rows[key]
        # Most panes come once.
        delta = (cells or {}) if old is None else difference(cells or {}, old)
        if is_whole == was_whole:
            return delta
        if is_whole:
            self.whole.add(key)
        else:
            self.whole.discard(key)
        within: Cells = {}
        self._add_within(within, key, key[0])
        delta = {name: cell.copy() for name, cell in delta.items()}
        merge_cells(delta, within, -1 if is_whole else 1)
        return delta

    def _add_within(self, into: Cells, key: PaneKey, width: int) -> None:
        """Sum up rows that lie in ``key`` and are finer than ``width``, but for those within one that is whole."""
        finer = _FINER.get(width)
        if finer is None:
            return
        segment = key[2]
        starts: Iterable[int] = ()
        if key[0] == TOTAL_WIDTH:
            starts = {start - start % finer for _, start, of in self.rows if of == segment}
        for start in starts_within(key, finer, starts):
            row = (finer, start, segment)
            cells = self.rows.get(row)
            if cells is not None:
                merge_cells(into, cells)
            if row not in self.whole:
                self._add_within(into, row, finer)
