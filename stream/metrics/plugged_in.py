"""Metrics of installed packages: entry points ``deskpulse.metrics``, each a `Metric`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stream.metrics.own_series import OWN_SERIES
from stream.metrics.registry_rules import problems_of
from stream.metrics.spec import Metric
from stream.plugins import plugins, refusal

GROUP: Final = "deskpulse.metrics"


def plugged_in(built_in: Sequence[Metric]) -> tuple[Metric, ...]:
    """What packages add to ``built_in``; ConfigError names the package, and what is wrong with its metric."""
    found = plugins(GROUP, Metric)
    metrics = tuple(one.value for one in found)
    if metrics:
        for place, problem in problems_of((*built_in, *metrics), OWN_SERIES, len(built_in)):
            raise refusal(found[place - len(built_in)].where, problem)
    return metrics
