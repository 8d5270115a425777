"""The events that a customer's log consists of. What `events` says of time, sequence and uid holds here as well."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class CustomerJoined(Struct, frozen=True, array_like=True, gc=False, tag=40):
    """Somebody became a customer, or became one again. Empty ``tier``, ``region`` or ``segment`` means not given."""

    time_us: int
    sequence: str
    uid: str
    tier: str = ""
    region: str = ""
    segment: str = ""


class CustomerLeft(Struct, frozen=True, array_like=True, gc=False, tag=41):
    """The customer is one no more."""

    time_us: int
    sequence: str
    uid: str
    reason: str = ""


class CustomerUpdated(Struct, frozen=True, array_like=True, gc=False, tag=42):
    """An empty field did not change, unless it is cleared: then it is empty now."""

    time_us: int
    sequence: str
    uid: str
    tier: str = ""
    region: str = ""
    segment: str = ""
    clears_tier: bool = False
    clears_region: bool = False
    clears_segment: bool = False


class CustomerPurchase(Struct, frozen=True, array_like=True, gc=False, tag=43):
    """The customer bought for ``amount``, in millionths of ``currency`` (three capital letters)."""

    time_us: int
    sequence: str
    uid: str
    amount: int
    currency: str


class CustomerRefund(Struct, frozen=True, array_like=True, gc=False, tag=44):
    """The customer got ``amount`` back; units as of a purchase."""

    time_us: int
    sequence: str
    uid: str
    amount: int
    currency: str


class CustomerMerged(Struct, frozen=True, array_like=True, gc=False, tag=45):
    """Two were one: this one is ``into`` from now on, and counted no more."""

    time_us: int
    sequence: str
    uid: str
    into: str


class CustomerRemoved(Struct, frozen=True, array_like=True, gc=False, tag=46):
    """A privacy request: the customer leaves all figures."""

    time_us: int
    sequence: str
    uid: str


CUSTOMER_EVENTS: Final = frozenset(
    (
        CustomerJoined,
        CustomerLeft,
        CustomerUpdated,
        CustomerPurchase,
        CustomerRefund,
        CustomerMerged,
        CustomerRemoved,
    )
)
"""All of them; any other event is a ticket's."""
