"""Times as other systems write them: with a zone of their own, or in one that has to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from stream.domain.times import EARLIEST_TIME_US
from stream.domain.zones import check_zone

_EPOCH_UNITS_US: Final = {"epoch_seconds": 1_000_000, "epoch_milliseconds": 1_000}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))


_LATEST_US: Final = 4_102_444_800_000_000


def is_plausible(found_us: int) -> bool:
    """False for times before 1990, which the contract refuses, and after 2099."""
    return EARLIEST_TIME_US <= found_us <= _LATEST_US


class ZoneMissing(ValueError):  # noqa: N818 - what is missing is said, not that it is an error
    """The time names no zone, and none was told."""


def _check_zone(value: str) -> str:
    return check_zone(value) if value else value


ZoneName = Annotated[str, AfterValidator(_check_zone)]
"""A name of the IANA time zone data; empty: none was told."""


def time_us(text: str, form: str, zone: ZoneInfo | None) -> int:
    """Microseconds since 1970 of ``text``, which has the ``form`` ``iso``, ``epoch_seconds`` or one of strptime.

    In the hour that autumn has twice, the first of the two is taken. ValueError: it is not of that form. ZoneMissing:
    it names no zone, and ``zone`` is None.
    """
    unit_us = _EPOCH_UNITS_US.get(form)
    if unit_us is not None:
        whole, _, fraction = text.partition(".")
        if not (whole.isascii() and whole.isdigit() and len(whole) <= 15):
            raise ValueError("no number")
        part = int((fraction + "000000")[:6]) if fraction.isascii() and (fraction.isdigit() or not fraction) else 0
        return int(whole) * unit_us + part * unit_us // 1_000_000
    moment = datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)  # noqa: DTZ007 see below
    if moment.tzinfo is None:
        if zone is None:
            raise ZoneMissing
        moment = moment.replace(tzinfo=zone)
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
