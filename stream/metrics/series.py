"""Which Prometheus series there are, and what they are called: the one place that names them.

Numbers of a window are gauges with the labels ``by, channel, team, priority, window, definition``; a label that the
group does not have is empty. ``by`` keeps totals and parts apart: a sum over one value of ``by`` never counts twice.
What has ever been counted are counters and classic histograms, summed as `export.counters_by` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeAlias, cast

from msgspec import Struct

from stream.domain.measures import Measure
from stream.domain.row_numbers import NumberField
from stream.domain.rowspec import RowKind, RowSpec
from stream.domain.segments import FIELDS

SeriesType: TypeAlias = Literal["gauge", "counter", "histogram"]

PREFIX: Final = "deskpulse_"
ROW_LABELS: Final = ("by", *FIELDS, "window", "definition")
PERCENTILE: Final = "percentile"
# Not "quantile": Prometheus keeps that label to summaries, and promtool refuses it elsewhere.
PERCENTILES: Final[dict[NumberField, str]] = {"p50": "50", "p90": "90", "p99": "99"}
"""Name of a quantile in a row, and the value of the label ``percentile``."""


class Series(Struct, frozen=True):
    """A family of series. ``field``: what of its source (a row, a report) it shows."""

    name: str
    type: SeriesType
    labels: tuple[str, ...]
    help: str
    field: str = ""

    def labels_by(self, dimensions: Sequence[str]) -> tuple[str, ...]:
        """Its labels where the settings name other dimensions than those it is written with."""
        return tuple(
            name
            for label in self.labels
            for name in (dimensions if label == FIELDS[0] else () if label in FIELDS else (label,))
        )


class _Part(Struct, frozen=True):
    suffix: str
    field: str
    help: str
    labels: tuple[str, ...] = ()


_SAMPLES: Final = _Part("_samples", "count", "number of samples")
_PARTS: Final[dict[RowKind, tuple[_Part, ...]]] = {
    "duration": (
        _Part("_mean_seconds", "mean", "mean"),
        _Part("_percentile_seconds", "quantiles", "percentiles, within 1 % of a sample", (PERCENTILE,)),
        _SAMPLES,
    ),
    "ratio": (
        _Part("_ratio", "value", "numerator / denominator"),
        _Part("_numerator", "numerator", "numerator"),
        _Part("_denominator", "denominator", "denominator"),
    ),
    "balance": (
        _Part("_score", "value", "-100 to 100"),
        _Part("_score_low", "low", "lower bound of the 95 % interval"),
        _Part("_score_high", "high", "upper bound of the 95 % interval"),
        _SAMPLES,
        _Part("_change", "change", "against the window before"),
    ),
    "mean": (_Part("_mean", "mean", "mean"), _SAMPLES),
    # The counter of the same thing is called the same in OpenMetrics, which takes its name without "_total".
    "count": (_Part("_in_window", "value", "number in the window"),),
    "level": (_Part("", "value", "number now"),),
    "staffing": (
        _Part("", "value", "by Erlang C, where everybody waits"),
        _Part("_with_patience", "with_patience", "by Erlang A, where people give up"),
        _Part("_agents_busy", "agents_busy", "agents that were busy, on average"),
    ),
    "blend": (
        _Part("_ratio", "value", "weighted mean of the parts, 0 to 1; absent while a part is"),
        _Part("_csat_ratio", "csat", "the part of CSAT"),
        _Part("_nps_ratio", "nps", "the part of NPS, -100 to 100 as 0 to 1"),
        _Part("_ces_ratio", "ces", "the part of CES"),
        _Part("_samples", "count", "the fewest answers that a part stands on"),
    ),
    "distance": (
        _Part("", "value", "total variation distance, 0 to 1"),
        _Part("_by_chance", "by_chance", "expected of as many that are drawn blindly"),
        _SAMPLES,
    ),
    "surge": (
        _Part("_ratio", "value", "last 24 hours / usual day"),
        _Part("_last_day", "latest", "last 24 hours"),
        _Part("_usual_day", "usual", "median of the days before in the window"),
    ),
    "longest": (_Part("_seconds", "value", "the longest in the window, within 1 %"),),
}


def gauges_of(spec: RowSpec) -> tuple[Series, ...]:
    """The gauges a row feeds; ``field`` is the row's. A field that is None gives no sample."""
    named = [
        Series(
            f"{PREFIX}{spec.gauge}{part.suffix}",
            "gauge",
            (*ROW_LABELS, *part.labels),
            f"{spec.help}: {part.help}.",
            part.field,
        )
        for part in _PARTS[spec.kind]
        if part.field != "change" or spec.compares
    ]
    if spec.oldest_gauge:
        text = f"{spec.help}: how long the oldest of them has lasted, 0 where there is none."
        named.append(Series(f"{PREFIX}{spec.oldest_gauge}_seconds", "gauge", ROW_LABELS, text, "oldest"))
    return tuple(named)


def fields_of(gauge: Series) -> tuple[NumberField, ...]:
    """The fields of a row that its gauge shows: one, or one for each percentile."""
    return tuple(PERCENTILES) if gauge.field == "quantiles" else (cast(NumberField, gauge.field),)


def gauge_showing(spec: RowSpec, field: NumberField) -> Series:
    """The gauge that shows ``field`` of a row; ValueError where none does."""
    for gauge in gauges_of(spec):
        if field in fields_of(gauge):
            return gauge
    raise ValueError(f"no gauge of {spec.metric} {spec.definition_id} shows {field}")


def row_families(specs: Iterable[RowSpec]) -> dict[str, Series]:
    """All gauges of ``specs`` by name. One that several definitions share says so instead of quoting one of them."""
    families: dict[str, Series] = {}
    for spec in specs:
        for series in gauges_of(spec):
            if series.name in families:
                text = f"{spec.metric} by several definitions, see the label: {series.help.rpartition(': ')[2]}"
                series = Series(series.name, series.type, series.labels, text, series.field)  # noqa: PLW2901  # the shared form
            families[series.name] = series
    return families


def additive_series(measure: Measure) -> Series | None:
    """The counter or histogram of a measure; None where it has none."""
    if measure.counter is None:
        return None
    name = PREFIX + measure.counter
    if measure.histogram:
        return Series(name, "histogram", FIELDS, f"{measure.help}.", measure.name)
    return Series(f"{name}_total", "counter", FIELDS, f"{measure.help}.", measure.name)


RETRACTIONS: Final = Series(
    f"{PREFIX}retractions_total",
    "counter",
    ("measure", *FIELDS),
    "Facts taken back because a later event changed them; the counters of the measure are not lowered.",
)
