"""The domain events a ticket's log consists of: what happened, when, and nothing personal.

Every event carries ``time_us`` (when it happened, microseconds since 1970 UTC), ``sequence`` (a sort key made
from the CloudEvents extension, empty when absent) and ``uid`` (``"<id> <source>"``; a source is a URI reference
and holds no space, so the pair is unambiguous). Equal uids are the same event.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from stream.domain.customer_events import (
    CustomerJoined,
    CustomerLeft,
    CustomerMerged,
    CustomerPurchase,
    CustomerRefund,
    CustomerRemoved,
    CustomerUpdated,
)
from stream.domain.segments import Attributes
from stream.domain.statement_events import CustomerAnswer, CustomerAsked, CustomerContact, TakenBack

Author: TypeAlias = Literal["customer", "agent", "bot", "system"]
Status: TypeAlias = Literal["new", "open", "pending", "on_hold", "solved", "closed"]
LeaveReason: TypeAlias = Literal["callback", "voicemail", "transfer", "timeout", "overflow"]
SurveyKind: TypeAlias = Literal["csat", "nps", "ces"]


class TicketCreated(Struct, frozen=True, array_like=True, gc=False, tag=1):
    """A request for help begins. Empty ``team``, ``priority`` or ``customer``, or no attribute, means not given."""

    time_us: int
    sequence: str
    uid: str
    channel: str
    team: str = ""
    priority: str = ""
    opened_by_agent: bool = False
    opened_by_customer: bool = False
    customer: str = ""
    attributes: Attributes = ()
    assigned: bool | None = None


class TicketUpdated(Struct, frozen=True, array_like=True, gc=False, tag=2):
    """Routing or triage changed; an empty field did not change, unless it is cleared: then it is empty now.

    An attribute that is not there did not change; one with an empty label is cleared.
    ``assigned``: somebody has the ticket now, or nobody; None did not change.
    """

    time_us: int
    sequence: str
    uid: str
    channel: str = ""
    team: str = ""
    priority: str = ""
    clears_team: bool = False
    clears_priority: bool = False
    customer: str = ""
    attributes: Attributes = ()
    assigned: bool | None = None


class Message(Struct, frozen=True, array_like=True, gc=False, tag=3):
    """Somebody wrote. The text never enters. Empty ``agent``: it was none, or agents are not kept."""

    time_us: int
    sequence: str
    uid: str
    author: Author
    public: bool
    automated: bool = False
    sentiment: float | None = None
    agent: str = ""


class StatusChanged(Struct, frozen=True, array_like=True, gc=False, tag=4):
    """The ticket's status was set."""

    time_us: int
    sequence: str
    uid: str
    status: Status


class Queued(Struct, frozen=True, array_like=True, gc=False, tag=5):
    """A live contact starts to wait; a transfer starts a new visit. Empty ``team``: the ticket's."""

    time_us: int
    sequence: str
    uid: str
    team: str = ""


class Answered(Struct, frozen=True, array_like=True, gc=False, tag=6):
    """An agent took the waiting contact. Empty ``team``: that of the queue. Empty ``agent``: not known, or not kept."""

    time_us: int
    sequence: str
    uid: str
    team: str = ""
    agent: str = ""


class Abandoned(Struct, frozen=True, array_like=True, gc=False, tag=7):
    """The customer left while waiting."""

    time_us: int
    sequence: str
    uid: str


class LeftQueue(Struct, frozen=True, array_like=True, gc=False, tag=8):
    """The contact left the queue neither answered nor abandoned."""

    time_us: int
    sequence: str
    uid: str
    reason: LeaveReason


class Ended(Struct, frozen=True, array_like=True, gc=False, tag=9):
    """The conversation ended."""

    time_us: int
    sequence: str
    uid: str
    after_contact_work_seconds: float | None = None
    hold_seconds: float | None = None


class HandedOff(Struct, frozen=True, array_like=True, gc=False, tag=10):
    """A bot gave the conversation to people."""

    time_us: int
    sequence: str
    uid: str


class Merged(Struct, frozen=True, array_like=True, gc=False, tag=11):
    """Folded into another ticket: leaves all figures until restored."""

    time_us: int
    sequence: str
    uid: str


class Removed(Struct, frozen=True, array_like=True, gc=False, tag=12):
    """Spam or deleted: leaves all figures until restored."""

    time_us: int
    sequence: str
    uid: str


class Restored(Struct, frozen=True, array_like=True, gc=False, tag=13):
    """Re-enters all figures, whether it was merged or removed."""

    time_us: int
    sequence: str
    uid: str


class SurveySent(Struct, frozen=True, array_like=True, gc=False, tag=14):
    """The customer was asked."""

    time_us: int
    sequence: str
    uid: str
    survey_id: str
    kind: SurveyKind


class SurveyAnswered(Struct, frozen=True, array_like=True, gc=False, tag=15):
    """The customer answered; the same survey again is a changed answer."""

    time_us: int
    sequence: str
    uid: str
    survey_id: str
    kind: SurveyKind
    score: float
    scale_min: float
    scale_max: float
    customer: str = ""


class SurveyEnded(Struct, frozen=True, array_like=True, gc=False, tag=16):
    """No answer will come: the survey was declined, or it expired."""

    time_us: int
    sequence: str
    uid: str
    survey_id: str
    kind: SurveyKind
    declined: bool


class SurveyWithdrawn(Struct, frozen=True, array_like=True, gc=False, tag=17):
    """What the customer answered so far is taken back."""

    time_us: int
    sequence: str
    uid: str
    survey_id: str
    kind: SurveyKind


Event: TypeAlias = (
    TicketCreated
    | TicketUpdated
    | Message
    | StatusChanged
    | Queued
    | Answered
    | Abandoned
    | LeftQueue
    | Ended
    | HandedOff
    | Merged
    | Removed
    | Restored
    | SurveySent
    | SurveyAnswered
    | SurveyEnded
    | SurveyWithdrawn
    | CustomerJoined
    | CustomerLeft
    | CustomerUpdated
    | CustomerPurchase
    | CustomerRefund
    | CustomerMerged
    | CustomerRemoved
    | CustomerContact
    | CustomerAnswer
    | CustomerAsked
    | TakenBack
)
"""Of a ticket's log, and of a customer's; but the last, which takes another out of it."""


def source_of(event: Event) -> str:
    """Which system told of the event."""
    return event.uid.rpartition(" ")[2]
