"""Which customer a ticket is of, and which it was said to be of before."""

from __future__ import annotations

from stream.compiled import mypyc_attr
from stream.domain.definitions import Definitions
from stream.domain.events import Event, SurveyAnswered, TicketCreated, TicketUpdated
from stream.domain.readers.reader import Reader


@mypyc_attr(acyclic=True)
class Caller(Reader):
    """``customer``: as the ticket says now, or, where it never did, the last answer to a survey; empty: not known."""

    __slots__ = ("_answering", "_named")
    reads = (TicketCreated, TicketUpdated, SurveyAnswered)

    def __init__(self, definitions: Definitions) -> None:
        self._named = self._answering = ""

    def read(self, event: Event) -> bool:
        """A customer was named; one that is known already changes nothing."""
        if type(event) is TicketCreated or type(event) is TicketUpdated:
            named = event.customer
            if not named or named == self._named:
                return False
            self._named = named
            return True
        if type(event) is SurveyAnswered and event.customer and event.customer != self._answering:
            self._answering = event.customer
            return not self._named
        return False

    @property
    def customer(self) -> str:
        """See the class."""
        return self._named or self._answering
