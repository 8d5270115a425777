"""Who wrote when: the public messages of people, and hand-overs from bots to them."""

from __future__ import annotations

from stream.compiled import mypyc_attr
from stream.domain.definitions import Definitions
from stream.domain.events import Event, HandedOff, Message
from stream.domain.readers.reader import Reader


@mypyc_attr(acyclic=True)
class Conversation(Reader):
    """``human_replies``: public messages of agents that no automation wrote. Times in microseconds, ascending.

    ``first_customer_us``: the customer's first public message, None before it. Later ones change nothing.
    """

    __slots__ = ("first_customer_us", "handoffs", "human_replies")
    reads = (Message, HandedOff)

    def __init__(self, definitions: Definitions) -> None:
        self.human_replies: list[int] = []
        self.handoffs: list[int] = []
        self.first_customer_us: int | None = None

    def read(self, event: Event) -> bool:
        """Somebody wrote, or a bot gave up."""
        if type(event) is Message:
            if not event.public:
                return False
            if event.author == "agent":
                if event.automated:
                    return False
                self.human_replies.append(event.time_us)
                return True
            if event.author != "customer" or self.first_customer_us is not None:
                return False
            self.first_customer_us = event.time_us
            return True
        self.handoffs.append(event.time_us)
        return True
