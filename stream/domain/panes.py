"""Panes: the smallest buckets of time, per width and segment. Every pane is the sum of the facts booked in it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from stream.compiled import mypyc_attr
from stream.domain.cells import Cell, Cells
from stream.domain.facts import Fact
from stream.domain.remainders import FINER_FIRST, PaneKey, PaneRow, Remainders, Widths, around
from stream.domain.segments import Segment
from stream.domain.windows import FINE_SECONDS, TOTAL_WIDTH, PanePlan


@mypyc_attr(acyclic=True)
class _Place:
    """Where the facts of one segment and ten seconds are booked: panes, the finest first.

    ``aged``: widths whose pane there is so old that some measures are not kept. ``is_lessened``: something was taken
    back there since changes were last taken.
    """

    __slots__ = ("aged", "cells", "is_lessened", "keys")

    def __init__(self) -> None:
        self.keys: list[PaneKey] = []
        self.cells: list[Cells] = []
        self.aged: list[int] = []
        self.is_lessened = False


class Panes:
    """All panes of one shard, with the keys of the rows that changed since they were last taken (see `remainders`)."""

    def __init__(self, plan: PanePlan) -> None:
        self._plan = plan
        self._widths: Widths = {width: {} for width in FINER_FIRST if width in plan.widths}
        self._remainders = Remainders(plan, self._widths)
        self._whole = self._remainders.whole
        self._shorter = plan.shorter
        self._retention = plan.retention
        self._all_kept = {width: min(shorter.values()) for width, shorter in plan.shorter.items()}
        """Of widths that keep some measures for less: for how long all measures are kept."""
        self._shrunk: dict[tuple[int, int], int] = {}
        """By width and time to keep: up to where panes have lost what is kept for so long."""
        self._changed: dict[PaneKey, Cells] = {}
        """Panes whose rows have changed."""
        self._lessened: list[_Place] = []
        self.foreign: set[PaneKey] = set()
        """Stored, of widths that are not kept any more."""
        self._foreign_cells: dict[PaneKey, Cells] = {}
        self._near: dict[tuple[int, Segment], _Place] = {}
        self._last_slot = -1
        self._last_segment: Segment = ""
        self._last: _Place = _Place()
        """What `_near` has of the last fact: a ticket's facts are booked one after the other, many at one time."""

    def book(self, fact: Fact, segment: Segment, sign: int, now_seconds: int) -> bool:
        """Add (1) or retract (-1) a fact in each width that keeps its time or holds its pane; False where none does."""
        slot = fact.time_us // 10_000_000
        if slot == self._last_slot and segment is self._last_segment:
            place = self._last
        else:
            place = self._near_of(slot, segment, now_seconds)
        if sign < 0 and not place.is_lessened:
            place.is_lessened = True
            self._lessened.append(place)
        near = place.cells
        for booking in fact.bookings:
            measure, amount, bin_index = booking.name, booking.amount, booking.bin_index
            for cells in near:
                cell = cells.get(measure)
                if cell is None:
                    cell = cells[measure] = Cell()
                cell.add(amount, bin_index, sign)
        if place.aged:
            return self._book_some(fact, segment, sign, now_seconds, place.aged) or bool(near)
        return bool(near)

    def _near_of(self, slot: int, segment: Segment, now_seconds: int) -> _Place:
        key = (slot, segment)
        place = self._near.get(key)
        if place is None:
            place = self._near[key] = self._find(slot * 10, segment, now_seconds)
        self._last_slot, self._last_segment, self._last = slot, segment, place
        return place

    def _book_some(self, fact: Fact, segment: Segment, sign: int, now_seconds: int, widths: list[int]) -> bool:
        """`book` in the widths that keep some measures for less, and not all of the fact's time."""
        is_booked = False
        seconds = fact.time_us // 1_000_000
        for width in widths:
            shorter = self._shorter[width]
            starts = self._widths[width]
            start = 0 if width == TOTAL_WIDTH else seconds - seconds % width
            for booking in fact.bookings:
                measure = booking.name
                held = starts.get(start, {}).get(segment, {})
                # As a whole pane is: what holds it is taken back from, as long as it is there.
                if measure not in held and not self._is_kept(width, shorter.get(measure), start, now_seconds):
                    continue
                cells = starts.setdefault(start, {}).setdefault(segment, held)
                cell = cells.get(measure)
                if cell is None:
                    cell = cells[measure] = Cell()
                cell.add(booking.amount, booking.bin_index, sign)
                self._note_changed((width, start, segment), cells)
                is_booked = True
        return is_booked

    def _note_changed(self, key: PaneKey, cells: Cells) -> None:
        """A pane has changed, and maybe none that it lies in: so may have the rows of all of them."""
        self._changed[key] = cells
        self._note_around(key)

    def _note_around(self, key: PaneKey) -> None:
        for wider in around(key):
            width, start, segment = wider
            cells = self._widths.get(width, {}).get(start, {}).get(segment)
            if cells is not None:
                self._changed[wider] = cells

    def _is_kept(self, width: int, kept_seconds: int | None, start: int, now_seconds: int) -> bool:
        if kept_seconds is None:
            return width == TOTAL_WIDTH or start >= self.floor(width, now_seconds)
        return kept_seconds > 0 and start >= now_seconds - kept_seconds

    def _find(self, seconds: int, segment: Segment, now_seconds: int) -> _Place:
        place = _Place()
        for width, starts in self._widths.items():
            start = 0 if width == TOTAL_WIDTH else seconds - seconds % width
            if width in self._shorter and not self._is_kept(width, self._all_kept[width], start, now_seconds):
                place.aged.append(width)
                continue
            # One that is not expired yet is taken back from all the same: what it holds keeps rows of its groups alive.
            is_kept = width == TOTAL_WIDTH or start >= self.floor(width, now_seconds)
            segments = starts.get(start)
            if not is_kept and (segments is None or segment not in segments):
                continue
            if segments is None:
                segments = starts[start] = {}
            cells = segments.get(segment)
            if cells is None:
                cells = segments[segment] = {}
            place.keys.append((width, start, segment))
            place.cells.append(cells)
        self._note_place(place)
        return place

    def _note_place(self, place: _Place) -> None:
        """Where all that is wider gets the same, only the row of the finest pane changes."""
        keys, cells = place.keys, place.cells
        widest = [*self._widths][-len(keys) :] if keys else []
        is_alone = not place.aged and [key[0] for key in keys] == widest
        for number, key in enumerate(keys):
            if not number or not is_alone or key in self._whole:
                self._changed[key] = cells[number]

    def floor(self, width: int, now_seconds: int) -> int:
        """First start that is still kept."""
        return now_seconds - self._retention[width]

    def take_changed(self) -> Iterator[PaneRow]:
        """Rows that changed since the last call. Panes that came to nothing are gone."""
        changed, self._changed = self._changed, {}
        lessened, self._lessened = self._lessened, []
        self._near.clear()
        self._last_slot = -1
        for place in lessened:
            for key, cells in zip(place.keys, place.cells, strict=True):
                self._clean(key, cells)
        if self._whole:
            for key in [*changed]:
                for within in self._remainders.whole_within(key) if key[0] != FINE_SECONDS else ():
                    width, start, segment = within
                    changed.setdefault(within, self._widths[width].get(start, {}).get(segment, {}))
        for key, cells in changed.items():
            self._clean(key, cells)
        for key, cells in changed.items():
            yield self._row(key, cells)

    def _clean(self, key: PaneKey, cells: Cells) -> None:
        for measure in [name for name, cell in cells.items() if cell.is_zero()]:
            del cells[measure]
        if not cells:
            self.discard(key)

    def _row(self, key: PaneKey, cells: Cells) -> PaneRow:
        if key[0] != FINE_SECONDS:
            cells = self._remainders.of(key, cells)
            self._whole.discard(key)
        return key, cells or None

    def book_before(
        self, fact: Fact, segment: Segment, until: Mapping[int, Mapping[str, int]], now_seconds: int
    ) -> None:
        """Add a fact, by width and measure, to panes that start before ``until``, where these are kept."""
        seconds = fact.time_us // 1_000_000
        for width, ends in until.items():
            start = 0 if width == TOTAL_WIDTH else seconds - seconds % width
            shorter = self._plan.shorter.get(width, {})
            for booking in fact.bookings:
                measure = booking.name
                if start < ends.get(measure, 0) and self._is_kept(width, shorter.get(measure), start, now_seconds):
                    cells = self._widths[width].setdefault(start, {}).setdefault(segment, {})
                    cell = cells.get(measure)
                    if cell is None:
                        cell = cells[measure] = Cell()
                    cell.add(booking.amount, booking.bin_index, 1)
                    self._note_changed((width, start, segment), cells)

    def lose(self, kept: Container[str], until: Mapping[int, Mapping[str, int]]) -> Iterator[None]:
        """Take out the measures that are not in ``kept``, and what starts before ``until`` by width and measure."""
        for width, starts in self._widths.items():
            ends = until.get(width, {})
            for start, segments in starts.items():
                for segment, cells in segments.items():
                    lost = [name for name in cells if name not in kept or start < ends.get(name, 0)]
                    for name in lost:
                        del cells[name]
                    if lost:
                        self._note_changed((width, start, segment), cells)
                    yield

    def discard(self, key: PaneKey) -> None:
        """Remove a pane, if it is there."""
        self.foreign.discard(key)
        self._foreign_cells.pop(key, None)
        self._whole.discard(key)
        width, start, segment = key
        starts = self._widths.get(width, {})
        segments = starts.get(start)
        if segments is not None:
            segments.pop(segment, None)
            if not segments:
                del starts[start]

    def expire(self, now_seconds: int) -> Iterator[PaneRow]:
        """Forget what no window can need any more: rows that change by it. Call after `take_changed`.

        Wider panes come first: what they take over is nowhere else any more when finer ones go.
        """
        gone: dict[PaneKey, Cells] = {}
        for width in self._retention:
            starts = self._widths[width]
            floor = self.floor(width, now_seconds)
            for start in [start for start in starts if start < floor]:
                for segment in starts.pop(start):
                    key = (width, start, segment)
                    gone[key] = {}
                    self._whole.discard(key)
                    self._note_around(key)
        self._shrink(now_seconds, gone)
        for key in gone:
            self._changed.pop(key, None)
        yield from self.take_changed()
        for key, cells in gone.items():
            yield self._row(key, cells)

    def _shrink(self, now_seconds: int, gone: dict[PaneKey, Cells]) -> None:
        """Take out the measures that are kept for less."""
        for width, shorter in self._shorter.items():
            starts = self._widths[width]
            for kept_seconds in sorted({*shorter.values()}):
                measures = [measure for measure, seconds in shorter.items() if seconds == kept_seconds]
                first, floor = self._shrunk.get((width, kept_seconds), 0), now_seconds - kept_seconds
                for start in [start for start in starts if first <= start < floor]:
                    for segment, cells in [*starts[start].items()]:
                        lost = [measure for measure in measures if cells.pop(measure, None) is not None]
                        if lost:
                            key = (width, start, segment)
                            if not cells:
                                self.discard(key)
                            gone[key] = cells
                            self._note_around(key)
                self._shrunk[width, kept_seconds] = max(first, floor)

    def restore(self, key: PaneKey, cells: Cells, *, is_whole: bool = False) -> None:
        """Put back the row of a pane. Call `complete_steps` once all have been. ``is_whole``: see `remainders`."""
        width, start, segment = key
        if width in self._widths:
            self._widths[width].setdefault(start, {})[segment] = cells
        else:
            self.foreign.add(key)
            self._foreign_cells[key] = cells
        if is_whole and width != FINE_SECONDS:
            self._whole.add(key)
        else:
            self._whole.discard(key)

    def complete_steps(self) -> Iterator[None]:
        """All rows have been put back: panes hold what those within them do."""
        changed: set[PaneKey] = set()
        yield from self._remainders.complete_steps(self._foreign_cells, changed)
        self._foreign_cells.clear()
        for key in changed:
            width, start, segment = key
            self._changed[key] = self._widths[width].get(start, {}).get(segment, {})
        self._whole.difference_update(self.foreign)

    def rows(self) -> Iterator[tuple[PaneKey, Cells]]:
        """What is stored of all panes: those of which nothing is are left out."""
        for key, cells in self:
            rest = cells if key[0] == FINE_SECONDS else self._remainders.of(key, cells)
            if rest:
                yield key, rest

    def __iter__(self) -> Iterator[tuple[PaneKey, Cells]]:
        """All panes."""
        for width, starts in self._widths.items():
            for start, segments in starts.items():
                for segment, cells in segments.items():
                    yield (width, start, segment), cells

    def __len__(self) -> int:
        """Number of panes kept."""
        return sum(len(segments) for starts in self._widths.values() for segments in starts.values())
