"""Amazon Connect's contact records: the time in a queue as Connect tells it (``Queue.Duration``), added up for a chain.

A contact that is moved on is a contact of its own in the same chain, which is one ticket here. What the record tells of
hold and after-contact work is taken as it is, so there is nothing to compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from stream.connect.fields import SECOND_US, mapping, moment_us, text
from stream.reconcile.export import number_or_none
from stream.reconcile.figure import Figure, Reading, Theirs
from stream.reconcile.ticket import Ticket

_SECONDS: Final = 1.0


def _waits(ticket: Ticket) -> list[float]:
    return [visit.wait_us / SECOND_US for visit in ticket.timeline.queue.visits if visit.queued_us is not None]


def _wait(ticket: Ticket) -> float | None:
    waits = _waits(ticket)
    return None if ticket.is_left_out or not waits else sum(waits)


def _readings(ticket: Ticket, theirs: Theirs) -> Iterator[Reading]:
    yield "merged, spam or deleted: ours leaves it out", sum(_waits(ticket))
    ringing = theirs.beside.get("ringing")
    waits = _waits(ticket)
    if ringing is not None and waits:
        yield "theirs ends when it leaves the queue, ours when the agent has answered", sum(waits) - ringing
    if len(waits) > 1:
        yield "theirs lacks contacts of its chain", max(waits)
        for wait in waits:
            yield "theirs lacks contacts of its chain", wait


FIGURES: Final[tuple[Figure, ...]] = (Figure("queue_wait", "time in queue", "seconds", _SECONDS, _wait, _readings),)


def is_contact(row: Mapping[str, Any]) -> bool:
    """True for a contact record."""
    return "ContactId" in row and "InitiationTimestamp" in row


def theirs_of(rows: Iterable[Mapping[str, Any]]) -> Iterator[Theirs]:
    """Chains of contacts; of copies of a contact the newest counts."""
    newest: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        contact = text(row.get("ContactId"))
        if not contact or not is_contact(row):
            continue
        held = newest.get(contact)
        if held is None or text(row.get("LastUpdateTimestamp")) >= text(held.get("LastUpdateTimestamp")):
            newest[contact] = row
    waits: dict[str, list[float]] = {}
    ringing: dict[str, float] = {}
    for contact, row in newest.items():
        queue = mapping(row.get("Queue"))
        seconds = number_or_none(queue.get("Duration"))
        if seconds is None:
            continue
        chain = text(row.get("InitialContactId")) or contact
        waits.setdefault(chain, []).append(seconds)
        left_us = moment_us(queue.get("DequeueTimestamp"))
        answered_us = moment_us(mapping(row.get("Agent")).get("ConnectedToAgentTimestamp"))
        if left_us is not None and answered_us is not None:
            ringing[chain] = ringing.get(chain, 0.0) + (answered_us - left_us) / SECOND_US
    for chain, seconds_of in waits.items():
        beside = {"ringing": ringing[chain]} if chain in ringing else {}
        yield Theirs(chain, {"queue_wait": sum(seconds_of)}, None, beside)
