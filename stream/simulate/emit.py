"""What the simulator gives: events of the contract with their time, topic and key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeAlias

from stream.sources.source import CloudEvent

SOURCE = "/simulator"
Topic: TypeAlias = Literal["tickets", "surveys", "customers"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SimulatedEvent(NamedTuple):
    """One event: when it happened, the logical topic it belongs on, its record key, and the CloudEvent."""

    time_us: int
    topic: Topic
    key: str
    event: CloudEvent


class Ticket:
    """A contact under way: its ids and routing, and what the customer has been through."""

    __slots__ = (
        "channel",
        "customer",
        "id",
        "is_assigned",
        "priority",
        "sequence",
        "team",
        "trouble",
    )

    def __init__(self, ticket_id: str, customer: str, channel: str, team: str, priority: str) -> None:
        self.id = ticket_id
        self.customer = customer
        self.channel = channel
        self.team = team
        self.priority = priority
        self.sequence = 0
        self.is_assigned = False
        # Grows with waiting, transfers and reopenings; surveys answer to it. 0 is a contact that went well.
        self.trouble = 0.0


def told(ticket: Ticket, time_us: int, kind: str, data: dict[str, Any]) -> SimulatedEvent:
    """The ticket's next event. ``kind`` is the type without its prefix."""
    ticket.sequence = sequence = ticket.sequence + 1
    # Spelled out rather than built by cloud_event: this line runs for every event.
    event = {
        "specversion": "1.0",
        "id": f"{ticket.id}-{sequence}",
        "source": SOURCE,
        "type": "support." + kind,
        "subject": ticket.id,
        "time": rfc3339(time_us),
        "sequence": str(sequence),
        "data": data,
    }
    topic: Topic = "surveys" if kind.startswith("survey.") else "tickets"
    return SimulatedEvent(time_us, topic, ticket.id, event)


def rfc3339(time_us: int) -> str:
    """The time in UTC, to the millisecond."""
    minutes, within_us = divmod(time_us, 60_000_000)
    seconds, fraction_us = divmod(within_us, 1_000_000)
    return f"{_minute(minutes)}:{seconds:02d}.{fraction_us // 1000:03d}Z"


@lru_cache(maxsize=4096)
def _minute(minutes: int) -> str:
    return (EPOCH + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")
