"""Where a line goes: topic by its type, partition by its ticket, as any Kafka client with the default would do it."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from stream.edge.kafka.partitioning import murmur2_partition

_SURVEY_TYPES: Final = "support.survey."
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
    """Remembers the partitions of the keys it has seen: the hash is pure Python and would cost more than the rest."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._known: dict[str, tuple[bytes, int]] = {}
        self._keyless = 0

    def __call__(self, line: bytes) -> tuple[bool, int, bytes | None]:
        """Whether the line is of the surveys topic (else of tickets), its partition and its key.

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
            return head.type.startswith(_SURVEY_TYPES), (self._keyless - 1) % self._partitions, None
        return head.type.startswith(_SURVEY_TYPES), partition, key

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
