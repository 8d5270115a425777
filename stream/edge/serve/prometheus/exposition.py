"""The page ``/metrics``: numbers as our own text, and around them the worker's own series by the client library.

Making it takes long when there are many series; it is for a thread of its own, never for the worker's event loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.exposition import generate_latest as generate_text
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.prometheus.http_series import HttpSeries
from stream.edge.serve.prometheus.left_out_series import LeftOutSeries
from stream.edge.serve.prometheus.number_text import NumberText
from stream.edge.serve.prometheus.own_series import PipelineSeries, WorkerSeries
from stream.edge.serve.served_worker import ServedWorker

# All names here are plain, and need no scheme; these two would change plain names too.
_CHANGES_NAMES: Final = re.compile(r";\s*escaping\s*=\s*(dots|values)\b")
_OPENMETRICS: Final = "application/openmetrics-text"


class Exposition:
    """All that a worker exports: its own series always, the numbers of all where it holds the roll-up."""

    def __init__(self, numbers: NumberText, registry: CollectorRegistry) -> None:
        self._numbers = numbers
        self._registry = registry

    def parts(self, *, is_openmetrics: bool) -> Iterator[bytes]:
        """The page in pieces."""
        yield from self._numbers.parts(is_openmetrics=is_openmetrics)
        yield (generate_openmetrics if is_openmetrics else generate_text)(self._registry)

    def page(self, accept: str) -> bytes:
        """The page in the format that ``accept`` (an HTTP header) asks for."""
        return b"".join(self.parts(is_openmetrics=asks_for_openmetrics(content_type_of(accept))))


def exposition_of(state: ServedWorker, http: HttpTally) -> Exposition:
    """That of this worker."""
    numbers = NumberText(state)
    registry = CollectorRegistry(auto_describe=False)
    for collector in (PipelineSeries(state), LeftOutSeries(state, numbers), WorkerSeries(state), HttpSeries(http)):
        registry.register(collector)
    ProcessCollector(registry=registry)
    return Exposition(numbers, registry)


def content_type_of(accept: str) -> str:
    """The format that is best for who sends ``accept`` (an HTTP header); text where that says nothing sensible."""
    try:
        return str(choose_encoder(_CHANGES_NAMES.sub("", accept))[1])
    except (TypeError, ValueError):
        # The library compares whatever stands for a version.
        return str(choose_encoder("")[1])


def asks_for_openmetrics(content_type: str) -> bool:
    """Whether that is OpenMetrics; else it is text. There is no third."""
    return content_type.startswith(_OPENMETRICS)
