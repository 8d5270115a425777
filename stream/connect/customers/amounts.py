"""Amounts of money as tables write them, exactly: decimal texts, never floating point."""

from __future__ import annotations

import re
from typing import Final, Literal

from msgspec import Struct

_FORMS: Final = {
    ".": re.compile(r"(?P<minus>-?)(?P<whole>[0-9]{1,15}|[0-9]{1,3}(?:[, '][0-9]{3})+)(?:\.(?P<part>[0-9]+))?"),
    ",": re.compile(r"(?P<minus>-?)(?P<whole>[0-9]{1,15}|[0-9]{1,3}(?:[. '][0-9]{3})+)(?:,(?P<part>[0-9]+))?"),
}
_MOST_CHARACTERS: Final = 40
_MOST_WHOLE_DIGITS: Final = 12
_MOST_DECIMALS: Final = 6


class Amount(Struct, frozen=True):
    """``text``: without a sign, as the event contract has it, two decimals at least; equal for equal amounts."""

    text: str
    is_negative: bool

    @property
    def is_nothing(self) -> bool:
        """True of 0.00."""
        return not self.text.strip("0.")


def amount_in(text: str, decimal_sign: Literal[".", ","]) -> Amount:
    """The amount that a cell holds: ``1,234.50``, ``-12``. ValueError: none, or one that the contract does not take.

    >>> amount_in("1,234.5", "."), amount_in("-0012,50", ",")
    (Amount(text='1234.50', is_negative=False), Amount(text='12.50', is_negative=True))
    """
    # A space that does not break divides thousands in many languages, and a typographer's apostrophe in Switzerland.
    plain = re.sub("[\u00a0\u202f]", " ", text[: _MOST_CHARACTERS + 1]).replace("\u2019", "'")
    found = _FORMS[decimal_sign].fullmatch(plain) if len(plain) <= _MOST_CHARACTERS else None
    if found is None:
        raise ValueError("no amount")
    whole = re.sub("[^0-9]", "", found["whole"]).lstrip("0") or "0"
    part = (found["part"] or "").rstrip("0")
    if len(whole) > _MOST_WHOLE_DIGITS or len(part) > _MOST_DECIMALS:
        raise ValueError("too many digits")
    return Amount(f"{whole}.{part.ljust(2, '0')}", bool(found["minus"]))
