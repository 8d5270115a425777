"""Queries of the board of all metrics, made from what a row exports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from deploy.grafana.source.frames import Query
from deploy.grafana.source.promql import CHOSEN, newest
from stream.domain.rowspec import RowSpec
from stream.metrics.series import Series, gauges_of

_UNITS: Final = {"_seconds": "s", "_ratio": "percentunit"}
_NAMES: Final = {
    "mean": "mean",
    "value": "value",
    "numerator": "numerator",
    "denominator": "denominator",
    "low": "at least, at 95 %",
    "high": "at most, at 95 %",
    "change": "against the window before",
    "oldest": "the oldest",
    "with_patience": "where people give up",
    "agents_busy": "agents busy",
    "csat": "CSAT",
    "nps": "NPS, moved to 0 to 1",
    "ces": "CES",
}
_LEFT_OUT: Final = ("_samples", "_mean_seconds")


def window_of(spec: RowSpec) -> str:
    """The longest of a day or so that is exported."""
    if spec.kind == "level" or spec.export is None:
        return "now"
    return "24h" if "24h" in spec.export.windows else spec.export.windows[0]


def queries_of(spec: RowSpec, name: str = "", group: str = CHOSEN) -> Iterator[Query]:
    """All that a row exports, but for the number of samples and means beside percentiles; ``name``: of its value."""
    where = (group, f'window="{window_of(spec)}"', f'definition="{spec.definition_id}"')
    for gauge in gauges_of(spec):
        unit = next((unit for end, unit in _UNITS.items() if gauge.name.endswith(end)), "short")
        if gauge.field == "quantiles":
            for text, percentile in (("half within", "50"), ("nine of ten within", "90")):
                yield Query(newest(gauge.name, *where, f'percentile="{percentile}"'), text, unit)
        elif not gauge.name.endswith(_LEFT_OUT):
            yield Query(newest(gauge.name, *where), name or _name(gauge), unit)


def _name(gauge: Series) -> str:
    return _NAMES[gauge.field]
