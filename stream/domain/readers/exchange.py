"""The exchange between a customer and the people who answer: whose turn it was, message by message."""

from __future__ import annotations

from stream.compiled import mypyc_attr
from stream.domain.definitions import Definitions
from stream.domain.events import Event, Message
from stream.domain.readers.reader import Reader


@mypyc_attr(acyclic=True)
class Exchange(Reader):
    """``turns``: time (microseconds, ascending) and whether it is an agent's, for every public message of a person.

    ``replies`` and ``customer_messages`` count them. What automation wrote is nobody's turn.
    """

    __slots__ = ("customer_messages", "replies", "turns")
    reads = (Message,)

    def __init__(self, definitions: Definitions) -> None:
        self.turns: list[tuple[int, bool]] = []
        self.replies = 0
        self.customer_messages = 0

    def read(self, event: Event) -> bool:
        """Somebody wrote."""
        if type(event) is not Message or not event.public:
            return False
        if event.author == "agent":
            if event.automated:
                return False
            self.replies += 1
        elif event.author == "customer":
            self.customer_messages += 1
        else:
            return False
        self.turns.append((event.time_us, event.author == "agent"))
        return True
