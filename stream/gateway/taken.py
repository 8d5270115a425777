"""What follows from one delivery: records for Kafka, and what is to be counted and answered."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct

from stream.connect.doorbell import Doorbell
from stream.domain.rejections import Reason

Topic: TypeAlias = Literal["tickets", "surveys", "customers"]
_SURVEY: Final = "support.survey."
_CUSTOMER: Final = "support.customer."


class Record(Struct, frozen=True):
    """An event as it goes into Kafka; ``topic`` is its logical name."""

    topic: Topic
    key: bytes
    value: bytes


class Letter(Struct, frozen=True):
    """A part of a delivery that is broken. ``record`` is the sender's id of it, or its place; never a text of it."""

    reason: Reason
    record: str
    detail: str


class Taken(Struct, frozen=True):
    """A delivery that was read. ``passed``: kinds that count for nothing here. ``told``: what a sender of our own
    contract hears; ``answer``: the body of a handshake's answer. ``status`` 0: the hook's usual one.
    """

    records: tuple[Record, ...] = ()
    doorbells: tuple[Doorbell, ...] = ()
    passed: tuple[str, ...] = ()
    letters: tuple[Letter, ...] = ()
    answer: str | None = None
    told: dict[str, Any] | None = None
    status: int = 0


def topic_of(event_type: str) -> Topic:
    """The topic that events of this type belong on."""
    if event_type.startswith(_CUSTOMER):
        return "customers"
    return "surveys" if event_type.startswith(_SURVEY) else "tickets"
