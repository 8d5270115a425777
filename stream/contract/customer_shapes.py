"""``data`` of the support.customer.* events. Unknown fields are ignored; null means absent where optional."""

from __future__ import annotations

from typing import ClassVar, Literal

from stream.contract.shapes import Cleaning, Data
from stream.domain import customer_events as events
from stream.domain.events import Event


class CustomerData(Data, frozen=True, gc=False):
    """What all of them are: the subject is the customer."""


class CustomerJoinedData(CustomerData, frozen=True, gc=False):
    """support.customer.joined"""

    may_be_absent: ClassVar[bool] = True

    tier: str | None = None
    region: str | None = None
    segment: str | None = None

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `CustomerJoined` with clean labels."""
        labels = cleaning.labels
        tier, region, segment = labels[self.tier], labels[self.region], labels[self.segment]
        return events.CustomerJoined(time_us, sequence, uid, tier, region, segment)


class CustomerLeftData(CustomerData, frozen=True, gc=False):
    """support.customer.left"""

    may_be_absent: ClassVar[bool] = True

    reason: str | None = None

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `CustomerLeft` with a clean label."""
        return events.CustomerLeft(time_us, sequence, uid, cleaning.labels[self.reason])


class CustomerUpdatedData(CustomerData, frozen=True, gc=False):
    """support.customer.updated"""

    may_be_absent: ClassVar[bool] = True

    tier: str | None = None
    region: str | None = None
    segment: str | None = None
    cleared: list[Literal["tier", "region", "segment"]] | None = None

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `CustomerUpdated` with clean labels."""
        labels = cleaning.labels
        cleared = self.cleared or ()
        return events.CustomerUpdated(
            time_us,
            sequence,
            uid,
            labels[self.tier],
            labels[self.region],
            labels[self.segment],
            "tier" in cleared,
            "region" in cleared,
            "segment" in cleared,
        )


class CustomerPurchaseData(CustomerData, frozen=True, gc=False):
    """support.customer.purchase"""

    amount: str
    currency: str

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `CustomerPurchase`."""
        amount = cleaning.check_amount(self.amount, self.currency)
        return events.CustomerPurchase(time_us, sequence, uid, amount, self.currency)


class CustomerRefundData(CustomerPurchaseData, frozen=True, gc=False):
    """support.customer.refund"""

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `CustomerRefund`."""
        amount = cleaning.check_amount(self.amount, self.currency)
        return events.CustomerRefund(time_us, sequence, uid, amount, self.currency)


class CustomerMergedData(CustomerData, frozen=True, gc=False):
    """support.customer.merged"""

    into: str

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `CustomerMerged`."""
        cleaning.check_personal_free("data.into", self.into)
        return events.CustomerMerged(time_us, sequence, uid, cleaning.customers.kept(self.into))


class CustomerRemovedData(CustomerData, frozen=True, gc=False):
    """support.customer.removed"""

    may_be_absent: ClassVar[bool] = True

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `CustomerRemoved`."""
        return events.CustomerRemoved(time_us, sequence, uid)
