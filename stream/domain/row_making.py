"""From the cells of one group in one window to the number of a row: what a roll-up does a hundred thousand times."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stream.domain.cells import Cell, Cells
from stream.domain.histogram import bins_at, censored_quantiles, seconds_of
from stream.domain.measures import Measure
from stream.domain.numbers import QUANTILES, Bounds, Number, Percentiles
from stream.domain.rowspec import RowSpec
from stream.domain.sampling import distance_of
from stream.domain.satisfaction import satisfaction_of
from stream.domain.surges import surge_of
from stream.domain.workforce import NO_GOAL, Goal, workforce_of

_EMPTY: Final = Cell()
_WANTED: Final = tuple(QUANTILES.values())
_NOTHING: Final = Percentiles(None, None, None)
_DIGITS: Final = 3
_rounded_seconds: Final[dict[int, float]] = {}
"""Of a bin: the span that stands for it, as it is published."""
_MOST_BINS: Final = 8192


class RowMaker:
    """Makes the numbers of one spec; the names of its measures are looked up once."""

    __slots__ = (
        "_censored",
        "_denominator",
        "_kind",
        "_level",
        "_made_of",
        "_measure",
        "_numerator",
        "_offset",
        "_parts",
        "_pending",
        "_pending_now",
        "_scale",
        "_subtrahend",
        "spec",
    )

    def __init__(self, spec: RowSpec) -> None:
        self.spec = spec
        self._kind: str = spec.kind
        self._parts = spec.parts
        self._numerator = _names(spec.numerator)
        self._denominator = _names(spec.denominator)
        self._subtrahend = _names(spec.subtrahend)
        self._level = _names(spec.level)
        self._made_of = _names(spec.made_of)
        self._censored = _names(spec.censored)
        self._pending = _names([spec.pending] if spec.pending is not None else [])
        self._pending_now = _names([spec.pending_now] if spec.pending_now is not None else [])
        self._measure = spec.measure.name if spec.measure is not None else ""
        self._offset = spec.offset
        self._scale = spec.scale

    def make(self, bounds: Bounds | None, cells: Cells, goal: Goal = NO_GOAL) -> Number:
        """Number of a window with these ``bounds``; None where there are none. ``goal``: of the group."""
        spec, kind = self.spec, self._kind
        if self._parts is not None:
            return Number(spec, bounds, *self._parts(cells, bounds))
        if kind == "ratio":
            reached = _counted(cells, self._numerator)
            if self._pending and self._pending_now:
                # Of a window that is shorter than the time they have, not all of them are the window's.
                reached += min(_counted(cells, self._pending), _counted(cells, self._pending_now))
            return Number(spec, bounds, _counted(cells, self._denominator), reached)
        if kind == "balance":
            less = _counted(cells, self._subtrahend)
            count, plus = _counted(cells, self._denominator), _counted(cells, self._numerator)
            return Number(spec, bounds, count, plus, None, less)
        if self._subtrahend:
            less = _counted(cells, self._subtrahend)
            return Number(spec, bounds, _counted(cells, self._numerator) + less, 0, None, less)
        if kind == "mean" and self._level:
            return self._mean_of_level(bounds, cells)
        if kind == "blend":
            return self._blend(bounds, cells)
        if kind == "staffing":
            return self._staffing(bounds, cells, goal)
        if kind == "distance":
            return self._distance(bounds, cells)
        cell = cells.get(self._measure, _EMPTY)
        if kind == "surge":
            surge = surge_of(cell.bins or {}, bounds)
            return Number(spec, bounds, surge.count, findings=surge)
        if kind == "count":
            return Number(spec, bounds, cell.count)
        if kind == "level":
            return Number(spec, bounds, cell.count, cell.sum)
        if kind == "mean":
            return Number(spec, bounds, cell.count, self._offset * cell.count + cell.sum * self._scale)
        if kind == "longest":
            return Number(spec, bounds, cell.count, max(cell.bins) if cell.bins else 0)
        return self._duration(bounds, cells, cell)

    def _mean_of_level(self, bounds: Bounds | None, cells: Cells) -> Number:
        count = _counted(cells, self._denominator) if bounds else 0
        seconds = bounds[1] - bounds[0] if bounds else 0
        return Number(self.spec, bounds, count, _counted(cells, self._level) * seconds if count else 0)

    def _blend(self, bounds: Bounds | None, cells: Cells) -> Number:
        csat, top, nps, promoters, detractors, ces, easy = self._made_of
        names = (csat, top, nps, promoters, detractors, ces, easy)
        found = satisfaction_of(cells, names, self.spec.weights)
        return Number(self.spec, bounds, found.count, findings=found)

    def _staffing(self, bounds: Bounds | None, cells: Cells, goal: Goal) -> Number:
        offered, handled, abandoned, answered = self._made_of
        seconds = bounds[1] - bounds[0] if bounds else None
        found = workforce_of(cells, (offered, handled, abandoned, answered), seconds, goal)
        return Number(self.spec, bounds, cells.get(offered, _EMPTY).count, findings=found)

    def _distance(self, bounds: Bounds | None, cells: Cells) -> Number:
        drawn, there = _binned(cells, self._numerator), _binned(cells, self._denominator)
        found = distance_of(drawn, there)
        return Number(self.spec, bounds, found.count, findings=found)

    def _duration(self, bounds: Bounds | None, cells: Cells, cell: Cell) -> Number:
        total = cell.sum
        if self._censored:
            cut = [cells.get(name, _EMPTY) for name in self._censored]
            for other in cut:
                total += other.sum
            values = censored_quantiles(cell.bins or {}, [other.bins or {} for other in cut], _WANTED)
            percentiles = Percentiles(*(None if value is None else round(value, _DIGITS) for value in values))
        elif not cell.bins:
            percentiles = _NOTHING
        elif len(cell.bins) == 1:
            for only in cell.bins:
                seconds = _seconds_of(only)
            percentiles = Percentiles(seconds, seconds, seconds)
        else:
            p50, p90, p99 = bins_at(cell.bins, _WANTED)
            percentiles = Percentiles(_seconds_of(p50), _seconds_of(p90), _seconds_of(p99))
        return Number(self.spec, bounds, cell.count, total / 1e6, percentiles)


def _names(measures: Iterable[Measure]) -> list[str]:
    return [measure.name for measure in measures]


def _counted(cells: Cells, names: list[str]) -> int:
    total = 0
    for name in names:
        cell = cells.get(name)
        if cell is not None:
            total += cell.count
    return total


def _binned(cells: Cells, names: list[str]) -> dict[int, int]:
    total = Cell()
    for name in names:
        total.merge(cells.get(name, _EMPTY))
    return total.bins or {}


def _seconds_of(bin_index: int) -> float:
    seconds = _rounded_seconds.get(bin_index)
    if seconds is None:
        if len(_rounded_seconds) >= _MOST_BINS:
            _rounded_seconds.clear()
        seconds = _rounded_seconds[bin_index] = round(seconds_of(bin_index), _DIGITS)
    return seconds
