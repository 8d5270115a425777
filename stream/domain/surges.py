"""Surges: the last day of something against the usual day, from when each of them happened.

Twelve a day for three days, then 60:

>>> bins = {hour: 3 for hour in range(0, 72, 6)} | {90: 60}
>>> found = surge_of(bins, (0, 96 * 3600))
>>> found.value, found.latest, found.usual, found.days, found.count
(5.0, 60, 12.0, 3, 96)
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any, Final

from msgspec import Struct

HOUR_SECONDS: Final = 3600
"""What is told by hours: windows of days begin and end with one."""
_DAY_HOURS: Final = 24


class Surge(Struct, frozen=True, gc=False):
    """``value``: ``latest``, of the last 24 hours, divided by ``usual``, the median of the ``days`` before.

    ``count``: all of the window. None where there is no day before, or nothing usually.
    """

    count: int
    latest: int
    usual: float | None
    days: int

    @property
    def value(self) -> float | None:
        """See the class."""
        return self.latest / self.usual if self.usual else None

    def fields(self) -> dict[str, Any]:
        """As its row has it."""
        return {"value": self.value, "latest": self.latest, "usual": self.usual, "days": self.days}


def surge_of(bins: Mapping[int, int], bounds: tuple[int, int] | None) -> Surge:
    """Of how many there were in each hour since 1970, in a window from and to these seconds.

    A day is 24 hours that end with the window, or with a day after it. Days before the first that has any are not
    there: who began a week ago has a week to compare with. Nor is one that the window has a part of.
    """
    count = sum(bins.values())
    if bounds is None or not bins:
        return Surge(count, 0, None, 0)
    end = -(-bounds[1] // HOUR_SECONDS)
    by_age: dict[int, int] = {}
    for hour, n in bins.items():
        age = (end - 1 - hour) // _DAY_HOURS
        by_age[age] = by_age.get(age, 0) + n
    whole = (bounds[1] - bounds[0]) // (_DAY_HOURS * HOUR_SECONDS)
    days = max(0, min(max(by_age), whole - 1))
    before = [by_age.get(age, 0) for age in range(1, days + 1)]
    return Surge(count, by_age.get(0, 0), float(median(before)) if before else None, days)
