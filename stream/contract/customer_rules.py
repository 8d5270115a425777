"""What becomes of customers' ids and of money: a part of the decoder's settings, and bounded work for each value."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Final, Literal

from msgspec import Struct, field

from stream.contract.shapes import Identity, Refusal
from stream.contract.text_rules import looks_like_email, quoted
from stream.domain.money import in_reporting_currency

LARGEST_AMOUNT: Final = 1_000_000_000_000_000
"""In millionths of the reporting currency: a thousand millions."""

_AMOUNT: Final = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,6}))?")
_MOST_AMOUNT_CHARACTERS: Final = 19
_HASH_BYTES: Final = 16
_MOST_REMEMBERED: Final = 4096


class CustomerRules(Struct, frozen=True):
    """``currencies``: thousand-millionths of the reporting currency for one of each that is taken.

    ``ids``: whether the ids of customers stay what they are, are replaced by a hash with ``key``, or none are kept.
    ``place_of``: the partition of a customer's events, which such a hash ends with: it cannot be found from it.
    ``agents``: the same of agents' ids.
    """

    currencies: Mapping[str, int] = field(default_factory=lambda: {"EUR": 1_000_000_000})
    ids: Literal["keep", "hash", "drop"] = "keep"
    key: bytes = b""
    place_of: Callable[[bytes], int] | None = None
    agents: Literal["keep", "hash", "drop"] = "drop"


class PersonIds:
    """Gives what is kept of the id of a customer or agent. Remembers a bounded number: an id comes with many events.

    ``ids``, ``key``, ``place_of``: as in `CustomerRules`.
    """

    def __init__(
        self,
        ids: Literal["keep", "hash", "drop"],
        key: bytes,
        max_characters: int,
        place_of: Callable[[bytes], int] | None = None,
    ) -> None:
        self._ids = ids
        self._key = hashlib.sha256(key).digest()
        self._place_of = place_of
        self._max_characters = max_characters
        self._known: dict[Identity, str] = {}

    def kept(self, identity: Identity | None) -> str:
        """What is kept of the id that an event gives; empty: none is given, or none is kept.

        Nothing that is sent is refused for it, so what no id can be is kept as a hash.
        """
        if identity is None or self._ids == "drop":
            return ""
        known = self._known.get(identity)
        if known is None:
            known = self._made(identity)
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            if isinstance(identity, int) or len(identity) <= self._max_characters:
                self._known[identity] = known
        return known

    def _made(self, identity: Identity) -> str:
        # 4711 as a number and as a text are one customer.
        text = str(identity) if isinstance(identity, int) else identity
        if not text:
            return ""
        if self._ids == "hash":
            place = "" if self._place_of is None else f"-{self._place_of(text.encode('utf-8', 'surrogatepass'))}"
            return self._hashed(text, self._key) + place
        if len(text) > self._max_characters or looks_like_email(text) or not text.isprintable():
            return self._hashed(text, b"")
        return text

    @staticmethod
    def _hashed(text: str, key: bytes) -> str:
        content = text.encode("utf-8", "surrogatepass")
        return "#" + hashlib.blake2b(content, key=key, digest_size=_HASH_BYTES).hexdigest()


def amount_of(text: str, currency: str, currencies: Mapping[str, int]) -> int:
    """An amount in millionths of its currency. Raises Refusal where it is none, or has no worth here."""
    match = _AMOUNT.fullmatch(text) if len(text) <= _MOST_AMOUNT_CHARACTERS else None
    if match is None:
        raise Refusal(
            "invalid_value",
            "data.amount is not a decimal text such as 12.50: up to 12 digits, and up to 6 behind a point",
        )
    rate = currencies.get(currency)
    if rate is None:
        taken = ", ".join(sorted(currencies)[:10])
        raise Refusal(
            "invalid_value", f"data.currency: {quoted(currency)} has no rate (customers.rates); there are {taken}"
        )
    amount = int(match[1]) * 1_000_000 + int((match[2] or "").ljust(6, "0"))
    if in_reporting_currency(amount, rate) >= LARGEST_AMOUNT:
        raise Refusal("invalid_value", "data.amount is worth a thousand millions or more")
    return amount
