"""The series of the HTTP side, from its tally."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from stream.edge.serve.access.tally import REFUSALS, HttpTally
from stream.edge.serve.prometheus.own_series import family
from stream.metrics.http_series import HTTP, HTTP_REFUSALS


class HttpSeries(Collector):
    """Connections, boards and refusals of this worker."""

    def __init__(self, tally: HttpTally) -> None:
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        """The tally as it is now."""
        for series in HTTP:
            yield family(series, [((), getattr(self._tally, series.field))])
        yield family(HTTP_REFUSALS, [((reason,), self._tally.refusals[reason]) for reason in REFUSALS])
