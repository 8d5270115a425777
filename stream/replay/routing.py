"""Where a line goes: topic by its type, partition by its ticket, as any Kafka client with the default would do it."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from stream.edge.kafka.partitioning import murmur2_partition

_SURVEY_TYPES: Final = "support.survey."
_CUSTOMER_TYPES: Final = "support.customer."
_LONGEST_KEY_CHARACTERS: Final = 4096
_REMEMBERED_KEYS: Final = 1 << 20


class _Head(Struct, gc=False):
    type: str = ""
    subject: str = ""


class _RawHead(Struct, gc=False):
    type: Raw = Raw(b'""')
    subject: Raw = Raw(b'""')


_decode_head: Final = msgspec.json.Decoder(_Head).decode
_decode_raw_head: Final = msgspec.json.Decoder(_RawHead).decode
_decode_text: Final = msgspec.json.Decoder(str).decode


class Router:
    """Remembers the partitions of the keys it has seen: the hash is pure Python and would cost more than the rest.

    ``takes_customers``: there is a topic of customers; else their events go where they are skipped.
    """

    def __init__(self, partitions: int, takes_customers: bool = False) -> None:
        self._partitions = partitions
        self._takes_customers = takes_customers
        self._known: dict[str, tuple[bytes, int]] = {}
        self._keyless = 0

    def __call__(self, line: bytes) -> tuple[str, int, bytes | None]:
        """The logical name of the line's topic, its partition and its key.

        A line whose subject cannot be read has no key; such lines take the partitions in turn.
        """
        try:
            head = _decode_head(line)
        except (ValueError, RecursionError):
            head = _readable_part(line)
        subject = head.subject
        known = self._known.get(subject)
        if known is None:
            known = self._place(subject)
        key, partition = known
        if not key:
            self._keyless += 1
            return self._topic(head.type), (self._keyless - 1) % self._partitions, None
        return self._topic(head.type), partition, key

    def _topic(self, event_type: str) -> str:
        if event_type.startswith(_SURVEY_TYPES):
            return "surveys"
        return "customers" if self._takes_customers and event_type.startswith(_CUSTOMER_TYPES) else "tickets"

    def _place(self, subject: str) -> tuple[bytes, int]:
        # A longer subject is a dead letter anyway, and as a key it would not fit into the record beside the value.
        if not subject or len(subject) > _LONGEST_KEY_CHARACTERS:
            return b"", 0
        if len(self._known) >= _REMEMBERED_KEYS:
            self._known.clear()
        key = subject.encode()
        placed = self._known[subject] = (key, murmur2_partition(key, self._partitions))
        return placed


def _readable_part(line: bytes) -> _Head:
    try:
        raw: Any = _decode_raw_head(line)
    except (ValueError, RecursionError):
        return _Head()
    return _Head(_text_or_empty(raw.type), _text_or_empty(raw.subject))


def _text_or_empty(raw: Raw) -> str:
    try:
        return _decode_text(raw)
    except (ValueError, RecursionError):
        return ""
