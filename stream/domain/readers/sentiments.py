"""How customers sounded, message by message, where the source says so."""

from __future__ import annotations

from stream.compiled import mypyc_attr
from stream.domain.definitions import Definitions
from stream.domain.events import Event, Message
from stream.domain.readers.reader import Reader


@mypyc_attr(acyclic=True)
class Sentiments(Reader):
    """``scores``: time (microseconds) and sentiment (-1 to 1) of every public message of the customer that has one."""

    __slots__ = ("scores",)
    reads = (Message,)

    def __init__(self, definitions: Definitions) -> None:
        self.scores: list[tuple[int, float]] = []

    def read(self, event: Event) -> bool:
        """The customer wrote."""
        if type(event) is not Message or event.author != "customer" or not event.public or event.sentiment is None:
            return False
        self.scores.append((event.time_us, event.sentiment))
        return True
