"""What a ticket still takes that has all the events it may have: a mail loop must not keep it from ending."""

from __future__ import annotations

from typing import Final

from stream.domain.events import Event, Message, StatusChanged
from stream.domain.log import Insertion, order_of
from stream.domain.rejections import Rejected
from stream.domain.ticket import Ticket

CEILING: Final = 10
"""Times ``max_events_per_ticket``: as many events a ticket has at most, messages being a tenth of them."""
REPEATS_UNTIL: Final = CEILING // 2
"""Times the same, until which statuses are kept that say again what holds: something may yet come between the two."""

MAX_TICKET_BYTES: Final = 4 << 20
"""Of a ticket's stored row: half of what a record of the changelog may have. Ordinary events have about 100 bytes."""

FEW_EVENTS: Final = 20
"""With so few events no ticket is too large, however long its ids may be; they are not looked at."""

_EVENT_BYTES: Final = 64
_CHARACTER_BYTES: Final = 4


def bytes_of(event: Event) -> int:
    """At most so many bytes of the ticket's row are this event's."""
    texts = (getattr(event, name) for name in event.__struct_fields__)
    return _EVENT_BYTES + sum(_CHARACTER_BYTES * len(text) for text in texts if isinstance(text, str))


def too_many_bytes(stored_bytes: int, fresh_bytes: int) -> Rejected | None:
    """Why a ticket takes nothing more, whose row has ``stored_bytes``, and whose new events have ``fresh_bytes``."""
    if stored_bytes + fresh_bytes <= MAX_TICKET_BYTES:
        return None
    return Rejected("ticket_full", f"the ticket's events have {MAX_TICKET_BYTES >> 20} MiB: their ids are very long")


def left_out_of_full(ticket: Ticket, event: Event, max_events: int) -> Insertion | Rejected | None:
    """What becomes of ``event``, offered to a ticket that has ``max_events`` or more; None: it is taken all the same.

    Messages are not kept; all else is, up to ``CEILING`` times as many. Beyond half of that statuses are not kept
    that say again what holds: a loop of them leaves room for what ends the ticket.
    """
    if isinstance(event, Message):
        return Insertion.NOT_KEPT
    is_crowded = ticket.count >= REPEATS_UNTIL * max_events
    if is_crowded and isinstance(event, StatusChanged) and _repeats(ticket.open(), event):
        return Insertion.NOT_KEPT
    if ticket.count >= CEILING * max_events:
        return Rejected(
            "ticket_full", f"the ticket has {ticket.count} events, {CEILING} times limits.max_events_per_ticket"
        )
    return None


def _repeats(log: list[Event], event: StatusChanged) -> bool:
    order = order_of(event)
    for held in reversed(log):
        if isinstance(held, StatusChanged) and order_of(held) < order:
            return held.status == event.status
    return False
