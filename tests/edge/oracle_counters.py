"""The counters of a view by the client library: the oracle of `stream.edge.serve.prometheus.counter_text`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from stream.domain.buckets import BOUNDS_SECONDS
from stream.domain.cells import Cell
from stream.domain.counters import RETRACTED
from stream.domain.segments import SEPARATOR
from stream.edge.serve.served_worker import ServedWorker
from stream.metrics import MEASURES
from stream.metrics.series import RETRACTIONS, Series, additive_series

_SERIES: Final[dict[str, Series]] = {
    name: series for name, measure in MEASURES.items() if (series := additive_series(measure)) is not None
}


class AdditiveSeries(Collector):
    """They never go back: what is taken back later is counted apart, as retractions."""

    def __init__(self, state: ServedWorker) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """One family per measure that has ever been booked, and the retractions."""
        counters = sorted(self._state.view.counters.items())
        families = {name: _family(series) for name, series in _SERIES.items()}
        retractions = CounterMetricFamily(RETRACTIONS.name, RETRACTIONS.help, labels=RETRACTIONS.labels)
        for segment, cells in counters:
            labels = segment.split(SEPARATOR)
            for measure, cell in sorted(cells.items()):
                if measure.startswith(RETRACTED):
                    retractions.add_metric([measure.removeprefix(RETRACTED), *labels], cell.count)
                    continue
                family = families.get(measure)
                if isinstance(family, HistogramMetricFamily):
                    family.add_metric(labels, buckets=_buckets(cell), sum_value=cell.sum / 1e6)
                elif family is not None:
                    family.add_metric(labels, cell.count)
        for family in (*families.values(), retractions):
            if family.samples:
                yield family


def _family(series: Series) -> CounterMetricFamily | HistogramMetricFamily:
    if series.type == "histogram":
        return HistogramMetricFamily(series.name, series.help, labels=series.labels)
    return CounterMetricFamily(series.name, series.help, labels=series.labels)


def _buckets(cell: Cell) -> list[tuple[str, float]]:
    bins = cell.bins or {}
    up_to = accumulate(bins.get(index, 0) for index in range(len(BOUNDS_SECONDS)))
    return [*((str(float(bound)), n) for bound, n in zip(BOUNDS_SECONDS, up_to, strict=True)), ("+Inf", cell.count)]
