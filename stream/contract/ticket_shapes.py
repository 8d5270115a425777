"""``data`` of the support.ticket.* events. Unknown fields are ignored; null means absent where optional."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta

from stream.contract.attributes import AttributeNames, Attributes, kept_attributes
from stream.contract.shapes import Cleaning, Data, Identity, Refusal
from stream.domain import events
from stream.domain.events import Author, Event, LeaveReason, Status

Seconds: TypeAlias = Annotated[float, Meta(ge=0)]


def _plain(number: float | None) -> float | None:
    """The number, where -0.0 is another spelling of 0.0."""
    return None if number is None else number or 0.0


class CreatedData(Data, frozen=True, gc=False):
    """support.ticket.created"""

    channel: str
    team: str | None = None
    priority: str | None = None
    customer_id: Identity | None = None
    opened_by: Literal["customer", "agent"] | None = None
    attributes: Attributes | None = None
    assigned: bool | None = None

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `TicketCreated` with clean labels."""
        labels = cleaning.labels
        channel = labels[self.channel]
        if not channel:
            raise Refusal("invalid_value", "data.channel is empty: name the channel, e.g. email, chat, phone")
        return events.TicketCreated(
            time_us,
            sequence,
            uid,
            channel,
            labels[self.team],
            labels[self.priority],
            self.opened_by == "agent",
            self.opened_by == "customer",
            "" if self.customer_id is None else cleaning.customers.kept(self.customer_id),
            kept_attributes(self.attributes, labels) if self.attributes else (),
            self.assigned,
        )


class UpdatedData(Data, frozen=True, gc=False):
    """support.ticket.updated"""

    may_be_absent: ClassVar[bool] = True

    channel: str | None = None
    team: str | None = None
    priority: str | None = None
    cleared: list[Literal["team", "priority"]] | None = None
    customer_id: Identity | None = None
    attributes: Attributes | None = None
    cleared_attributes: AttributeNames | None = None
    assigned: bool | None = None

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `TicketUpdated` with clean labels."""
        labels = cleaning.labels
        cleared = self.cleared or ()
        return events.TicketUpdated(
            time_us,
            sequence,
            uid,
            labels[self.channel],
            labels[self.team],
            labels[self.priority],
            "team" in cleared,
            "priority" in cleared,
            "" if self.customer_id is None else cleaning.customers.kept(self.customer_id),
            kept_attributes(self.attributes, labels, self.cleared_attributes)
            if self.attributes or self.cleared_attributes
            else (),
            self.assigned,
        )


class MessageData(Data, frozen=True, gc=False):
    """support.ticket.message"""

    author: Author
    public: bool
    automated: bool | None = None
    author_id: Identity | None = None
    sentiment: Annotated[float, Meta(ge=-1, le=1)] | None = None

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `Message`."""
        sentiment = self.sentiment
        if sentiment is not None:
            sentiment = sentiment or 0.0
        is_automated = self.automated is True
        agent = ""
        if self.author_id is not None and self.author == "agent" and not is_automated:
            agent = cleaning.labels[cleaning.agents.kept(self.author_id)]
        return events.Message(time_us, sequence, uid, self.author, self.public, is_automated, sentiment, agent)


class StatusData(Data, frozen=True, gc=False):
    """support.ticket.status"""

    status: Status

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `StatusChanged`."""
        return events.StatusChanged(time_us, sequence, uid, self.status)


class QueuedData(Data, frozen=True, gc=False):
    """support.ticket.queued"""

    may_be_absent: ClassVar[bool] = True

    team: str | None = None

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `Queued`."""
        return events.Queued(time_us, sequence, uid, cleaning.labels[self.team])


class AnsweredData(Data, frozen=True, gc=False):
    """support.ticket.answered"""

    may_be_absent: ClassVar[bool] = True

    agent_id: Identity | None = None
    team: str | None = None

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """An `Answered` with a clean label."""
        agent = "" if self.agent_id is None else cleaning.labels[cleaning.agents.kept(self.agent_id)]
        return events.Answered(time_us, sequence, uid, cleaning.labels[self.team], agent)


class AbandonedData(Data, frozen=True, gc=False):
    """support.ticket.abandoned"""

    may_be_absent: ClassVar[bool] = True

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """An `Abandoned`."""
        return events.Abandoned(time_us, sequence, uid)


class LeftQueueData(Data, frozen=True, gc=False):
    """support.ticket.left_queue"""

    reason: LeaveReason

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `LeftQueue`."""
        return events.LeftQueue(time_us, sequence, uid, self.reason)


class EndedData(Data, frozen=True, gc=False):
    """support.ticket.ended"""

    may_be_absent: ClassVar[bool] = True

    after_contact_work_seconds: Seconds | None = None
    hold_seconds: Seconds | None = None

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """An `Ended`."""
        return events.Ended(time_us, sequence, uid, _plain(self.after_contact_work_seconds), _plain(self.hold_seconds))


class HandedOffData(Data, frozen=True, gc=False):
    """support.ticket.handed_off"""

    may_be_absent: ClassVar[bool] = True

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `HandedOff`."""
        return events.HandedOff(time_us, sequence, uid)


class MergedData(Data, frozen=True, gc=False):
    """support.ticket.merged"""

    into: str

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `Merged`."""
        cleaning.check_personal_free("data.into", self.into)
        return events.Merged(time_us, sequence, uid)


class RemovedData(Data, frozen=True, gc=False):
    """support.ticket.removed"""

    may_be_absent: ClassVar[bool] = True

    reason: Literal["spam", "deleted"] | None = None

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `Removed`."""
        return events.Removed(time_us, sequence, uid)


class RestoredData(RemovedData, frozen=True, gc=False):
    """support.ticket.restored"""

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `Restored`."""
        return events.Restored(time_us, sequence, uid)
