"""Whether customers are counted, and what their money is worth."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from .section import Names, Section

_RATE: Final = re.compile(r"([A-Z]{3})\s*=\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)")
_UNITS: Final = 1_000_000_000


def rates_of(entries: tuple[str, ...]) -> dict[str, int]:
    """Thousand-millionths of the reporting currency for one of each other; ValueError says what is wrong.

    >>> rates_of(("USD=0.92",))
    {'USD': 920000000}
    """
    found: dict[str, int] = {}
    for entry in entries:
        match = _RATE.fullmatch(entry)
        if match is None:
            raise ValueError(
                f"{entry!r} is not currency=rate, such as USD=0.92: three capital letters, and a number with up to 9 "
                "digits before and behind the point"
            )
        currency, rate = match[1], match[2]
        if currency in found:
            raise ValueError(f"{currency} is there twice")
        whole, _, fraction = rate.partition(".")
        found[currency] = int(whole) * _UNITS + int(fraction.ljust(9, "0"))
        if not found[currency]:
            raise ValueError(f"{entry!r}: a rate must be more than 0")
    return found


def _check_rates(entries: tuple[str, ...]) -> tuple[str, ...]:
    rates_of(entries)
    return entries


Rates = Annotated[Names, AfterValidator(_check_rates)]
"""Comma separated in the environment, the same text or an array in a file."""


class CustomerSettings(Section):
    """Section ``customers``."""

    enabled: bool = Field(
        False,
        description="Read the topic customers, and count customers: who joined, left and what they bring. It must have "
        "as many partitions as tickets.",
    )
    currency: str = Field(
        "EUR", pattern=r"^[A-Z]{3}$", description="The reporting currency: all amounts are given in it."
    )
    rates: Rates = Field(
        (),
        description="What one of each other currency is worth in the reporting one: USD=0.92,GBP=1.17. A purchase in a "
        "currency that is not there is a dead letter.",
    )

    margin_ratio: float = Field(
        1.0,
        ge=0,
        le=1,
        description="Share of revenue that is left after what it costs, for the lifetime value that is projected.",
    )

    def __bool__(self) -> bool:
        """Whether customers are counted."""
        return self.enabled

    @property
    def currencies(self) -> dict[str, int]:
        """Thousand-millionths of the reporting currency for one of each that is taken."""
        return {**rates_of(self.rates), self.currency: _UNITS}
