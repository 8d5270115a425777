"""Panes: the smallest buckets of time, per width and segment. Every pane is the sum of the facts booked in it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import TypeAlias

from stream.domain.cells import Cell, Cells
from stream.domain.facts import Fact
from stream.domain.segments import Segment
from stream.domain.windows import TOTAL_WIDTH, PanePlan

PaneKey: TypeAlias = tuple[int, int, Segment]
"""Width and start in seconds, and the segment. Width 0 is the one pane of all time."""


class Panes:
    """All panes of one shard, with the keys that changed since they were last taken."""

    def __init__(self, plan: PanePlan) -> None:
        self._plan = plan
        self._shorter = plan.shorter
        self._retention = plan.retention
        self._widths: dict[int, dict[int, dict[Segment, Cells]]] = {width: {} for width in plan.retention}
        if plan.total:
            self._widths[TOTAL_WIDTH] = {}
        self._whole = {width: starts for width, starts in self._widths.items() if width not in plan.shorter}
        """Those in which all measures are kept for the same time."""
        self._all_kept = {width: min(shorter.values()) for width, shorter in plan.shorter.items()}
        """Of the other widths: for how long all measures are kept."""
        self._shrunk: dict[tuple[int, int], int] = {}
        """By width and time to keep: up to where panes have lost what is kept for so long."""
        self._changed: dict[PaneKey, Cells] = {}
        self.foreign: set[PaneKey] = set()
        """Stored, of widths that are not kept any more."""
        self._near: dict[tuple[int, Segment], list[Cells]] = {}
        self._last_slot = -1
        self._last_segment: Segment = ""
        self._last: list[Cells] = []
        """What `_near` has of the last fact: a ticket's facts are booked one after the other, many at one time."""
        self._aged: dict[tuple[int, Segment], list[int]] = {}
        """By place of `_near`: widths whose pane there is so old that some measures are not kept."""

    def book(self, fact: Fact, segment: Segment, sign: int, now_seconds: int) -> bool:
        """Add (1) or retract (-1) a fact in each width that keeps its time or holds its pane; False where none does."""
        slot = fact.time_us // 10_000_000
        if slot == self._last_slot and segment is self._last_segment:
            near = self._last
        else:
            near = self._near_of(slot, segment, now_seconds)
        for booking in fact.bookings:
            measure, amount, bin_index = booking.name, booking.amount, booking.bin_index
            for cells in near:
                cell = cells.get(measure)
                if cell is None:
                    cell = cells[measure] = Cell()
                cell.add(amount, bin_index, sign)
        if self._aged and (slot, segment) in self._aged:
            return self._book_some(fact, segment, sign, now_seconds, self._aged[slot, segment]) or bool(near)
        return bool(near)

    def _near_of(self, slot: int, segment: Segment, now_seconds: int) -> list[Cells]:
        place = (slot, segment)
        near = self._near.get(place)
        if near is None:
            near = self._near[place] = self._find(slot * 10, segment, now_seconds)
        self._last_slot, self._last_segment, self._last = slot, segment, near
        return near

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
                self._changed[(width, start, segment)] = cells
                is_booked = True
        return is_booked

    def _is_kept(self, width: int, kept_seconds: int | None, start: int, now_seconds: int) -> bool:
        if kept_seconds is None:
            return width == TOTAL_WIDTH or start >= self.floor(width, now_seconds)
        return kept_seconds > 0 and start >= now_seconds - kept_seconds

    def _find(self, seconds: int, segment: Segment, now_seconds: int) -> list[Cells]:
        found: list[Cells] = []
        for width, starts in self._widths.items():
            start = 0 if width == TOTAL_WIDTH else seconds - seconds % width
            if width not in self._whole and not self._is_kept(width, self._all_kept[width], start, now_seconds):
                self._aged.setdefault((seconds // 10, segment), []).append(width)
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
            self._changed[(width, start, segment)] = cells
            found.append(cells)
        return found

    def floor(self, width: int, now_seconds: int) -> int:
        """First start that is still kept."""
        return now_seconds - self._retention[width]

    def take_changed(self) -> Iterator[tuple[PaneKey, Cells | None]]:
        """Panes that changed since the last call; None for one that came to nothing, which is gone."""
        changed, self._changed = self._changed, {}
        self._near.clear()
        self._aged.clear()
        self._last_slot = -1
        for key, cells in changed.items():
            for measure in [name for name, cell in cells.items() if cell.is_zero()]:
                del cells[measure]
            if cells:
                yield key, cells
            else:
                self.discard(key)
                yield key, None

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
                    self._changed[(width, start, segment)] = cells

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
                        self._changed[(width, start, segment)] = cells
                    yield

    def discard(self, key: PaneKey) -> None:
        """Remove a pane, if it is there."""
        self.foreign.discard(key)
        width, start, segment = key
        starts = self._widths.get(width, {})
        segments = starts.get(start)
        if segments is not None:
            segments.pop(segment, None)
            if not segments:
                del starts[start]

    def expire(self, now_seconds: int) -> list[PaneKey]:
        """Forget the panes that no window can need any more; gives their keys. Call after `take_changed`."""
        gone: list[PaneKey] = []
        for width in self._retention:
            starts = self._widths[width]
            floor = self.floor(width, now_seconds)
            for start in [start for start in starts if start < floor]:
                gone.extend((width, start, segment) for segment in starts.pop(start))
        return gone

    def shrink(self, now_seconds: int) -> Iterator[tuple[PaneKey, Cells | None]]:
        """Panes that lose the measures that are kept for less; None for one that is gone. Call after `take_changed`."""
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
                            yield key, cells or None
                self._shrunk[width, kept_seconds] = max(first, floor)

    def restore(self, key: PaneKey, cells: Cells) -> None:
        """Put back a pane that was stored. Of a width that is not kept any more only the key is."""
        width, start, segment = key
        if width in self._widths:
            self._widths[width].setdefault(start, {})[segment] = cells
        else:
            self.foreign.add(key)

    def __iter__(self) -> Iterator[tuple[PaneKey, Cells]]:
        """All panes."""
        for width, starts in self._widths.items():
            for start, segments in starts.items():
                for segment, cells in segments.items():
                    yield (width, start, segment), cells

    def __len__(self) -> int:
        """Number of panes kept."""
        return sum(len(segments) for starts in self._widths.values() for segments in starts.values())
