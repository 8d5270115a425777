"""Passing back: what a merged customer has passed on of its tickets is taken back from the others as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stream.domain.customer_events import CustomerMerged
from stream.domain.events import Event
from stream.domain.statement_events import TakenBack, passed_on, way_of
from stream.domain.statements import LONGEST_WAY, Stated
from stream.domain.subjects import CUSTOMER_MARK
from stream.domain.tickets import Tickets


class PassingBack:
    """For customers among ``tickets`` of which a statement was taken back since the last settlement.

    What was stated of them before may be gone with its topic. So one that the log does not hold may have been passed on
    all the same: it may have been taken back in that topic, or have come and gone within one settlement.
    """

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets
        self._noted: dict[str, dict[str, None]] = {}

    def note(self, customer: str, uid: str) -> None:
        """A statement of this uid is taken back from a customer that is known, whether or not its log held it."""
        self._noted.setdefault(customer, {})[uid] = None

    def steps(self, stated: list[Stated]) -> Iterator[None]:
        """Customer by customer, behind all that was ``stated`` with the settlement that is at its end.

        What the log holds by now is left out: it was stated with the settlement, or before it in the same topic.
        """
        noted, self._noted = self._noted, {}
        told: set[tuple[str, str]] = set()
        for customer, uids in noted.items():
            log = self._tickets.stored_log(CUSTOMER_MARK + customer)
            others = _others_of(customer, log)
            if others:
                told = told or {(other, statement.uid) for other, statement in stated}
                held = {event.uid for event in log}
                for uid in uids:
                    if uid not in held:
                        back = passed_back(customer, others, uid)
                        stated += [(other, moved) for other, moved in back if (other, moved.uid) not in told]
            yield


def _others_of(customer: str, log: Iterable[Event]) -> list[str]:
    """All that ``customer`` was ever merged into."""
    into = {event.into: None for event in log if isinstance(event, CustomerMerged)}
    return [other for other in into if other and other != customer]


def passed_back(customer: str, others: Iterable[str], uid: str) -> list[Stated]:
    """What ``customer``, who was merged, says to the ``others`` of a statement that is taken back."""
    way = way_of(uid)
    if len(way) >= LONGEST_WAY:
        return []
    moved = TakenBack(0, "", passed_on(uid, customer))
    return [(other, moved) for other in others if other not in way]
