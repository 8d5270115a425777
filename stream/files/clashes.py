"""Two tickets of one id in files of events: created by two sources, they would count as one ticket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec import Struct

_CREATED: Final = "support.ticket.created"
_MARK: Final = _CREATED.encode()


class _Head(Struct, gc=False):
    type: str
    subject: str
    source: str


_decode_head: Final = msgspec.json.Decoder(_Head).decode


class Clashes:
    """Tickets that a second source created, by the two sources. Keeps the source of every ticket's first creation."""

    def __init__(self) -> None:
        self._sources: dict[str, str] = {}
        self._tickets: dict[tuple[str, str], dict[str, None]] = {}

    def note(self, ticket: str, source: str) -> None:
        """``source`` created ``ticket``."""
        known = self._sources.setdefault(ticket, source)
        if known != source:
            self._tickets.setdefault((known, source), {})[ticket] = None

    def watch(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The same lines, looked at as they pass."""
        for line in lines:
            if _MARK in line:
                try:
                    head = _decode_head(line)
                except (ValueError, RecursionError):
                    yield line  # a dead letter, which says what is wrong with it
                    continue
                if head.type == _CREATED:
                    self.note(head.subject, head.source)
            yield line

    def sentences(self) -> list[str]:
        """What to tell, one for each two sources."""
        return [
            f"{first} and {second} both created {_named(list(tickets))}: what happened to two tickets counts as one's. "
            "Give the ids of one source a prefix."
            for (first, second), tickets in self._tickets.items()
        ]


def _named(tickets: list[str]) -> str:
    more = f" and {len(tickets) - 1:,} more of one id" if len(tickets) > 1 else ""
    return f"ticket {tickets[0]}{more}"
