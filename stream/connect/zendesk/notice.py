"""What no audit tells: a ticket was deleted, was spam, or came back. From webhooks, and lists of deleted tickets.

A ticket that is deleted has no audits to fetch any more. Two notices of one deletion, a second apart, change nothing: a
ticket that is removed already stays so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stream.connect.fields import SECOND_US, Unreadable, needed_moment_us, needed_number, number, text, whole_second_us
from stream.connect.outcome import Broken, Outcome
from stream.domain.times import format_time_us
from stream.sources.cloudevents import cloud_event

NOTICES: Final = {
    "marked_as_spam": ("removed", "spam"),
    "soft_deleted": ("removed", "deleted"),
    "permanently_deleted": ("removed", "deleted"),
    "undeleted": ("restored", ""),
}
"""Types of webhooks, without their prefix, that say all there is to say: what happened, and why."""


def is_deleted_ticket(record: Mapping[str, Any]) -> bool:
    """True for a ticket in the list of deleted ones."""
    return "deleted_at" in record and "id" in record and "ticket_id" not in record


def notice_of_deleted(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The notice that a deleted ticket stands for."""
    return {"ticket_id": record.get("id"), "kind": "soft_deleted", "time": record.get("deleted_at")}


def events_of_notice(record: Mapping[str, Any], source: str) -> Iterator[Outcome]:
    """One event: ``kind`` is one of `NOTICES`, at ``time``."""
    try:
        ticket = needed_number(record, "ticket_id")
        time_us = whole_second_us(needed_moment_us(record, "time"))
    except Unreadable as problem:
        yield Broken(f"ticket {number(record.get('ticket_id')) or 'without a number'}", str(problem))
        return
    kind, reason = NOTICES[text(record.get("kind"))]
    event_id = f"{ticket}-{kind}-{time_us // SECOND_US}"
    # Spam and deletion within a second are one removal with one reason: the reason is no part of any figure.
    event_id += f"-{reason}" if reason == "spam" else ""
    data = {"reason": reason} if reason else {}
    yield cloud_event(source, event_id, f"ticket.{kind}", ticket, format_time_us(time_us), data=data)
