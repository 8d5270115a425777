"""Fixed, log-spaced bins for durations: counts per bin add and subtract exactly, quantiles carry a known error.

Bin ``i`` holds durations in ``(MIN * GAMMA**(i-1), MIN * GAMMA**i]``; bin 0 holds everything up to MIN (one
millisecond). A quantile is reported as the bin's middle in relative terms, ``2 * upper / (GAMMA + 1)``, and so is
within RELATIVE_ERROR of an exact sample at that rank. (The bins of DDSketch: Masson, Rim, Lee, VLDB 2019.)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

RELATIVE_ERROR: Final = 0.01
GAMMA: Final = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
MIN_US: Final = 1_000
_PER_LOG: Final = 1 / math.log(GAMMA)
_LOG_MIN: Final = math.log(MIN_US)
_ROUNDING: Final = 1e-9


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


def bounds_of(bin_index: int) -> tuple[float, float]:
    """Ends of a bin, in seconds: what is in it is longer than the first and at most the second.

    >>> bounds_of(0), [round(end, 3) for end in bounds_of(bin_of(45_000_000))]
    ((0.0, 0.001), [44.372, 45.268])
    """
    if bin_index == 0:
        return 0.0, MIN_US / 1e6
    return MIN_US * GAMMA ** (bin_index - 1) / 1e6, MIN_US * GAMMA**bin_index / 1e6


def quantiles(bins: Mapping[int, int], wanted: tuple[float, ...]) -> list[float | None]:
    """Quantiles in seconds, lower nearest rank (``floor(q * (n - 1))``), None for each when there is no sample.

    ``bins`` maps bin to count, all counts positive; ``wanted`` ascends.
    """
    if not bins:
        return [None] * len(wanted)
    return [seconds_of(found) for found in bins_at(dict(bins), wanted)]


def bins_at(bins: dict[int, int], wanted: tuple[float, ...]) -> list[int]:
    """The bins that `quantiles` are read off; there is at least one."""
    total = 0
    for count in bins.values():
        total += count
    ordered = sorted(bins)
    place = below = 0
    current = ordered[0]
    seen = bins[current]
    found: list[int] = []
    for q in wanted:
        rank = math.floor(q * (total - 1))
        while below + seen <= rank:
            below += seen
            place += 1
            current = ordered[place]
            seen = bins[current]
        found.append(current)
    return found


def censored_quantiles(
    bins: Mapping[int, int], cut_short: Iterable[Mapping[int, int]], wanted: tuple[float, ...]
) -> list[float | None]:
    """Quantiles of how long all would last, where only the spans of ``bins`` lasted until they ended by themselves.

    Those of ``cut_short`` ended otherwise and would have lasted longer. (Kaplan and Meier 1958: of those still there at
    each bin, the share that ends there.) None where too few ended to say: fewer than that quantile would. In seconds;
    ``wanted`` ascends.

    Two of four give up, after 10 and 30 s; the other two are served after 20 s. A half of all would have given up by
    30 s, as of the last one everybody did.

    >>> ten, twenty, thirty = (bin_of(seconds * 1_000_000) for seconds in (10, 20, 30))
    >>> [round(value or 0) for value in censored_quantiles({ten: 1, thirty: 1}, [{twenty: 2}], (0.25, 0.5))]
    [10, 30]
    >>> censored_quantiles({ten: 1}, [{twenty: 3}], (0.5,))
    [None]
    """
    leaving: dict[int, int] = dict(bins)
    for other in cut_short:
        for index, count in other.items():
            leaving[index] = leaving.get(index, 0) + count
    staying, remaining = sum(leaving.values()), 1.0
    result: list[float | None] = []
    for index in sorted(leaving):
        remaining *= 1 - bins.get(index, 0) / staying
        staying -= leaving[index]
        while len(result) < len(wanted) and remaining <= 1 - wanted[len(result)] + _ROUNDING:
            result.append(seconds_of(index))
    return result + [None] * (len(wanted) - len(result))
