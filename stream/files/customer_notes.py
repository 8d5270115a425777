"""What files of events say of customers that each event by itself does not show: circles of merges, who is removed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from stream.domain.customer_events import CUSTOMER_EVENTS, CustomerMerged, CustomerRemoved
from stream.domain.events import Event

INTO_ITSELF: Final = "merged_into_itself"
_MOST_NAMED: Final = 5


class CustomerNotes:
    """Keeps of each customer how many events it has, and into whom it was merged last."""

    def __init__(self) -> None:
        self._events: Counter[str] = Counter()
        self._merged: dict[str, tuple[int, str]] = {}
        self._removed: dict[str, int] = {}

    def note(self, customer: str, event: Event) -> str | None:
        """``event`` is one of ``customer``, "" where ids are dropped; gives what is odd about it by itself."""
        if type(event) not in CUSTOMER_EVENTS or not customer:
            return None
        self._events[customer] += 1
        if isinstance(event, CustomerRemoved):
            self._removed[customer] = self._removed.get(customer, 0) + 1
        elif isinstance(event, CustomerMerged):
            held = self._merged.get(customer)
            if held is None or event.time_us >= held[0]:
                self._merged[customer] = event.time_us, event.into
            if event.into == customer:
                return "data.into is the customer itself: as one that was merged it counts nowhere"
        return None

    @property
    def total(self) -> int:
        """Events of customers."""
        return self._events.total()

    def sentences(self) -> Iterator[str]:
        """What to tell, once all events are known."""
        for circle in self._circles():
            yield f"{_named(circle)} were merged in a circle: as customers that were merged they count nowhere"
        if self._removed:
            further = sum(self._events[customer] - own for customer, own in self._removed.items())
            who = f"{_named(list(self._removed))} {'is' if len(self._removed) == 1 else 'are'} removed"
            yield f"{who} (support.customer.removed): {further:,} other events of theirs count nowhere, early or late"

    def _circles(self) -> Iterator[list[str]]:
        seen: set[str] = set()
        for first in self._merged:
            way: dict[str, None] = {}
            customer = first
            while customer in self._merged and customer not in seen and customer not in way:
                way[customer] = None
                customer = self._merged[customer][1]
            if customer in way:
                names = list(way)
                circle = names[names.index(customer) :]
                # One that was merged into itself was told at its line.
                if len(circle) > 1:
                    yield circle
            seen.update(way)


def _named(customers: list[str]) -> str:
    more = len(customers) - _MOST_NAMED
    if more > 0:
        return f"{', '.join(customers[:_MOST_NAMED])} and {more:,} more customers"
    *before, last = customers
    return f"{', '.join(before)} and {last}" if before else f"customer {last}"
