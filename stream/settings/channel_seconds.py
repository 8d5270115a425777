"""Seconds by channel: ``20,chat=60`` are 20 for all channels but chat."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator

from .section import Names

LONGEST_ANSWER_SECONDS: Final = 86_400.0
LONGEST_SHORT_ABANDON_SECONDS: Final = 3600.0
_CHANNEL = re.compile(r"[^=,\s](?:[^=,]*[^=,\s])?")


def seconds_by_channel(entries: tuple[str, ...]) -> tuple[float, tuple[tuple[str, float], ...]]:
    """Seconds for all channels, and those of single ones sorted by name; ValueError says what is wrong."""
    rest: float | None = None
    found: dict[str, float] = {}
    for entry in entries:
        channel, sign, number = entry.rpartition("=")
        channel = channel.strip()
        seconds = _seconds(entry, number.strip())
        if sign:
            if not _CHANNEL.fullmatch(channel):
                raise ValueError(f"{entry!r} is not channel=seconds, such as chat=60")
            if channel in found:
                raise ValueError(f"{channel!r} is there twice")
            found[channel] = seconds
        elif rest is not None:
            raise ValueError(f"{entry!r}: the seconds for all other channels are there already ({rest:g})")
        else:
            rest = seconds
    if rest is None:
        raise ValueError("the seconds for all other channels are missing; give them without a name, such as 20,chat=60")
    return rest, tuple(sorted(found.items()))


def _seconds(entry: str, number: str) -> float:
    try:
        return float(number)
    except ValueError:
        raise ValueError(f"{entry!r} is neither seconds, such as 20, nor channel=seconds, such as chat=60") from None


def _as_entries(value: object) -> object:
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else value


def _within(allowed: Callable[[float], bool], text: str) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    def check(entries: tuple[str, ...]) -> tuple[str, ...]:
        for entry in entries:
            # One entry alone may lack the seconds of all others; what is wrong with all of them is said below.
            number = entry.rpartition("=")[2].strip()
            if not allowed(_seconds(entry, number)):
                raise ValueError(f"{entry!r}: the seconds must be {text}")
        seconds_by_channel(entries)
        return entries

    return check


AnswerWithin = Annotated[
    Names,
    BeforeValidator(_as_entries),
    AfterValidator(
        _within(
            lambda seconds: 0 < seconds <= LONGEST_ANSWER_SECONDS,
            f"more than 0 and at most {LONGEST_ANSWER_SECONDS:g}",
        )
    ),
]
"""Comma separated in the environment, the same text, an array or one number in a file."""

ShortAbandon = Annotated[
    Names,
    BeforeValidator(_as_entries),
    AfterValidator(
        _within(
            lambda seconds: 0 <= seconds <= LONGEST_SHORT_ABANDON_SECONDS,
            f"at least 0 and at most {LONGEST_SHORT_ABANDON_SECONDS:g}",
        )
    ),
]
"""The same; 0 is allowed, and means none."""
