"""Reading single fields of records that anybody may have filled: numbers, words, times, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from stream.connect.zones import is_plausible
from stream.connect.zones import time_us as zoned_time_us
from stream.domain.times import parse_time_us

SECOND_US: Final = 1_000_000
_UTC: Final = ZoneInfo("UTC")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.:/-]{0,63}", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,20}", re.ASCII)


class Unreadable(Exception):  # noqa: N818 - not an error of this program: the record is told as broken
    """A field that is needed cannot be read. Says which and what is expected, never what it holds."""


def mapping(value: object) -> Mapping[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, Mapping) else {}


def objects(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; an empty list for anything else."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


def text(value: object) -> str:
    """A text, or nothing where there is none."""
    return value if isinstance(value, str) else ""


def word(value: object) -> str:
    """One of the vendor's words for kinds; nothing where it is no single word, as what people write is.

    >>> word("status_changed"), word("Anna Arndt"), word("anna@example.org"), word(7)
    ('status_changed', '', '', '')
    """
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""


def known(value: object, words: Container[str], otherwise: str) -> str:
    """One of the vendor's ``words``, or ``otherwise``: what is not known may be anything, a name as well.

    >>> known("Create", {"Create"}, "another kind"), known("Mustermann", {"Create"}, "another kind")
    ('Create', 'another kind')
    """
    return value if isinstance(value, str) and value in words else otherwise


def number(value: object) -> str:
    """The digits of an id, sent as a number or as a text; nothing where it is none.

    >>> number(4711), number("4711"), number(True), number("+49"), number(None)
    ('4711', '4711', '', '', '')
    """
    if isinstance(value, bool):
        return ""
    digits = str(value) if isinstance(value, int) and abs(value) < 1 << 63 else value
    return digits if isinstance(digits, str) and _NUMBER.fullmatch(digits) else ""


def needed_number(record: Mapping[str, Any], name: str) -> str:
    """`number` of a field that has to be there. Unreadable."""
    found = number(record.get(name))
    if not found:
        raise Unreadable(f"{name} is missing, or is no number")
    return found


def truth(value: object) -> bool | None:
    """True or false, as JSON or as tables have them; None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False, "t": True, "f": False, "1": True, "0": False}.get(text(value).lower())


def moment_us(value: object) -> int | None:
    """Microseconds since 1970 of RFC 3339 (without a zone: UTC, as pipelines write it), or of a number since 1970.

    A number is of seconds, milliseconds or microseconds: of the three only one is a plausible time. Decimals count as
    they are written. None: it is neither, or no plausible time.
    """
    found: int
    try:
        if isinstance(value, str) and not _is_decimal(value):
            try:
                found = parse_time_us(value)
            except ValueError:
                # A pipeline's table: a blank for the T, no zone, or an offset without its colon.
                found = zoned_time_us(value, "iso", _UTC)
        elif isinstance(value, int | float | str) and not isinstance(value, bool):
            found = _since_1970_us(str(value))
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return found if is_plausible(found) else None


def needed_moment_us(record: Mapping[str, Any], name: str) -> int:
    """`moment_us` of a field that has to be there. Unreadable."""
    found = moment_us(record.get(name))
    if found is None:
        raise Unreadable(f"{name} is missing, or is no time")
    return found


def whole_second_us(time_us: int) -> int:
    """The time, cut to its second: what one path knows finer than another must not be told."""
    return time_us - time_us % SECOND_US


def _since_1970_us(digits: str) -> int:
    """Microseconds of a number of seconds, milli- or microseconds, its decimals as they are written. ValueError."""
    whole, _, fraction = digits.partition(".")
    if not (digits.isascii() and whole.isdigit() and len(whole) <= 16 and (not fraction or fraction.isdigit())):
        raise ValueError("no number")
    # Until the year 2286 seconds have ten digits at most, milliseconds thirteen, microseconds sixteen.
    decimals = 6 if len(whole) <= 10 else 3 if len(whole) <= 13 else 0
    return int(whole + fraction[:decimals].ljust(decimals, "0"))


def _is_decimal(value: str) -> bool:
    return value.isascii() and value.replace(".", "", 1).isdigit()
