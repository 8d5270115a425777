"""How much came today, against days before: over whole hours, which are what is kept of days before. Pure.

What is usual is the mean of the same weekday of the weeks before, where two of them at least are known; else yesterday
is what there is to compare with. Both end at the same time of the day by the clocks of the zone, which need not be the
same number of hours after midnight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct

from stream.domain.windows import COARSE_SECONDS, midnight

Against: TypeAlias = Literal["usual", "yesterday"]

WEEKS: Final = 4
LEAST_WEEKS: Final = 2
DAYS_BEFORE: Final = (1, *(7 * week for week in range(1, WEEKS + 1)))
"""Days that may be compared with, by how long ago they are."""


class Span(Struct, frozen=True):
    """Whole hours of one day: from its first one up to ``end``, in seconds since 1970; empty where they are equal."""

    start: int
    end: int


class Compared(Struct, frozen=True):
    """One number today up to the whole hour, and what it is compared with; None: nothing before is known."""

    today: float
    before: float | None = None
    against: Against | None = None


class Volume(Struct, frozen=True):
    """Numbers of today by name, all up to ``until``: the end of the last whole hour, in seconds since 1970."""

    until: int
    numbers: Mapping[str, Compared]


def day_spans(now_seconds: int, zone: ZoneInfo, days_before: Sequence[int] = (0, *DAYS_BEFORE)) -> dict[int, Span]:
    """Of each day, by how long ago it is, the hours up to the time that the last whole hour of today ended at.

    >>> spans = day_spans(1_763_802_900, ZoneInfo("UTC"), (0, 1))  # 09:15
    >>> [(span.end - span.start) // 3600 for span in spans.values()], spans[0].start - spans[1].start
    ([9, 9], 86400)
    """
    until = now_seconds - now_seconds % COARSE_SECONDS
    local = datetime.fromtimestamp(until, zone)
    noon = datetime.fromtimestamp(now_seconds, zone).replace(hour=12, minute=0, second=0, microsecond=0)
    spans: dict[int, Span] = {}
    for days in days_before:
        day = noon - timedelta(days=days)
        first = _whole_hour(midnight(int(day.timestamp()), zone))
        end = until
        if days:
            same_time = day.replace(hour=local.hour, minute=local.minute, fold=0)
            end = _whole_hour(int(same_time.timestamp()))
        spans[days] = Span(first, max(first, end))
    return spans


def compare(today: float, before: Mapping[int, float]) -> Compared:
    """``before``: by how many days ago, of the days that are known.

    >>> compare(8, {1: 4, 7: 9, 14: 11}), compare(8, {1: 4, 7: 9}).before
    (Compared(today=8, before=10.0, against='usual'), 4)
    """
    weeks = [number for days, number in before.items() if days % 7 == 0]
    if len(weeks) >= LEAST_WEEKS:
        return Compared(today, sum(weeks) / len(weeks), "usual")
    if 1 in before:
        return Compared(today, before[1], "yesterday")
    return Compared(today)


def _whole_hour(seconds: int) -> int:
    return seconds + -seconds % COARSE_SECONDS
