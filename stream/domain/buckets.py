"""Bounds of the classic Prometheus histograms, which are counters and so can only grow."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

BOUNDS_SECONDS: Final = (5, 10, 20, 30, 60, 120, 300, 900, 3600, 14_400, 28_800, 86_400, 259_200, 604_800)
"""Contact-centre answer targets (seconds), chat and e-mail response targets (minutes, hours), resolution (days)."""

_BOUNDS_US: Final = tuple(bound * 1_000_000 for bound in BOUNDS_SECONDS)


def bucket_of(amount_us: int) -> int:
    """Index of the first bound that is not below the amount; the number of bounds where it exceeds all."""
    return bisect_left(_BOUNDS_US, amount_us)
