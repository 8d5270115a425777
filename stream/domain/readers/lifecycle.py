"""Whether a ticket is there: when it was created and by whom, and whether it (or a customer) counts."""

from __future__ import annotations

from stream.compiled import mypyc_attr
from stream.domain.customer_events import CustomerMerged, CustomerRemoved
from stream.domain.definitions import Definitions
from stream.domain.events import Event, Merged, Removed, Restored, TicketCreated
from stream.domain.readers.reader import Reader, comes_after


@mypyc_attr(acyclic=True)
class Lifecycle(Reader):
    """``created_us`` is None while the creation is not known. ``excluded``: merged away, spam or deleted,
    a customer to be forgotten.

    ``said_by_agent`` and ``said_by_customer``: the creation says who opened the ticket.
    """

    __slots__ = ("_restored", "created_us", "excluded", "said_by_agent", "said_by_customer")
    reads = (TicketCreated, Merged, Removed, Restored, CustomerMerged, CustomerRemoved)

    def __init__(self, definitions: Definitions) -> None:
        self.created_us: int | None = None
        self.said_by_agent = self.said_by_customer = False
        self.excluded = False
        self._restored: Event | None = None

    def read(self, event: Event) -> bool:
        """It came, left all figures, or came back."""
        if type(event) is TicketCreated:
            if self.created_us is not None:
                return False
            self.created_us = event.time_us
            self.said_by_agent, self.said_by_customer = event.opened_by_agent, event.opened_by_customer
            return True
        was_excluded = self.excluded
        if type(event) is Restored:
            self.excluded, self._restored = False, event
        else:
            self.excluded = comes_after(event, self._restored)
        return self.excluded is not was_excluded
