"""The rows of a view by the client library: the oracle of `stream.edge.serve.prometheus.row_text`."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from stream.domain.rows import Row
from stream.domain.segments import FIELDS
from stream.domain.times import parse_time_us
from stream.edge.serve.served_worker import ServedWorker
from stream.metrics.series import PERCENTILES, Series, gauges_of, row_families


class RowGauges(Collector):
    """No data means no sample: a mean, ratio or percentile of nothing is absent, the number of samples is 0."""

    def __init__(self, state: ServedWorker) -> None:
        self._state = state
        rows = state.settings.registry.rows
        self._families = row_families(rows)
        self._gauges: dict[tuple[str, str], tuple[Series, ...]] = {
            (spec.metric, spec.definition_id): gauges_of(spec) for spec in rows
        }

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One family per gauge that has samples."""
        view = self._state.view
        now_us = self._state.now_us(view)
        families: dict[str, GaugeMetricFamily] = {}
        for _, row in sorted(view.rows.items()):
            labels = _labels(row)
            for gauge in self._gauges.get((row["metric"], row["definition"]), ()):
                family = families.get(gauge.name)
                if family is None:
                    shared = self._families[gauge.name]
                    family = families[gauge.name] = GaugeMetricFamily(gauge.name, shared.help, labels=shared.labels)
                _add(family, gauge.field, labels, row, now_us)
        for name in self._families:
            if name in families and families[name].samples:
                yield families[name]


def _labels(row: Row) -> list[str]:
    segment = row["segment"]
    return [
        row["by"],
        *(segment.get(dimension, "") for dimension in FIELDS),
        row["window"],
        row["definition"],
    ]


def _add(family: GaugeMetricFamily, field: str, labels: list[str], row: Row, now_us: int) -> None:
    value = row[field]
    if field == "quantiles":
        for name, percentile in PERCENTILES.items():
            if value[name] is not None:
                family.add_metric([*labels, percentile], value[name])
    elif field == "oldest":
        family.add_metric(labels, 0.0 if value is None else max(0, now_us - parse_time_us(value)) / 1e6)
    elif value is not None:
        family.add_metric(labels, value)
