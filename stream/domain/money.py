"""Amounts of money: integers of millionths of a currency, and rates: thousand-millionths for one of another."""

from __future__ import annotations

from typing import Final

ONE: Final = 1_000_000
RATE_OF_ONE: Final = 1_000_000_000


def in_reporting_currency(amount: int, rate: int) -> int:
    """Millionths of the reporting currency, rounded to the nearest, halves up; exact in integers.

    >>> in_reporting_currency(10_000_000, 920_000_000)
    9200000
    """
    return (amount * rate + RATE_OF_ONE // 2) // RATE_OF_ONE
