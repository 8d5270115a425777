"""The gateway's page of series, from its tally."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.prometheus.exposition import content_type_of
from stream.edge.serve.prometheus.own_series import BUILD, family
from stream.gateway.tally import BOUNDS_SECONDS, OUTCOMES, GatewayTally
from stream.gateway.writer import Kafka
from stream.metrics.gateway_series import ANSWERS, CONNECTION_REFUSALS, DELIVERIES, GATEWAY, HOOKS, PASSED
from stream.metrics.self_series import BUILD_INFO


class GatewaySeries(Collector):
    """All hooks: also those to which nothing has come yet, so that a rate is 0 and not absent."""

    def __init__(self, tally: GatewayTally, http: HttpTally, writer: Kafka) -> None:
        self._tally = tally
        self._http = http
        self._writer = writer

    def collect(self) -> Iterator[Metric]:
        """The tally as it is now."""
        hooks = self._tally.hooks
        yield family(BUILD_INFO, [(BUILD, 1)])
        yield family(
            DELIVERIES,
            [((name, outcome), hook.deliveries[outcome]) for name, hook in hooks.items() for outcome in OUTCOMES],
        )
        for series in HOOKS:
            is_time = series.field.endswith("_us")
            values = [(name, getattr(hook, series.field)) for name, hook in hooks.items()]
            yield family(series, [((name,), (value / 1e6 or None) if is_time else value) for name, value in values])
        yield family(
            PASSED,
            [((name, kind), count) for name, hook in hooks.items() for kind, count in sorted(hook.passed.items())],
        )
        yield self._answers()
        numbers = {
            "can_write": int(self._writer.can_write),
            "waiting_deliveries": self._tally.waiting_deliveries,
            "waiting_bytes": self._tally.waiting_bytes,
            "connections": self._http.connections,
            "bad_requests_total": self._http.bad_requests_total,
        }
        for series in GATEWAY:
            yield family(series, [((), numbers[series.field])])
        yield family(CONNECTION_REFUSALS, [((reason,), count) for reason, count in sorted(self._http.refusals.items())])

    def _answers(self) -> Metric:
        found = HistogramMetricFamily(ANSWERS.name, ANSWERS.help, labels=ANSWERS.labels)
        bounds = [*(f"{bound:g}" for bound in BOUNDS_SECONDS), "+Inf"]
        for name, hook in self._tally.hooks.items():
            counts = accumulate(hook.answers)
            found.add_metric((name,), list(zip(bounds, counts, strict=True)), hook.answer_seconds)
        return found


class GatewayPage:
    """``/metrics``. Short enough to be made where it is asked for."""

    def __init__(self, tally: GatewayTally, http: HttpTally, writer: Kafka) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(GatewaySeries(tally, http, writer))
        ProcessCollector(registry=self._registry)

    def page(self, accept: str) -> tuple[bytes, str]:
        """The page, and its content type, in the format that ``accept`` (an HTTP header) asks for."""
        content_type = content_type_of(accept)
        encoder, _ = choose_encoder(content_type)
        return encoder(self._registry), content_type
