"""RFC 3339 times with a zone, to and from integer microseconds since 1970 UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

EARLIEST_TIME_US: Final = 631_152_000_000_000
"""1990-01-01: an earlier event time is a default or a unit mistaken, never a support ticket."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MINUTE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)", re.ASCII)
_TAIL: Final = re.compile(r":(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_SECOND_US: Final = 1_000_000
_LEAP_SECONDS: Final = (
    *((year, 6) for year in (1972, 1981, 1982, 1983, 1985, 1992, 1993, 1994, 1997, 2012, 2015)),
    *((year, 12) for year in (*range(1972, 1980), 1987, 1989, 1990, 1995, 1998, 2005, 2008, 2016)),
)
"""Year and month at whose end (UTC) there was one: the official list (IERS Bulletin C), with none since 2016."""

_AFTER_LEAP_SECONDS_US: Final = frozenset(
    (datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
    for year, month in _LEAP_SECONDS
)
_SHORT_FRACTIONS_US: Final[dict[str, int]] = {
    f"{number:0{digits}d}": number * 10 ** (6 - digits) for digits in (1, 2, 3) for number in range(10**digits)
}
_UTC_FRACTIONS_US: Final[dict[str, int]] = {"Z": 0, **{f".{digits}Z": us for digits, us in _SHORT_FRACTIONS_US.items()}}
_EXPECTED: Final = "is not RFC 3339 with a zone (expected is e.g. 2025-11-22T09:00:00Z or 2025-11-22T10:00:00+01:00)"


def parse_time_us(text: str) -> int:
    """Microseconds since 1970 UTC; finer digits are cut off. A leap second is the first of the next minute.

    Raises ValueError with a sentence that follows the word "time" when the text is not RFC 3339 with a zone.
    """
    time_us = _minute_us(text[:16]) + _tail_us(text[16:])
    if text[17:19] == "60" and time_us - time_us % _SECOND_US not in _AFTER_LEAP_SECONDS_US:
        raise ValueError("has a second 60 where no leap second was (the last one was 2016-12-31T23:59:60Z)")
    return time_us


def format_time_us(time_us: int) -> str:
    """RFC 3339 in UTC: whole seconds without a fraction, else six digits.

    >>> format_time_us(1_500_000)
    '1970-01-01T00:00:01.500000Z'
    """
    return (_EPOCH + timedelta(microseconds=time_us)).replace(tzinfo=None).isoformat() + "Z"


class TimeParser:
    """`parse_time_us`, faster: remembers seconds in UTC, minutes, and tails it has seen (all bounded)."""

    max_entries: Final = 65_536

    def __init__(self) -> None:
        self._seconds: dict[str, int] = {}
        self._minutes: dict[str, int] = {}
        self._tails: dict[str, int] = {}

    def parse(self, text: str) -> int:
        """Like `parse_time_us`."""
        second_us = self._seconds.get(text[:19])
        fraction_us = _UTC_FRACTIONS_US.get(text[19:])
        if second_us is not None and fraction_us is not None:
            return second_us + fraction_us
        time_us = self._parse(text)
        if fraction_us is not None:
            if len(self._seconds) >= self.max_entries:
                self._seconds.clear()
            self._seconds[text[:19]] = time_us - fraction_us
        return time_us

    def _parse(self, text: str) -> int:
        minute_us = self._minutes.get(text[:16])
        tail = text[16:]
        fraction_us = 0
        if tail[3:4] == ".":
            # Fractions are too many to remember; their digits are read, and seconds and zone looked up.
            zone = "Z" if tail[-1:] == "Z" else tail[-6:]
            digits = tail[4 : -len(zone)]
            short_us = _SHORT_FRACTIONS_US.get(digits)
            if short_us is not None:
                fraction_us = short_us
            elif digits.isdigit() and digits.isascii():
                fraction_us = int(digits[:6].ljust(6, "0"))
            else:
                return self._remember(text)
            tail = tail[:3] + zone
        tail_us = self._tails.get(tail)
        if minute_us is None or tail_us is None:
            return self._remember(text)
        return minute_us + tail_us + fraction_us

    def _remember(self, text: str) -> int:
        time_us = parse_time_us(text)
        minute, second, zone = text[:16], text[16:19], text[19:].lstrip(".0123456789")
        for cache in (self._minutes, self._tails):
            if len(cache) >= self.max_entries:
                cache.clear()
        self._minutes[minute] = _minute_us(minute)
        # A leap second is right at the end of some months only: it has to be looked at every time.
        if second != ":60":
            self._tails[second + zone] = _tail_us(second + zone)
        return time_us


def _minute_us(text: str) -> int:
    match = _MINUTE.fullmatch(text)
    if match is None:
        raise ValueError(_EXPECTED)
    try:
        year, month, day, hour, minute = map(int, match.groups())
        start = datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError as error:
        raise ValueError("names a day or a time of day that does not exist") from error
    return (start - _EPOCH) // _MICROSECOND


def _tail_us(text: str) -> int:
    match = _TAIL.fullmatch(text)
    if match is None:
        raise ValueError(_EXPECTED)
    seconds, fraction, zone = int(match[1]), match[2] or "", match[3]
    offset_minutes = 0
    if zone not in "Zz":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 23 or minutes > 59:
            raise ValueError("has a zone offset that does not exist (at most 23:59)")
        offset_minutes = (hours * 60 + minutes) * (-1 if zone[0] == "-" else 1)
    if seconds > 60:
        raise ValueError("names a day or a time of day that does not exist")
    return seconds * _SECOND_US + int(fraction[:6].ljust(6, "0")) - offset_minutes * 60_000_000
