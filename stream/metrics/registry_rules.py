"""What a registry of metrics has to hold to: names that no two share, and all that a page or a series is made of."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from stream.metrics.series import Series, additive_series, gauges_of
from stream.metrics.spec import Metric

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_NAME_ALLOWED: Final = "a-z, 0-9 and '_', at most 63, starting with a letter"

Problem: TypeAlias = tuple[int, str]
"""Place of a metric that cannot be there, and why; of two that clash it is the later one."""


def problems_of(metrics: Sequence[Metric], own: Sequence[Series], known: int = 0) -> Iterator[Problem]:
    """All that is wrong. ``own``: series that are no metric's. Of the first ``known`` nothing is said.

    Those are in the registry already; compiled, their modules have no docstrings.
    """
    for rule in (_names(metrics), _clashes(metrics), _incomplete(metrics), _series(metrics, own)):
        yield from (problem for problem in rule if problem[0] >= known)


def _names(metrics: Sequence[Metric]) -> Iterator[Problem]:
    for place, metric in enumerate(metrics):
        names = {
            "metric": [metric.name, *(row.metric for row in metric.rows)],
            "definition": [row.definition for row in metric.rows],
            "measure": [measure.name for measure in metric.measures],
            "fact": [_kind(key) for key in metric.fact_values],
        }
        for what, found in names.items():
            for name in found:
                if not _NAME.fullmatch(name):
                    yield place, f"{name!r} is no name of a {what}; allowed: {_NAME_ALLOWED}"


def _clashes(metrics: Sequence[Metric]) -> Iterator[Problem]:
    taken: dict[tuple[str, str], str] = {}
    for place, metric in enumerate(metrics):
        names = [("metric", metric.name)]
        names += [("measure", measure.name) for measure in metric.measures]
        names += [("fact", kind) for kind in dict.fromkeys(map(_kind, metric.fact_values))]
        names += [("definition", f"{row.metric} {row.definition}") for row in metric.rows]
        for key in names:
            if key in taken:
                yield place, f"the {key[0]} {key[1]!r} is there already, of the metric {taken[key]}"
            taken[key] = metric.name


def _incomplete(metrics: Sequence[Metric]) -> Iterator[Problem]:
    booked = {measure for metric in metrics for measure in metric.measures}
    for place, metric in enumerate(metrics):
        docstring = getattr(sys.modules.get(metric.facts.__module__), "__doc__", None)
        if not (metric.explanation or docstring or "").strip():
            yield place, "the module of its facts has no docstring, which is its page"
        if not metric.rows:
            yield place, "it has no rows, and so no numbers"
        for row in metric.rows:
            where = f"the row {row.definition_id}"
            for field in ("help", "formula", "booked", "gauge"):
                if not getattr(row, field):
                    yield place, f"{where} has no {field}"
            if row.version < 1:
                yield place, f"{where} has version {row.version}; allowed: 1 and more"
            if unknown := [measure.name for measure in row.measures if measure not in booked]:
                yield place, f"{where} is made of {', '.join(unknown)}, which no metric books"
            if row.kind == "duration" and not (row.measure and row.measure.histogram):
                yield place, f"{where} is a duration: its measure has to keep bins (histogram=True)"


def _series(metrics: Sequence[Metric], own: Sequence[Series]) -> Iterator[Problem]:
    taken: dict[str, tuple[str, object]] = {series.name: ("Deskpulse itself", None) for series in own}
    for place, metric in enumerate(metrics):
        found: list[tuple[str, object]] = [
            # Several definitions share a gauge where they are one metric by several formulas.
            (series.name, (row.metric, row.kind, series.field))
            for row in metric.rows
            for series in gauges_of(row)
        ]
        additive = (additive_series(measure) for measure in metric.measures)
        found += [(series.name, metric.name) for series in additive if series is not None]
        for name, of in found:
            owner, before = taken.setdefault(name, (metric.name, of))
            if before != of:
                yield place, f"the series {name} is there already, of {owner}"


def _kind(fact_key: str) -> str:
    return fact_key.partition("/")[0]
