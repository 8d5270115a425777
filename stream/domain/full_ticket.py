"""What a ticket still takes that has all the events it may have: a mail loop must not keep it from ending."""

from __future__ import annotations

from typing import Final

from stream.domain.events import Event, Message, StatusChanged
from stream.domain.log import Insertion, order_of
from stream.domain.rejections import Rejected

CEILING: Final = 10
"""Times ``max_events_per_ticket``: as many events a ticket has at most, messages being a tenth of them."""


def left_out_of_full(log: list[Event], event: Event, max_events: int) -> Insertion | Rejected | None:
    """What becomes of ``event``, offered to a log that holds ``max_events`` or more; None: it is taken all the same.

    Messages are not kept, nor statuses that say again what holds; all else is, up to ``CEILING`` times as many.
    """
    if isinstance(event, Message) or (isinstance(event, StatusChanged) and _repeats(log, event)):
        return Insertion.NOT_KEPT
    if len(log) >= CEILING * max_events:
        return Rejected(
            "ticket_full", f"the ticket has {len(log)} events, {CEILING} times limits.max_events_per_ticket"
        )
    return None


def _repeats(log: list[Event], event: StatusChanged) -> bool:
    order = order_of(event)
    for held in reversed(log):
        if isinstance(held, StatusChanged) and order_of(held) < order:
            return held.status == event.status
    return False
