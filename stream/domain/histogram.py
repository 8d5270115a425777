"""Fixed, log-spaced bins for durations: counts per bin add and subtract exactly, quantiles carry a known error.

Bin ``i`` holds durations in ``(MIN * GAMMA**(i-1), MIN * GAMMA**i]``; bin 0 holds everything up to MIN (one
millisecond). A quantile is reported as the bin's middle in relative terms, ``2 * upper / (GAMMA + 1)``, and so is
within RELATIVE_ERROR of an exact sample at that rank. (The bins of DDSketch: Masson, Rim, Lee, VLDB 2019.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

RELATIVE_ERROR: Final = 0.01
GAMMA: Final = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
MIN_US: Final = 1_000
_PER_LOG: Final = 1 / math.log(GAMMA)
_LOG_MIN: Final = math.log(MIN_US)


def bin_of(duration_us: int) -> int:
    """Bin of a duration in microseconds; 0 for one millisecond and below."""
    if duration_us <= MIN_US:
        return 0
    return math.ceil((math.log(duration_us) - _LOG_MIN) * _PER_LOG)


def seconds_of(bin_index: int) -> float:
    """Representative duration of a bin, in seconds."""
    if bin_index == 0:
        return 0.0
    return 2 * MIN_US * GAMMA**bin_index / (GAMMA + 1) / 1e6


def quantiles(bins: Mapping[int, int], wanted: tuple[float, ...]) -> list[float | None]:
    """Quantiles in seconds, lower nearest rank (``floor(q * (n - 1))``), None for each when there is no sample.

    ``bins`` maps bin to count, all counts positive; ``wanted`` ascends.
    """
    total = sum(bins.values())
    if total == 0:
        return [None] * len(wanted)
    result: list[float | None] = []
    ordered = iter(sorted(bins.items()))
    current, seen = next(ordered)
    below = 0
    for q in wanted:
        rank = math.floor(q * (total - 1))
        while below + seen <= rank:
            below += seen
            current, seen = next(ordered)
        result.append(seconds_of(current))
    return result
