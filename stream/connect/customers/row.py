"""One row of a customers' table as events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, cast

from stream.connect.cells import Cells
from stream.connect.customers.amounts import Amount, amount_in
from stream.connect.customers.options import LABELS, TIMES, CustomerMeaning, CustomerOptions
from stream.connect.fields import Unreadable
from stream.connect.outcome import Broken, Outcome, Passed
from stream.connect.vendor import Account, Record
from stream.domain.labels import clean_label
from stream.domain.times import format_time_us
from stream.sources.cloudevents import cloud_event
from stream.sources.source import CloudEvent

# Tables date by the day: who leaves and comes back on one day is a customer, who joins and leaves on one day is none.
_RANKS: Final = {"left": 0, "joined": 1, "updated": 2, "purchase": 3, "refund": 4, "left-at-once": 5}
_KINDS: Final = {"left-at-once": "left"}

# Together with the words and digits of an id they stay below the 256 characters of the contract.
_MOST_CUSTOMER_CHARACTERS: Final = 160
_MOST_ORDER_CHARACTERS: Final = 60
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def events_of_row(record: Record, account: Account) -> Iterator[Outcome]:
    """Outcomes of one row, all or none of its events: a row that cannot be read in one cell is broken as a whole."""
    row = _Row(record, account)
    customer = row.cells.text("customer")
    if not _is_id(customer, _MOST_CUSTOMER_CHARACTERS):
        detail = "the id of a customer is expected, not an address"
        yield Broken(row.cells.place, f"column {row.cells.name('customer')}: {detail}")
        return
    try:
        found: list[Outcome] = [*row.events(customer)]
    except Unreadable as problem:
        yield Broken(f"{row.cells.place}, {customer}", str(problem))
        return
    yield from found or [Passed("row without a time")]


def _is_id(text: str, most_characters: int) -> bool:
    return bool(text) and "@" not in text and len(text) <= most_characters and text.isprintable()


class _Row:
    def __init__(self, record: Record, account: Account) -> None:
        self._options = cast(CustomerOptions, account.options)
        self._source = account.source
        self.cells = Cells(record, cast(dict[str, str], self._options.columns), self._options)

    def events(self, customer: str) -> Iterator[CloudEvent]:
        """Everything in the row. Unreadable names the column."""
        times = {meaning: self.cells.time_us(meaning) for meaning in TIMES}
        joined, left = times["joined"], times["left"]
        is_dated = "changed" in self._options.columns
        labels = self._labels()
        if joined is not None:
            # A table that dates its changes shows what is, not what was: that goes into an update of its own.
            yield self._event("joined", customer, joined, {} if is_dated else labels)
        changed = times["changed"] if times["changed"] is not None else joined
        if is_dated and changed is not None and (update := labels | self._cleared(labels)):
            yield self._event("updated", customer, changed, update)
        yield from self._money(customer, times["purchased"], times["refunded"])
        if left is not None:
            reason = self._label("reason")
            yield self._event(
                "left-at-once" if left == joined else "left", customer, left, {"reason": reason} if reason else {}
            )

    def _labels(self) -> dict[str, Any]:
        return {name: label for name in LABELS if (label := self._label(name))}

    def _cleared(self, labels: dict[str, Any]) -> dict[str, Any]:
        if not self._options.empty_clears:
            return {}
        cleared = [name for name in LABELS if name in self._options.columns and name not in labels]
        return {"cleared": cleared} if cleared else {}

    def _label(self, meaning: CustomerMeaning) -> str:
        text = self.cells.text(meaning)
        return clean_label(self._options.labels.get(text, text))

    def _money(self, customer: str, purchased: int | None, refunded: int | None) -> Iterator[CloudEvent]:
        columns = self._options.columns
        if "purchased" in columns and (amount := self._amount("amount", "purchased", purchased)):
            kind = "refund" if amount.is_negative else "purchase"
            yield self._payment(kind, customer, cast(int, purchased), amount)
        meaning: CustomerMeaning = "refund" if "refund" in columns else "amount"
        # The amount of a purchase stands there whether it was paid back or not.
        is_expected = meaning == "refund" or "purchased" not in columns
        if "refunded" not in columns or (refunded is None and not is_expected):
            return
        if amount := self._amount(meaning, "refunded", refunded):
            yield self._payment("refund", customer, cast(int, refunded), amount)

    def _amount(self, meaning: CustomerMeaning, dated: CustomerMeaning, at_us: int | None) -> Amount | None:
        """The amount that the time belongs to; nothing where there is neither. Unreadable."""
        text = self.cells.text(meaning)
        if not text and at_us is None:
            return None
        sign = self._options.decimal_sign
        try:
            amount = amount_in(text, sign)
        except ValueError:
            raise Unreadable(
                f"column {self.cells.name(meaning)} holds no amount such as 12{sign}50 (decimal_sign), "
                "up to 12 digits and up to 6 decimals, without a currency"
            ) from None
        if at_us is None:
            if amount.is_nothing:
                return None
            raise Unreadable(f"column {self.cells.name(dated)} is empty: the time of the amount is expected")
        return amount

    def _payment(self, kind: str, customer: str, at_us: int, amount: Amount) -> CloudEvent:
        currency = self.cells.text("currency").upper() or self._options.currency
        if _CURRENCY.fullmatch(currency) is None:
            raise Unreadable(f"column {self.cells.name('currency')} holds no currency such as EUR")
        order = self.cells.text("order")
        if order and not _is_id(order, _MOST_ORDER_CHARACTERS):
            expected = f"the number of an order is expected, up to {_MOST_ORDER_CHARACTERS} characters, no address"
            raise Unreadable(f"column {self.cells.name('order')}: {expected}")
        if order:
            # An order is bought once, and may be paid back in parts.
            what = f"{order}-{kind}" if kind == "purchase" else f"{order}-{kind}-{at_us}"
        else:
            what = f"{kind}-{at_us}-{amount.text}-{currency}"
        return self._event(kind, customer, at_us, {"amount": amount.text, "currency": currency}, what)

    def _event(self, kind: str, customer: str, at_us: int, data: dict[str, Any], what: str = "") -> CloudEvent:
        """``what``, with the customer, is the event's id; empty: what happened, and when."""
        event_id = f"{customer}-{what or f'{kind}-{at_us}'}"
        name = f"customer.{_KINDS.get(kind, kind)}"
        return cloud_event(
            self._source, event_id, name, customer, format_time_us(at_us), sequence=_RANKS[kind], data=data
        )
