"""A calendar as somebody writes it down: a zone, hours of the week, and days that are otherwise."""

from __future__ import annotations

from typing import Final, TypeAlias

from msgspec import Struct

MINUTES_A_DAY: Final = 1440
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Hours(Struct, frozen=True, order=True):
    """Open from one minute after local midnight to another; beyond 1440 the end lies on the next day."""

    from_minute: int
    to_minute: int


Day: TypeAlias = tuple[Hours, ...]
CLOSED: Final[Day] = ()


class Schedule(Struct, frozen=True):
    """Hours that hold from the day ``since`` on (ordinal of the date, 0: always).

    ``week``: seven days, Monday first. ``exceptions``: ordinals of dates, ascending, and what holds there instead: the
    whole date, so that what began on the evening before ends at midnight.
    """

    week: tuple[Day, ...]
    since: int = 0
    exceptions: tuple[tuple[int, Day], ...] = ()


class Calendar(Struct, frozen=True):
    """Hours in a zone (a name of the IANA data), and who works by them: teams, and channels for teams without any.

    ``where``: dimensions and their labels, all of which have to hold; before teams and channels.
    """

    name: str
    zone: str
    schedules: tuple[Schedule, ...]
    teams: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()


def never_opens(schedule: Schedule) -> bool:
    """True for a week without any hours: whoever waits for it waits for ever."""
    return not any(schedule.week)


def parse_hours(text: str) -> Hours:
    """``"09:00-12:30"``; an end at or before the beginning lies on the next day. ValueError says what is wrong.

    >>> parse_hours("22:00-06:00")
    Hours(from_minute=1320, to_minute=1800)
    >>> parse_hours("00:00-24:00")
    Hours(from_minute=0, to_minute=1440)
    """
    begin, sign, end = text.partition("-")
    try:
        first, last = _minute(begin), _minute(end)
    except ValueError:
        sign = ""
    if not sign or first == MINUTES_A_DAY:
        raise ValueError(f"{text!r} is not a span of hours such as 09:00-17:30, 22:00-06:00 or 00:00-24:00")
    return Hours(first, last if last > first else last + MINUTES_A_DAY)


def _minute(text: str) -> int:
    hours, sign, minutes = text.strip().partition(":")
    if not (sign and hours.isdecimal() and minutes.isdecimal() and len(hours) == len(minutes) == 2):
        raise ValueError(text)
    minute = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or minute > MINUTES_A_DAY:
        raise ValueError(text)
    return minute
