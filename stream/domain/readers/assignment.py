"""Whether somebody has the ticket, and since when somebody first had it; nobody asks who.

The source's word holds (``assigned``). Where it says nothing of assignments at all, whoever answers the contact or
writes the first reply has taken the ticket; since when is not said anew, that is the answer or the first response.
"""

from __future__ import annotations

from stream.compiled import mypyc_attr
from stream.domain.definitions import Definitions
from stream.domain.events import Answered, Event, Message, TicketCreated, TicketUpdated
from stream.domain.readers.reader import Reader


@mypyc_attr(acyclic=True)
class Assignment(Reader):
    """``first_us``: since when somebody has, or has had, the ticket, as the source tells it; None: it does not."""

    __slots__ = ("_is_taken", "_told", "first_us")
    reads = (TicketCreated, TicketUpdated, Answered, Message)

    def __init__(self, definitions: Definitions) -> None:
        self._told: bool | None = None
        self.first_us: int | None = None
        self._is_taken = False

    def read(self, event: Event) -> bool:
        """It was given to somebody, or taken away again; or somebody answered."""
        if type(event) is TicketCreated or type(event) is TicketUpdated:
            told = event.assigned
            if told is None or told is self._told:
                return False
            self._told = told
            if told and self.first_us is None:
                self.first_us = event.time_us
            return True
        if self._is_taken:
            return False
        if type(event) is Message and (event.author != "agent" or not event.public or event.automated):
            return False
        self._is_taken = True
        return self._told is None

    @property
    def is_assigned(self) -> bool:
        """True while somebody has it."""
        return self._is_taken if self._told is None else self._told
