"""What all shapes of an event's ``data`` share: base, refusals, and what they need from the decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias

from msgspec import Struct

from stream.domain.events import Event
from stream.domain.labels import LabelCache
from stream.domain.rejections import Reason

if TYPE_CHECKING:
    from stream.contract.customer_rules import PersonIds

# Ticket systems number their people and customers; both forms are taken. Of people neither is kept.
Identity: TypeAlias = str | int


class Refusal(Exception):  # noqa: N818 - not an error of this program: the event is refused, with a reason
    """Ends the decoding of one event; never leaves the decoder."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason
        self.detail = detail


class Cleaning(Protocol):
    """What a shape needs to become a domain event: bounded caches and limits, held by the decoder."""

    labels: LabelCache
    customers: PersonIds
    agents: PersonIds

    def check_amount(self, text: str, currency: str) -> int:
        """An amount in millionths of its currency; Refusal where it is none, or has no worth here."""
        ...

    def check_personal_free(self, name: str, text: str) -> None:
        """Raise Refusal when ``text`` is empty, too long, not printable or looks like an e-mail address."""
        ...


class Data(Struct, frozen=True, gc=False):
    """Base of all shapes of ``data``."""

    may_be_absent: ClassVar[bool] = False

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """The domain event. Raises Refusal when the values contradict each other."""
        raise NotImplementedError
