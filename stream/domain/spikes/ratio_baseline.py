"""What share of bad ones is usual in a group whose answers come by the hour or the day, and how much it varies.

The share of the two weeks before the look-back, drawn towards that of all groups where it stands on few, and taken to
be higher than seen by a standard error: what is called worse than usual is not an error of what is usual. How much
days differ beyond chance is Pearson's statistic over them, drawn towards `FIRST_DISPERSION`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from stream.domain.spikes.counts import GroupCounts, Span, touches
from stream.domain.spikes.ratio_rule import HISTORY_SECONDS
from stream.domain.windows import COARSE_SECONDS

SHRINK_COUNT: Final = 50
STANDARD_ERRORS: Final = 1.0
FIRST_DISPERSION: Final = 1.5
DISPERSION_SHRINK_DAYS: Final = 7
LOWEST: Final = 0.01
HIGHEST: Final = 0.9
_DAY_SECONDS: Final = 86_400


class Usual(Struct, frozen=True):
    """``seen``: the share as it was, of ``count``; ``ratio``: what is compared with. ``a_day``: how many come."""

    ratio: float
    seen: float | None
    count: int
    dispersion: float
    a_day: float


def usual_share(
    counts: GroupCounts, now_seconds: int, look_back_seconds: int, prior: float | None, without: Sequence[Span] = ()
) -> Usual:
    """``prior``: the share of all groups, None for these. ``without``: spans of known alerts, which do not count."""
    end = now_seconds - now_seconds % COARSE_SECONDS - look_back_seconds
    start = end - HISTORY_SECONDS
    days: dict[int, tuple[int, int]] = {}
    bad = count = 0
    first = end
    for pane, its_bad, its_count in counts.newest_first(COARSE_SECONDS, (start, end)):
        if touches(pane, COARSE_SECONDS, without):
            continue
        first = pane
        day = (end - 1 - pane) // _DAY_SECONDS
        before = days.get(day, (0, 0))
        days[day] = (before[0] + its_bad, before[1] + its_count)
        bad += its_bad
        count += its_count
    seen = bad / count if count else None
    drawn = bad / count if prior is None and count else ((bad + SHRINK_COUNT * (prior or 0.0)) / (count + SHRINK_COUNT))
    varies = _dispersion(list(days.values()), bad, count)
    known = min(max(drawn, LOWEST), HIGHEST)
    error = math.sqrt(varies * known * (1 - known) / max(count, 1))
    ratio = min(max(known + STANDARD_ERRORS * error, LOWEST), HIGHEST)
    return Usual(ratio, seen, count, varies, count * _DAY_SECONDS / max(end - first, _DAY_SECONDS))


def _dispersion(days: Sequence[tuple[int, int]], bad: int, count: int) -> float:
    statistic, freedom = 0.0, 0
    if 0 < bad < count:
        ratio = bad / count
        statistic = sum((b - n * ratio) ** 2 / (n * ratio * (1 - ratio)) for b, n in days if n > 0)
        freedom = len(days) - 1
    shrunk = (statistic + DISPERSION_SHRINK_DAYS * FIRST_DISPERSION) / (freedom + DISPERSION_SHRINK_DAYS)
    return max(1.0, shrunk)
