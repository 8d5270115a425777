"""Looking through the logs of a shard for ids of customers that are to be forgotten: some logs with each settlement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stream.domain.forgetting import Forgotten
from stream.domain.subjects import is_customer
from stream.domain.tickets import Tickets

LOGS_AT_ONCE: Final = 2000


class Seeking:
    """Of the logs in ``tickets``. One pass is for all that are unsought at its beginning.

    What comes later is not looked at: it is folded without the ids.
    """

    def __init__(self, tickets: Tickets, forgotten: Forgotten) -> None:
        self._tickets = tickets
        self._forgotten = forgotten
        self._digests: list[str] = []
        self._names: list[str] = []

    def steps(self, most: int = LOGS_AT_ONCE) -> Iterator[str]:
        """Look at so many logs at most: for each its name where it says who is to be forgotten, and "" where not."""
        if not self._digests:
            self._digests = self._forgotten.unsought
            if not self._digests:
                return
            self._names = self._tickets.names()
        for _ in range(min(most, len(self._names))):
            name = self._names.pop()
            yield name if self._says(name) else ""
        if not self._names:
            self._forgotten.note_sought(self._digests)
            self._digests = []

    def _says(self, name: str) -> bool:
        forgotten = self._forgotten
        if is_customer(name) and forgotten.holds(name[1:]):
            return True
        return any(forgotten.without(event) is not event for event in self._tickets.stored_log(name))
