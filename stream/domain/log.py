"""A ticket's log: its events, without duplicates, ordered by time, sequence and id, however they came in."""

from __future__ import annotations

from bisect import bisect_left
from enum import Enum
from typing import Final

import msgspec

from stream.domain.events import Event, TicketCreated, source_of
from stream.domain.statement_events import STATEMENTS, TakenBack


class Insertion(Enum):
    """What became of an event offered to a log."""

    ADDED = "added"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    """Same id and source, other content: one of the two is kept by a rule that ignores arrival order. Of two statements
    it is the later one; where that takes the other back, none."""
    NOT_KEPT = "not_kept"
    """The ticket is full, and can do without this one."""
    FORGOTTEN = "forgotten"
    """Of a customer that is to be forgotten: nothing is kept of it."""


ADDED: Final = Insertion.ADDED
"""Here for every event that is folded: to find a member of an enumeration takes as long as all of the question."""

_encode: Final = msgspec.msgpack.Encoder().encode


def order_of(event: Event) -> tuple[int, str, str]:
    """Sort key of an event within its ticket."""
    return (event.time_us, event.sequence, event.uid)


def insert(log: list[Event], event: Event) -> Insertion:
    """Put ``event`` where it belongs. Same events in any order, any number of times: the same log."""
    uid = event.uid
    for held in log:
        if held.uid == uid:
            return _choose(log, log.index(held), event)
    if type(event) is TakenBack:
        return Insertion.DUPLICATE
    place(log, event)
    return ADDED


def place(log: list[Event], event: Event) -> None:
    """`insert` an event that the log is known not to hold."""
    if not log or log[-1].time_us < event.time_us or order_of(log[-1]) < order_of(event):
        log.append(event)
    else:
        log.insert(bisect_left(log, order_of(event), key=order_of), event)


def clash_of(log: list[Event], created: TicketCreated) -> tuple[str, str] | None:
    """Sources of a creation before and of ``created``, which is in the log, where that source is the ticket's second.

    Two systems that number their tickets alike look like one ticket created twice.
    """
    known = [source_of(event) for event in log if isinstance(event, TicketCreated) and event.uid != created.uid]
    source = source_of(created)
    return (known[0], source) if known and source not in known else None


def _choose(log: list[Event], index: int, event: Event) -> Insertion:
    held = log[index]
    if held == event:
        return Insertion.DUPLICATE
    if type(event) is TakenBack:
        del log[index]
        return Insertion.CONFLICT
    # The smaller encoding stays: any choice will do that does not depend on which of the two came first.
    if type(event) in STATEMENTS or _encode(event) < _encode(held):
        del log[index]
        log.insert(bisect_left(log, order_of(event), key=order_of), event)
    return Insertion.CONFLICT
