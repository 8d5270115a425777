"""Panes of all partitions together, as windows are made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from stream.domain.cells import Cells, merge_cells
from stream.domain.remainders import FINER_FIRST, PaneKey, Widths, around
from stream.domain.segments import Segment


class MergedPanes:
    """``widths``: those that are wanted. ``note_presence`` hears of measures that come to a pane (1) or go (-1) by it.

    ``owe`` hears what a pane has got. What finer panes pass on to the wider ones that they lie in waits for `pass_on`,
    as many of one segment lie in the same: it is summed up before it is added.
    """

    def __init__(
        self,
        widths: Iterable[int],
        note_presence: Callable[[Segment, str, int], None],
        owe: Callable[[int, int, Segment, Cells], None],
    ) -> None:
        known = {*widths}
        self.of_width: Widths = {width: {} for width in FINER_FIRST if width in known}
        self._note_presence = note_presence
        self._owe = owe
        widest = max((FINER_FIRST.index(width) for width in FINER_FIRST if width in known), default=-1)
        self._waiting: dict[int, dict[PaneKey, Cells]] = {width: {} for width in FINER_FIRST[: widest + 1]}

    def add(self, panes: Sequence[PaneKey], delta: Cells) -> None:
        """Add to panes, each of which lies in the next; these may be fewer than there are."""
        key = panes[0]
        self._add(key, delta)
        if len(panes) > len(around(key)):
            self._pass_on(key, delta)
        else:
            for wider in panes[1:]:
                self._add(wider, delta)

    def pass_on(self) -> Iterator[None]:
        """Add what waits, in small steps."""
        for waiting in self._waiting.values():
            while waiting:
                key, cells = waiting.popitem()
                self._add(key, cells)
                self._pass_on(key, cells)
                yield

    def _pass_on(self, key: PaneKey, delta: Cells) -> None:
        next_one = around(key)[:1]
        if not next_one or next_one[0][0] not in self._waiting:
            return
        waiting = self._waiting[next_one[0][0]]
        held = waiting.get(next_one[0])
        if held is None:
            held = waiting[next_one[0]] = {}
        merge_cells(held, delta)

    def _add(self, key: PaneKey, delta: Cells) -> None:
        width, start, segment = key
        starts = self.of_width.get(width)
        if starts is None:
            return
        segments = starts.get(start)
        if segments is None:
            segments = starts[start] = {}
        merged = segments.get(segment)
        if merged is None:
            merged = segments[segment] = {}
        for measure, cell in delta.items():
            mine = merged.get(measure)
            if mine is None:
                if not cell.is_zero():
                    merged[measure] = cell.copy()
                    self._note_presence(segment, measure, 1)
            else:
                mine.merge(cell)
                if mine.is_zero():
                    del merged[measure]
                    self._note_presence(segment, measure, -1)
        if not merged:
            del segments[segment]
            if not segments:
                del starts[start]
        self._owe(width, start, segment, delta)
