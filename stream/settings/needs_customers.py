"""Settings that have a use only where customers are counted, and what they can be said of there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from stream.metrics.customer_headlines import CUSTOMER_HEADLINES

from .benchmarks import BenchmarkSettings
from .customers import CustomerSettings
from .privacy import PrivacySettings

_BY_NAME: Final = {headline.name: headline for headline in CUSTOMER_HEADLINES}
_NOT_COUNTED: Final = "customers are not counted, so nothing {0}; set customers.enabled, or leave it out"


def problems_of(
    customers: CustomerSettings,
    privacy: PrivacySettings,
    targets: Mapping[str, float],
    benchmarks: Mapping[str, BenchmarkSettings],
) -> Iterator[tuple[str, str]]:
    """By the setting that is to be changed, what is wrong. ``targets``: by headline, those of everybody."""
    if customers:
        if privacy.customers == "drop":
            yield (
                "privacy.customers",
                "is drop, and customers.enabled is on: nobody is left to count; choose keep or hash",
            )
        return
    for name, headline in _BY_NAME.items():
        if headline.setting and targets[name]:
            told = _NOT_COUNTED.format("would be judged by it")
            yield f"targets.{headline.setting}", told
    for table, one in benchmarks.items():
        if one.metric in _BY_NAME:
            told = _NOT_COUNTED.format("would stand beside it")
            yield "benchmarks", f"benchmarks.{table}.metric={one.metric!r}: {told}"
