"""A calendar as it is counted with: all its openings as instants, and how much was open before each.

Local hours become instants once, when the calendar is made. After that a span of business time is a difference of two
sums, found by bisection, whether the ticket is a minute old or ten years.

On days when clocks change, hours are what the clock on the wall shows: an edge in the hour that is left out moves to
its end, and of an hour that comes twice both are open. Before the first schedule that has a beginning there are no
business hours yet, and every hour counts; so it does behind `REACH`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from stream.domain.calendars.schedule import MINUTES_A_DAY, Schedule

REACH: Final = range(date(1990, 1, 1).toordinal(), date(2060, 1, 1).toordinal())
"""Dates that a calendar knows."""
_EPOCH: Final = date(1970, 1, 1).toordinal()
_SECOND_US: Final = 1_000_000
_FOREVER_SECONDS: Final = 1 << 40

Opening: TypeAlias = tuple[int, int]
"""Begin and end, in seconds since 1970 UTC."""


class Openings:
    """When a team is there. Times and spans in microseconds."""

    __slots__ = ("_before", "_begins", "_ends")

    def __init__(self, schedules: Sequence[Schedule], zone: ZoneInfo, reach: range = REACH) -> None:
        self._begins, self._ends, self._before = array("q"), array("q"), array("q")
        open_us = 0
        for begin, end in _merged(
            _openings(sorted(schedules, key=lambda schedule: schedule.since), LocalDays(zone), reach)
        ):
            self._begins.append(begin)
            self._ends.append(end)
            self._before.append(open_us)
            open_us += end - begin

    def open_before(self, time_us: int) -> int:
        """Business time before a moment, counted from the beginning of all calendars."""
        place = bisect_right(self._begins, time_us) - 1
        if place < 0:
            return 0
        return self._before[place] + min(time_us, self._ends[place]) - self._begins[place]

    def between(self, start_us: int, end_us: int) -> int:
        """Business time from one moment to another, 0 where the second is not later."""
        return self.open_before(end_us) - self.open_before(start_us) if end_us > start_us else 0

    def is_open(self, time_us: int) -> bool:
        """True within business hours; their end is outside."""
        place = bisect_right(self._begins, time_us) - 1
        return place >= 0 and time_us < self._ends[place]

    def after(self, start_us: int, span_us: int) -> int:
        """The first moment at which ``span_us`` of business time have passed since then; the inverse of `between`."""
        wanted = self.open_before(start_us) + span_us
        place = max(bisect_right(self._before, wanted - 1) - 1, 0)
        found = self._begins[place] + wanted - self._before[place]
        # Nothing to wait for, or a beginning outside of the hours: never before the start itself.
        return max(found, start_us)


def _openings(schedules: Sequence[Schedule], days: LocalDays, reach: range) -> Iterator[Opening]:
    first = schedules[0].since
    if first > reach.start:
        yield 0, days.instant(first, 0)
    bounds = [*(max(schedule.since, reach.start) for schedule in schedules), reach.stop]
    for schedule, (begin, end) in zip(schedules, pairwise(bounds), strict=True):
        exceptions = dict(schedule.exceptions)
        for ordinal in range(begin, end):
            for hours in exceptions.get(ordinal, schedule.week[(ordinal - 1) % 7]):
                until = hours.to_minute
                if until > MINUTES_A_DAY and (ordinal + 1 in exceptions or ordinal + 1 >= end):
                    until = MINUTES_A_DAY
                yield days.instant(ordinal, hours.from_minute), days.instant(ordinal, until, fold=1)
    yield days.instant(reach.stop, 0), _FOREVER_SECONDS


def _merged(openings: Iterator[Opening]) -> Iterator[Opening]:
    """In microseconds, without what is empty, overlaps or touches."""
    held_begin = held_end = 0
    for begin, end in sorted(openings):
        if begin <= held_end:
            held_end = max(held_end, end)
        else:
            if held_begin < held_end:
                yield held_begin * _SECOND_US, held_end * _SECOND_US
            held_begin, held_end = begin, max(begin, end)
    yield held_begin * _SECOND_US, held_end * _SECOND_US


class LocalDays:
    """Local times of a zone as instants."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._offsets: dict[int, int] = {}
        """Of midnight, by the ordinal of the date."""

    def instant(self, ordinal: int, minute: int, *, fold: int = 0) -> int:
        """Seconds since 1970; ``fold`` 1: the later of two. What no clock shows is put where the clocks go on."""
        days, minute = divmod(minute, MINUTES_A_DAY)
        ordinal += days
        as_utc = (ordinal - _EPOCH) * 86_400 + minute * 60
        offset = self._midnight_offset(ordinal)
        if offset == self._midnight_offset(ordinal + 1):
            return as_utc - offset
        local = datetime.fromordinal(ordinal) + timedelta(minutes=minute)
        early, late = (as_utc - _seconds(local.replace(tzinfo=self._zone, fold=number)) for number in (0, 1))
        if early <= late:
            return late if fold else early
        return self._change_between(late, early)

    def _midnight_offset(self, ordinal: int) -> int:
        offset = self._offsets.get(ordinal)
        if offset is None:
            offset = self._offsets[ordinal] = _seconds(datetime.fromordinal(ordinal).replace(tzinfo=self._zone))
        return offset

    def _change_between(self, first: int, last: int) -> int:
        before = self._offset_at(first)
        while last - first > 1:
            middle = (first + last) // 2
            if self._offset_at(middle) == before:
                first = middle
            else:
                last = middle
        return last

    def _offset_at(self, seconds: int) -> int:
        return _seconds(datetime.fromtimestamp(seconds, UTC).astimezone(self._zone))


def _seconds(local: datetime) -> int:
    offset = local.utcoffset()
    return round(offset.total_seconds()) if offset is not None else 0
