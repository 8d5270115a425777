"""When somebody was a customer: from joining to leaving, and perhaps again."""

from __future__ import annotations

from stream.compiled import mypyc_attr
from stream.domain.customer_events import CustomerJoined, CustomerLeft
from stream.domain.definitions import Definitions
from stream.domain.events import Event
from stream.domain.readers.reader import Reader


@mypyc_attr(acyclic=True)
class Membership(Reader):
    """``joined`` and ``left``: times (microseconds), of which the n-th belong together; a member has left once less.

    Who joins twice has joined once, and who leaves twice has left once. Leaving counts once the joining before it is
    known.
    """

    __slots__ = ("joined", "left")
    reads = (CustomerJoined, CustomerLeft)

    def __init__(self, definitions: Definitions) -> None:
        self.joined: list[int] = []
        self.left: list[int] = []

    def read(self, event: Event) -> bool:
        """The customer joined, came back or left."""
        if type(event) is CustomerJoined:
            if self.is_member:
                return False
            self.joined.append(event.time_us)
            return True
        if not self.is_member:
            return False
        self.left.append(event.time_us)
        return True

    @property
    def is_member(self) -> bool:
        """True from joining to leaving."""
        return len(self.joined) > len(self.left)
