"""What a customer bought, and got back."""

from __future__ import annotations

from stream.compiled import mypyc_attr
from stream.domain.customer_events import CustomerPurchase, CustomerRefund
from stream.domain.definitions import Definitions
from stream.domain.events import Event
from stream.domain.money import in_reporting_currency
from stream.domain.readers.reader import Reader


@mypyc_attr(acyclic=True)
class Purchases(Reader):
    """``amounts``: id of the event, time (microseconds) and millionths of the reporting currency, less than 0 if paid
    back. ``total``: their sum. A currency that has no rate any more is worth nothing.
    """

    __slots__ = ("_rates", "amounts", "total")
    reads = (CustomerPurchase, CustomerRefund)
    knobs = ("currencies",)

    def __init__(self, definitions: Definitions) -> None:
        self._rates = definitions.currencies
        self.amounts: list[tuple[str, int, int]] = []
        self.total = 0

    def read(self, event: Event) -> bool:
        """Money changed hands."""
        if type(event) is CustomerPurchase:
            amount = in_reporting_currency(event.amount, self._rate(event.currency))
        elif type(event) is CustomerRefund:
            amount = -in_reporting_currency(event.amount, self._rate(event.currency))
        else:
            return False
        if not amount:
            return False
        self.amounts.append((event.uid, event.time_us, amount))
        self.total += amount
        return True

    def _rate(self, currency: str) -> int:
        for name, rate in self._rates:
            if name == currency:
                return rate
        return 0
