"""Metrics of installed packages: entry points ``deskpulse.metrics``, each a `Metric`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stream.metrics.http_series import HTTP, HTTP_REFUSALS
from stream.metrics.registry_rules import problems_of
from stream.metrics.self_series import BUILD_INFO, PIPELINE, ROLLUP, SHARDS, WORKER
from stream.metrics.series import RETRACTIONS
from stream.metrics.spec import Metric
from stream.plugins import plugins, refusal

GROUP: Final = "deskpulse.metrics"
OWN_SERIES: Final = (*PIPELINE, RETRACTIONS, BUILD_INFO, *WORKER, *SHARDS, *ROLLUP, *HTTP, HTTP_REFUSALS)
"""All series that belong to no metric."""


def plugged_in(built_in: Sequence[Metric]) -> tuple[Metric, ...]:
    """What packages add to ``built_in``; ConfigError names the package, and what is wrong with its metric."""
    found = plugins(GROUP, Metric)
    metrics = tuple(one.value for one in found)
    if metrics:
        for place, problem in problems_of((*built_in, *metrics), OWN_SERIES):
            raise refusal(found[place - len(built_in)].where, problem)
    return metrics
