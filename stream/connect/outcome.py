"""What a translator makes of a record: events, and what it says where there is none."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from stream.sources.source import CloudEvent


class Passed(Struct, frozen=True):
    """A record, or a part of one, that counts for nothing here.

    ``kind`` is one of the vendor's words for kinds (``Notification``, ``RINGNOANSWER``), cleaned like a label, no text.
    """

    kind: str


class Broken(Struct, frozen=True):
    """A record that cannot be read: a dead letter. ``record`` is the vendor's id of it, ``detail`` names the field.

    ``detail`` follows the rules of dead letters: what is expected, never what somebody wrote. ``reason`` is one of
    `stream.domain.rejections`.
    """

    record: str
    detail: str
    reason: str = "invalid_value"


Outcome: TypeAlias = CloudEvent | Passed | Broken
