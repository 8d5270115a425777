"""What becomes of the customers whose contacts are simulated: they join, buy, are paid back, leave and come back.

A few of those that leave ask to be forgotten. Nothing is said of these any more, though they may have contacts.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, Final

from stream.simulate.emit import SOURCE, SimulatedEvent
from stream.sources.cloudevents import cloud_event

TIERS: Final = {"basic": 0.6, "silver": 0.3, "gold": 0.1}
REGIONS: Final = {"EMEA": 0.5, "AMER": 0.3, "APAC": 0.2}
SEGMENTS: Final = {"private": 0.7, "business": 0.3}

BUYS_WHEN_JOINING: Final = 0.8
BUYS_WHEN_CALLING: Final = 0.25
RISES: Final = 0.1
BAD_SHARE: Final = 0.5
LEAVES_AFTER_BAD: Final = 0.25
LEAVES_AFTER_GOOD: Final = 0.02
PAID_BACK_AFTER_BAD: Final = 0.2
FORGOTTEN_AFTER_LEAVING: Final = 0.1

_RANKS: Final = {"joined": 0, "updated": 1, "purchase": 2, "refund": 3, "left": 4, "removed": 5}


def with_customers(events: Iterator[SimulatedEvent], currency: str, seed: int) -> Iterator[SimulatedEvent]:
    """The events, and between them those of their customers, at the same times. No ``currency``: nothing is added.

    Nothing else changes by it. A customer joins with its first contact, and after a bad answer it is likelier to leave;
    with the next contact it comes back, unless it has asked to be forgotten. ``currency`` is that of all amounts.
    """
    if not currency:
        yield from events
        return
    customers = _Customers()
    for item in events:
        kind, data = item.event["type"], item.event["data"]
        if kind == "support.ticket.created":
            yield from _Moment(item, currency, seed).calls(customers)
        yield item
        if kind == "support.survey.answered":
            share = (data["score"] - data["scale_min"]) / (data["scale_max"] - data["scale_min"])
            yield from _Moment(item, currency, seed).answers(customers, is_bad=share <= BAD_SHARE)


class _Customers:
    """``tiers`` of all who are customers, and who was ``forgotten``."""

    __slots__ = ("forgotten", "tiers")

    def __init__(self) -> None:
        self.tiers: dict[str, str] = {}
        self.forgotten: set[str] = set()


class _Moment:
    """One event of a ticket, and what its customer does then."""

    def __init__(self, item: SimulatedEvent, currency: str, seed: int) -> None:
        self._item = item
        self._currency = currency
        self._customer: str = item.event["data"]["customer_id"]
        self._random = Random(f"{seed} {item.event['id']}")

    def calls(self, customers: _Customers) -> Iterator[SimulatedEvent]:
        """A contact begins."""
        customer, members = self._customer, customers.tiers
        if customer in customers.forgotten:
            return
        is_new = customer not in members
        if is_new:
            # Whoever comes back is the one that left.
            who = Random(customer)
            members[customer] = tier = _pick(who, TIERS)
            yield self._told("joined", {"tier": tier, "region": _pick(who, REGIONS), "segment": _pick(who, SEGMENTS)})
        if self._random.random() >= (BUYS_WHEN_JOINING if is_new else BUYS_WHEN_CALLING):
            return
        yield self._told("purchase", self._money(500, 20_000))
        if members[customer] != "gold" and self._random.random() < RISES:
            members[customer] = "gold"
            yield self._told("updated", {"tier": "gold"})

    def answers(self, customers: _Customers, *, is_bad: bool) -> Iterator[SimulatedEvent]:
        """A survey is answered."""
        if self._customer not in customers.tiers:
            return
        luck = self._random.random()
        if luck < (LEAVES_AFTER_BAD if is_bad else LEAVES_AFTER_GOOD):
            del customers.tiers[self._customer]
            yield self._told("left", {"reason": "service" if is_bad else "price"})
            if self._random.random() < FORGOTTEN_AFTER_LEAVING:
                customers.forgotten.add(self._customer)
                yield self._told("removed", {})
        elif is_bad and luck < LEAVES_AFTER_BAD + PAID_BACK_AFTER_BAD:
            yield self._told("refund", self._money(100, 2_000))

    def _money(self, least_cents: int, most_cents: int) -> dict[str, Any]:
        units, cents = divmod(self._random.randint(least_cents, most_cents), 100)
        return {"amount": f"{units}.{cents:02d}", "currency": self._currency}

    def _told(self, kind: str, data: dict[str, Any]) -> SimulatedEvent:
        cause = self._item.event
        event = cloud_event(
            SOURCE,
            f"{cause['id']}-{kind}",
            f"customer.{kind}",
            self._customer,
            cause["time"],
            sequence=_RANKS[kind],
            data=data,
        )
        return SimulatedEvent(self._item.time_us, "customers", self._customer, event)


def _pick(random: Random, shares: dict[str, float]) -> str:
    return random.choices(list(shares), weights=list(shares.values()))[0]
