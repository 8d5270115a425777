"""The page ``/metrics``: collectors over immutable snapshots, so that series appear and vanish with what they count.

Rendering takes long when there are many series; it is for a thread of its own, never for the worker's event loop.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder

from stream.edge.access.tally import HttpTally
from stream.edge.additive_series import AdditiveSeries
from stream.edge.http_series import HttpSeries
from stream.edge.row_gauges import RowGauges
from stream.edge.self_metrics import PipelineSeries, WorkerSeries
from stream.edge.worker_state import WorkerState


def build_registry(state: WorkerState, http: HttpTally) -> CollectorRegistry:
    """All that this worker exports: its own series always, the numbers of all where it holds the roll-up."""
    registry = CollectorRegistry(auto_describe=False)
    own = (PipelineSeries(state), WorkerSeries(state), HttpSeries(http))
    for collector in (RowGauges(state), AdditiveSeries(state), *own):
        registry.register(collector)
    ProcessCollector(registry=registry)
    return registry


def render(registry: CollectorRegistry, accept: str) -> tuple[bytes, str]:
    """The page and its content type, in the format that ``accept`` (an HTTP header) asks for."""
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def content_type_of(accept: str) -> str:
    """The format that `render` would choose."""
    return str(choose_encoder(accept)[1])
