"""How times and spans are written on the command line."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NoReturn

import click

from stream.domain.attribute_names import NAME_PATTERN
from stream.domain.segments import FIELDS
from stream.simulate.arrivals import Spike

UNITS_US = {"s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
SPAN = re.compile(r"(?:\d+(?:\.\d+)?[smhd])+")
PART = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
SPIKE = re.compile(r"(\d+(?:\.\d+)?)@([^+]+)\+(.+)")


def span_us(text: str) -> int:
    """Microseconds of a span such as 90s, 10m, 1h30m or 30d. Raises ValueError."""
    if not SPAN.fullmatch(text):
        raise ValueError(f"{text!r} is not a span of time: write 90s, 10m, 1h30m or 30d")
    return sum(round(float(number) * UNITS_US[unit]) for number, unit in PART.findall(text))


def time_us(text: str) -> int:
    """Microseconds since 1970 of an RFC 3339 time with its zone. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{text!r} is not a time with a zone: write 2026-11-22T09:00:00Z")
    return round(moment.timestamp()) * 1_000_000


def spike(text: str) -> Spike:
    """A spike MAGNITUDE@OFFSET+LENGTH whose times count from 0. Raises ValueError."""
    match = SPIKE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a spike: write MAGNITUDE@OFFSET+LENGTH, such as 3@10m+5m")
    magnitude, offset, length = match.groups()
    start_us = span_us(offset)
    return Spike(float(magnitude), start_us, start_us + span_us(length))


def attribute(text: str) -> tuple[str, tuple[str, ...]]:
    """An attribute NAME=VALUE,VALUE. Raises ValueError."""
    name, sign, listed = text.partition("=")
    values = tuple(value.strip() for value in listed.split(",") if value.strip())
    if not sign or name in FIELDS or not re.search(NAME_PATTERN, name) or not values:
        raise ValueError(f"{text!r} is not an attribute: write NAME=VALUE,VALUE, such as brand=acme,zeta (a-z and 0-9)")
    return name, values


class _Written(click.ParamType):
    """A parameter read by one of the functions above."""

    def __init__(self, name: str, read: Any) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value, or a usage error that says how it is written."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except (ValueError, OverflowError) as error:
            self._refuse(error, param, ctx)

    def _refuse(self, error: Exception, param: click.Parameter | None, ctx: click.Context | None) -> NoReturn:
        self.fail(str(error), param, ctx)


SPAN_TYPE = _Written("span", span_us)
TIME_TYPE = _Written("time", time_us)
ATTRIBUTE_TYPE = _Written("attribute", attribute)
SPIKE_TYPE = _Written("spike", spike)
