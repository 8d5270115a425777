"""What a customer had to do with us, as tickets state it, and who the customer is now."""

from __future__ import annotations

from stream.compiled import mypyc_attr
from stream.domain.customer_events import CustomerMerged, CustomerRemoved
from stream.domain.definitions import Definitions
from stream.domain.events import Event
from stream.domain.readers.reader import Reader
from stream.domain.statement_events import CustomerAnswer, CustomerAsked, CustomerContact


@mypyc_attr(acyclic=True)
class Dealings(Reader):
    """``contacts``, ``answers`` and ``requests`` (surveys sent), in the order of the log.

    ``into``: the customer that this one was merged into.

    Empty: none, or nothing is to be known of this one any more.
    """

    __slots__ = ("_is_removed", "answers", "contacts", "into", "requests")
    reads = (CustomerContact, CustomerAnswer, CustomerAsked, CustomerMerged, CustomerRemoved)

    def __init__(self, definitions: Definitions) -> None:
        self.contacts: list[CustomerContact] = []
        self.answers: list[CustomerAnswer] = []
        self.requests: list[CustomerAsked] = []
        self.into = ""
        self._is_removed = False

    def read(self, event: Event) -> bool:
        """A ticket stated something, or the customer is another now."""
        if type(event) is CustomerContact:
            self.contacts.append(event)
            return True
        if type(event) is CustomerAnswer:
            self.answers.append(event)
            return True
        if type(event) is CustomerAsked:
            self.requests.append(event)
            return True
        if type(event) is CustomerMerged:
            if self._is_removed or event.into == self.into:
                return False
            self.into = event.into
            return True
        if type(event) is CustomerRemoved and not self._is_removed:
            was_merged, self.into, self._is_removed = bool(self.into), "", True
            return was_merged
        return False
