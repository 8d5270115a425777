"""Customers that are to be forgotten: who they are is kept as a keyed hash of the id, and never as the id.

The hash is what lets a shard drop all that comes of them later, whoever sends it, and take their id out of the logs of
tickets and of customers that name them. Without a key that nobody else knows, a guessed id can be confirmed by it.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from stream.domain.customer_events import CustomerMerged
from stream.domain.events import Event, SurveyAnswered, TicketCreated, TicketUpdated

_HASH_BYTES: Final = 16
_MOST_REMEMBERED: Final = 4096
_MOST_KEY_BYTES: Final = 64


class Forgotten:
    """``key``: of the hash. What was added is looked for in the logs until `note_sought`; all of it is stored."""

    def __init__(self, key: bytes = b"") -> None:
        self._key = key[:_MOST_KEY_BYTES]
        self._is_sought: dict[str, bool] = {}
        self._changed: dict[str, bool] = {}
        self._untold: list[str] = []
        self._known: dict[str, bool] = {}

    def __bool__(self) -> bool:
        """Whether there is anybody at all."""
        return bool(self._is_sought)

    def __len__(self) -> int:
        """How many."""
        return len(self._is_sought)

    def digest(self, customer: str) -> str:
        """The hash that stands for a customer's id."""
        content = customer.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(content, key=self._key, digest_size=_HASH_BYTES).hexdigest()

    def holds(self, customer: str) -> bool:
        """True of one that is to be forgotten."""
        if not self._is_sought:
            return False
        known = self._known.get(customer)
        if known is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            known = self._known[customer] = self.digest(customer) in self._is_sought
        return known

    def add(self, customer: str) -> None:
        """Forget one from now on; other shards are still to be told."""
        digest = self.digest(customer)
        if digest not in self._is_sought:
            self._untold.append(digest)
        self.hear(digest)

    def hear(self, digest: str) -> None:
        """Another shard says so; once more changes nothing."""
        if digest not in self._is_sought:
            self._is_sought[digest] = self._changed[digest] = False
            self._known.clear()

    def restore(self, digest: str, is_sought: bool) -> None:
        """Put back what was stored."""
        self._is_sought[digest] = is_sought
        self._known.clear()

    @property
    def digests(self) -> list[str]:
        """Hashes of all of them."""
        return list(self._is_sought)

    @property
    def unsought(self) -> list[str]:
        """Hashes of those whose ids may still stand in logs."""
        return [digest for digest, is_sought in self._is_sought.items() if not is_sought]

    def note_sought(self, digests: list[str]) -> None:
        """No log names these any more."""
        for digest in digests:
            self._is_sought[digest] = self._changed[digest] = True

    def take_changed(self) -> list[tuple[str, bool]]:
        """What is to be stored: hashes, and whether the logs were looked through, since the last call."""
        changed, self._changed = self._changed, {}
        return list(changed.items())

    def take_untold(self) -> list[str]:
        """What other shards have to hear, since the last call."""
        untold, self._untold = self._untold, []
        return untold

    def without(self, event: Event) -> Event:
        """The event as it is kept: itself, or one that does not name who is to be forgotten."""
        if isinstance(event, TicketCreated | TicketUpdated | SurveyAnswered):
            if event.customer and self.holds(event.customer):
                return msgspec.structs.replace(event, customer="")
        elif isinstance(event, CustomerMerged) and event.into and self.holds(event.into):
            return msgspec.structs.replace(event, into="")
        return event
