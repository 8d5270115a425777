"""The series that says what ``/metrics`` is too small for."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from stream.edge.serve.prometheus.number_text import NumberText
from stream.edge.serve.prometheus.own_series import family
from stream.edge.serve.served_worker import ServedWorker
from stream.metrics.self_series import SAMPLES_LEFT_OUT


class LeftOutSeries(Collector):
    """What the page made last has left out; nothing on a worker that does not hold the roll-up."""

    def __init__(self, state: ServedWorker, numbers: NumberText) -> None:
        self._state = state
        self._numbers = numbers

    def collect(self) -> Iterator[Metric]:
        """One sample for each group-by, and one for the counters; 0 where nothing is left out."""
        if self._state.view.now_us:
            yield family(SAMPLES_LEFT_OUT, [((by,), count) for by, count in self._numbers.left_out.items()])
