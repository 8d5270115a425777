"""Which of the numbers are on ``/metrics``, as the settings and the rows themselves say; worked out once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from stream.domain.rollup import NOW_WINDOW
from stream.domain.rowspec import RARE, RowSpec
from stream.domain.rowspec import Export as Usual
from stream.domain.segments import AGENT, dimensions_named, dimensions_of
from stream.domain.subjects import subject_named
from stream.domain.windows import LAST
from stream.metrics.series import RETRACTIONS, Series, additive_series, fields_of, gauges_of, row_families
from stream.settings import Settings
from stream.settings.export import EVERYTHING, ExportSettings, is_pattern

_NO_COUNTERS: Final = "none"
_UNUSUAL: Final = frozenset({"priority", AGENT})
"""Dimensions that are exported only where the settings name a group of them."""


class Export:
    """``families``: the gauges of all rows, by name; ``rows_in_order``: the rows themselves.

    ``gauges``: by name of a row, those that are exported; ``samples``: how many samples these are at the most.

    ``counters``: by measure; ``counters_by``: the group-by they are summed by, empty where there are none.
    ``has_retractions``: whether those are exported too. ``dimensions``: those of the segments. ``labels``: by name of a
    row, what its groups are made of, and so its gauges' labels.
    """

    def __init__(self, settings: Settings) -> None:
        self._chosen = settings.export
        self.dimensions = dimensions_named(settings.dimensions)
        registry = settings.registry
        by_itself = windows_by_itself(settings)
        self.families: Mapping[str, Series] = row_families(registry.rows)
        self.rows_in_order: Sequence[RowSpec] = registry.rows_in_key_order
        self.labels: Mapping[str, tuple[str, ...]] = {
            spec.name: subject_named(metric.subject).dimensions or settings.dimensions
            for metric in registry.metrics
            for spec in metric.rows
        }
        self._rows: Mapping[tuple[str, str], frozenset[str]] = {
            (by, window): frozenset(
                spec.name
                for spec in registry.rows
                if _is_exported(spec, by, window, self._chosen, by_itself)
                and {*dimensions_of(by)} <= {*self.labels[spec.name]}
            )
            for by in settings.group_names
            for window in (*settings.window_names, NOW_WINDOW)
        }
        self.gauges: Mapping[str, tuple[Series, ...]] = {
            spec.name: tuple(gauge for gauge in gauges_of(spec) if _is_wanted(gauge.name, self._chosen))
            for spec in registry.rows
        }
        self.samples: Mapping[str, int] = {
            name: sum(len(fields_of(gauge)) for gauge in gauges) for name, gauges in self.gauges.items()
        }
        self.counters_by = "" if self._chosen.counters_by == _NO_COUNTERS else self._chosen.counters_by
        self.counters: Mapping[str, Series] = {
            name: series
            for name, measure in registry.measures.items()
            if (series := additive_series(measure)) is not None and _is_wanted(series.name, self._chosen)
        }
        self.has_retractions = _is_wanted(RETRACTIONS.name, self._chosen)

    def rows(self, by: str, window: str) -> frozenset[str]:
        """Names of the rows that have gauges for this group-by in this window."""
        return self._rows.get((by, window), frozenset())


def windows_by_itself(settings: Settings) -> frozenset[str]:
    """Windows that metrics bring along and nobody has set: exported only for the rows that name them."""
    brought = {name for metric in settings.registry.metrics for name in metric.more_windows}
    asked = {*settings.windows.rolling, *(name for one in settings.metrics.values() for name in one.windows)}
    return frozenset(brought - asked)


def _is_exported(spec: RowSpec, by: str, window: str, chosen: ExportSettings, by_itself: frozenset[str]) -> bool:
    usual = spec.export
    if chosen.definitions:
        if EVERYTHING not in chosen.definitions and spec.definition not in chosen.definitions:
            return False
    elif usual is None:
        return False
    if chosen.group_bys:
        if EVERYTHING not in chosen.group_bys and by not in chosen.group_bys:
            return False
    elif usual is not None and not _is_usual(by, usual):
        return False
    if spec.kind == "level" or window == NOW_WINDOW:
        return spec.kind == "level" and window == NOW_WINDOW
    if chosen.windows:
        return EVERYTHING in chosen.windows or window in chosen.windows
    if usual is not None and window.startswith(LAST):
        return usual.of_last_answers and len(dimensions_of(by)) <= 1
    return usual is None or window in usual.windows or window not in (*RARE, *by_itself)


def _is_usual(by: str, usual: Usual) -> bool:
    dimensions = dimensions_of(by)
    return len(dimensions) <= usual.most_dimensions and not _UNUSUAL.intersection(dimensions)


def _is_wanted(name: str, chosen: ExportSettings) -> bool:
    allowed = not chosen.series_allow or any(_is_meant(name, one) for one in chosen.series_allow)
    return allowed and not any(_is_meant(name, one) for one in chosen.series_deny)


def _is_meant(name: str, pattern: str) -> bool:
    return re.fullmatch(pattern[1:-1], name) is not None if is_pattern(pattern) else name == pattern
