"""The ``/metrics`` page of the fixed desk. All of it but what the machine decides: process metrics and versions."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry

from stream.edge.serve.prometheus.exposition import Exposition
from stream.edge.serve.prometheus.left_out_series import LeftOutSeries
from stream.edge.serve.prometheus.number_text import NumberText
from stream.edge.serve.prometheus.own_series import PipelineSeries, WorkerSeries
from stream.edge.serve.served_worker import ServedWorker

GOLDEN = Path(__file__).with_name("metrics.prom")


def page(state: ServedWorker, accept: str = "") -> str:
    """The page of ``state`` as text."""
    registry = CollectorRegistry(auto_describe=False)
    build = ("1.2.3", "3.11.0", "0.15.3")
    numbers = NumberText(state)
    for collector in (PipelineSeries(state), LeftOutSeries(state, numbers), WorkerSeries(state, build)):
        registry.register(collector)
    return Exposition(numbers, registry).page(accept).decode()
