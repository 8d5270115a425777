"""How sure a share, or a net promoter score, of so many answers is: 95 % intervals."""

from __future__ import annotations

import math
from typing import Final, TypeAlias

Z_95: Final = 1.959963984540054
"""The 97.5 % point of the normal distribution."""

Interval: TypeAlias = tuple[float, float]
"""Lower and upper bound."""


def wilson(successes: int, count: int, z: float = Z_95) -> Interval | None:
    """Interval of a share (Wilson 1927): within 0 and 1, and honest for few answers and shares near an end.

    None of nothing.

    >>> low, high = wilson(8, 10)
    >>> round(low, 4), round(high, 4)
    (0.4902, 0.9433)
    """
    if count <= 0:
        return None
    share, square = min(max(successes / count, 0.0), 1.0), z * z / count
    middle = (share + square / 2) / (1 + square)
    half = z / (1 + square) * math.sqrt(share * (1 - share) / count + square / (4 * count))
    return (
        0.0 if successes <= 0 else max(0.0, middle - half),
        1.0 if successes >= count else min(1.0, middle + half),
    )


def net_promoter_score(promoters: int, detractors: int, count: int) -> float | None:
    """-100 to 100: the share of promoters less that of detractors, in hundredths. None of nothing."""
    return 100.0 * (promoters - detractors) / count if count > 0 else None


def net_promoter_interval(promoters: int, detractors: int, count: int, z: float = Z_95) -> Interval | None:
    """Interval of the score, by the variance (p(1-p) + d(1-d) + 2pd) / n of the difference of two shares of one sample.

    >>> low, high = net_promoter_interval(50, 20, 100)
    >>> round(low, 2), round(high, 2)
    (14.69, 45.31)
    """
    if count <= 0:
        return None
    high, low = promoters / count, detractors / count
    variance = (high * (1 - high) + low * (1 - low) + 2 * high * low) / count
    score, half = 100.0 * (high - low), 100.0 * z * math.sqrt(max(variance, 0.0))
    return max(-100.0, score - half), min(100.0, score + half)
