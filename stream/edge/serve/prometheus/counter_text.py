"""Counters and classic histograms of all that was ever booked, summed as the settings say, as lines of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Final, TypeAlias

from stream.domain.buckets import BOUNDS_SECONDS
from stream.domain.cells import Cell, Cells, merge_cells
from stream.domain.counters import RETRACTED
from stream.domain.segments import Dimensions, Segment, dimensions_of, group_labels
from stream.edge.process.pace import Pace
from stream.edge.serve.prometheus.export import Export
from stream.edge.serve.prometheus.page_text import SegmentLabels, heading, number
from stream.metrics.series import RETRACTIONS, Series

_BOUNDS: Final = (*(str(float(bound)) for bound in BOUNDS_SECONDS), "+Inf")
_HISTOGRAM_SAMPLES: Final = len(_BOUNDS) + 2
_SLICE_SEGMENTS: Final = 64

_Entry: TypeAlias = tuple[SegmentLabels, Cells]


class CounterText:
    """They never go back: what is taken back later is counted apart, as retractions.

    ``samples``: how many there are.
    """

    def __init__(self, counters: Mapping[Segment, Cells], export: Export, pace: Pace) -> None:
        self._pace = pace
        self._export = export
        self._entries: list[_Entry] = []
        self._families: list[tuple[Series, list[bytes]]] = []
        self.samples = 0
        for count, (group, cells) in enumerate(
            sorted(_summed(counters, export.counters_by, export.dimensions, pace).items())
        ):
            if count % _SLICE_SEGMENTS == 0:
                pace.step()
            given = group_labels(export.counters_by, group)
            labels = SegmentLabels(given, export.dimensions.names)
            self._entries.append((labels, cells))
            self.samples += labels.samples_each * sum(map(self._samples_of, cells))

    def write(self) -> None:
        """Make the lines. Once; the counters are forgotten."""
        entries, self._entries = self._entries, []
        for measure, series in self._export.counters.items():
            make = _histogram_lines if series.type == "histogram" else _counter_line
            found: list[bytes] = []
            for first in range(0, len(entries), _SLICE_SEGMENTS):
                self._pace.step()
                booked = [
                    (at, cells[measure]) for at, cells in entries[first : first + _SLICE_SEGMENTS] if measure in cells
                ]
                found.append("".join([make(series.name, at, cell) for at, cell in booked]).encode())
            self._add(series, found)
        if self._export.has_retractions:
            self._add(RETRACTIONS, [self._retractions(*entry) for entry in entries])

    def _samples_of(self, measure: str) -> int:
        if measure.startswith(RETRACTED):
            return 1 if self._export.has_retractions else 0
        series = self._export.counters.get(measure)
        if series is None:
            return 0
        return _HISTOGRAM_SAMPLES if series.type == "histogram" else 1

    def _retractions(self, at: SegmentLabels, cells: Cells) -> bytes:
        self._pace.step()
        return "".join(
            [
                f'{RETRACTIONS.name}{at.before}measure="{measure.removeprefix(RETRACTED)}",{at.after}{number(cell.count)}\n'
                for measure, cell in sorted(cells.items())
                if measure.startswith(RETRACTED)
            ]
        ).encode()

    def _add(self, series: Series, parts: list[bytes]) -> None:
        if kept := [part for part in parts if part]:
            self._families.append((series, kept))

    def parts(self, *, is_openmetrics: bool) -> Iterator[bytes]:
        """The families that have samples, in pieces."""
        for series, parts in self._families:
            yield heading(series, is_openmetrics=is_openmetrics)
            yield from parts


def _summed(counters: Mapping[Segment, Cells], by: str, dimensions: Dimensions, pace: Pace) -> Mapping[Segment, Cells]:
    """By group; nothing is summed, nor copied, where every segment is a group of its own."""
    if not by:
        return {}
    if len(dimensions_of(by)) == len(dimensions.names):
        return counters
    summed: dict[Segment, Cells] = {}
    for segment, cells in counters.items():
        merge_cells(summed.setdefault(dimensions.rolled_up(segment, by), {}), cells)
        pace.step()
    return summed


def _counter_line(name: str, at: SegmentLabels, cell: Cell) -> str:
    return f"{name}{at.before}{at.after}{number(cell.count)}\n"


def _histogram_lines(name: str, at: SegmentLabels, cell: Cell) -> str:
    bins = cell.bins or {}
    counts = (*accumulate(bins.get(index, 0) for index in range(len(BOUNDS_SECONDS))), cell.count)
    buckets = "".join(
        [
            f'{name}_bucket{at.before}le="{bound}",{at.after}{number(count)}\n'
            for bound, count in zip(_BOUNDS, counts, strict=True)
        ]
    )
    labels = f"{at.before}{at.after}"
    return f"{buckets}{name}_count{labels}{number(cell.count)}\n{name}_sum{labels}{number(cell.sum / 1e6)}\n"
