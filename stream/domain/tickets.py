"""Tickets of one shard: a warm part as objects, a cold part as the bytes that were stored, and when to forget each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from stream.domain.events import Event
from stream.domain.facts import Facts
from stream.domain.log import Insertion
from stream.domain.segments import Segment

WARM_TICKETS: Final = 20_000
NEVER_US: Final = 1 << 62
_HOUR_US: Final = 3_600_000_000


class LevelRow(Struct, frozen=True, array_like=True, gc=False):
    """A level the ticket is in, as stored, so that loading needs not read the log."""

    measure: str
    segment: Segment
    since_us: int


class TicketRow(Struct, frozen=True, array_like=True, gc=False):
    """What is stored of a ticket. ``settled``: nothing is under way, it may be forgotten after the horizon.

    ``floor_seconds``: see `Ticket`.
    """

    last_us: int
    settled: bool
    levels: tuple[LevelRow, ...]
    log: Sequence[Event]
    floor_seconds: int = 0


class TicketHead(Struct, frozen=True, array_like=True, gc=False):
    """The same row with the log left undecoded."""

    last_us: int
    settled: bool
    levels: tuple[LevelRow, ...]
    log: msgspec.Raw
    floor_seconds: int = 0


Arrival: TypeAlias = tuple[Event, Insertion, object]
"""An event that came since the ticket was last settled, what became of it, and where it came from."""


class Ticket:
    """A ticket in use: its log and the facts that are booked for it.

    ``floor_seconds``: what is older was beyond the reopen horizon already when the ticket became known. It may have
    been counted for a ticket of this name that was forgotten since, and must not be counted again.
    ``scheduled_us``: it is asked whether the ticket may be forgotten as if this were its last event, or sooner.
    ``is_current``: the facts are those of the log. ``arrivals``: since it was last settled, in their order.
    ``fresh_bytes``: at most so many have been added to the log since, where it has more than a few events.
    """

    __slots__ = (
        "arrivals",
        "facts",
        "floor_seconds",
        "floor_us",
        "fresh_bytes",
        "is_current",
        "log",
        "scheduled_us",
        "uids",
    )

    def __init__(self, log: list[Event], facts: Facts, floor_seconds: int = 0, *, scheduled_us: int = NEVER_US) -> None:
        self.log = log
        self.facts = facts
        self.floor_seconds = floor_seconds
        self.floor_us = floor_seconds * 1_000_000
        self.scheduled_us = scheduled_us
        self.is_current = True
        self.arrivals: list[Arrival] = []
        self.fresh_bytes = 0
        # Looking into a set is faster than along the log, whose events lie all over the memory.
        self.uids = {event.uid for event in log}


_encode = msgspec.msgpack.Encoder().encode
_decode_head = msgspec.msgpack.Decoder(TicketHead).decode
_decode_log = msgspec.msgpack.Decoder(list[Event]).decode


class Tickets:
    """``facts_of`` derives the facts of a log; ``horizon_us`` 0 means that nothing is ever forgotten."""

    def __init__(self, facts_of: Callable[[Sequence[Event]], Facts], horizon_us: int) -> None:
        self._facts_of = facts_of
        self._horizon_us = horizon_us
        self._stored: dict[str, bytes] = {}
        self._warm: dict[str, Ticket] = {}
        self._cooling: dict[str, Ticket] = {}
        self._due: dict[int, set[str]] = {}
        self._overdue: set[str] = set()
        """Tickets that were due while something was still under way; asked again when they change."""

    def get(self, name: str) -> Ticket | None:
        """The ticket, or None when it is not known."""
        ticket = self._warm.get(name)
        if ticket is None:
            ticket = self._cooling.get(name)
            if ticket is None:
                row = self._stored.get(name)
                if row is None:
                    return None
                head = _decode_head(row)
                log = _decode_log(head.log)
                ticket = Ticket(log, self._facts_of(log), head.floor_seconds, scheduled_us=head.last_us)
            self.warm(name, ticket)
        return ticket

    def warm(self, name: str, ticket: Ticket) -> None:
        """Keep a ticket at hand; those not used for long are let go (their bytes stay)."""
        if len(self._warm) >= WARM_TICKETS:
            self._cooling, self._warm = self._warm, {}
        self._warm[name] = ticket

    def row_of(self, log: Sequence[Event], facts: Facts, floor_seconds: int) -> bytes:
        """What would be stored of a ticket with this log and these facts."""
        levels: tuple[LevelRow, ...] = ()
        for fact in facts.values():
            if fact.level:
                levels += tuple([LevelRow(booking.measure, fact.segment, fact.time_us) for booking in fact.bookings])
        # A ticket that is in a level is never forgotten: nobody could take it out again.
        return _encode(TicketRow(log[-1].time_us, not levels, levels, log, floor_seconds))

    def keep(self, name: str, ticket: Ticket, row: bytes) -> None:
        """``row`` (see `row_of`) is what is kept of a ticket that changed, and what goes to the changelog."""
        last_us = ticket.log[-1].time_us
        self._stored[name] = row
        if last_us < ticket.scheduled_us or name in self._overdue:
            ticket.scheduled_us = last_us
            self._overdue.discard(name)
            self._schedule(name, last_us)

    def store(self, name: str, ticket: Ticket) -> bytes:
        """`row_of` a ticket as it is, and `keep` it."""
        row = self.row_of(ticket.log, ticket.facts, ticket.floor_seconds)
        self.keep(name, ticket, row)
        return row

    def stored_log(self, name: str) -> list[Event]:
        """The log as last kept; empty for a ticket that never was."""
        row = self._stored.get(name)
        return _decode_log(_decode_head(row).log) if row is not None else []

    def stored_bytes(self, name: str) -> int:
        """Size of what is kept of a ticket."""
        return len(self._stored.get(name, b""))

    def forget(self, name: str) -> None:
        """Do not have a ticket at hand any more."""
        self._warm.pop(name, None)
        self._cooling.pop(name, None)

    def restore(self, name: str, row: bytes) -> TicketHead:
        """Put back a stored ticket."""
        self._stored[name] = row
        head = _decode_head(row)
        self._schedule(name, head.last_us)
        return head

    def discard(self, name: str) -> None:
        """A later row of the changelog says that the ticket is forgotten."""
        self._stored.pop(name, None)
        self._overdue.discard(name)

    def _schedule(self, name: str, last_us: int) -> None:
        if self._horizon_us:
            self._due.setdefault((last_us + self._horizon_us) // _HOUR_US + 1, set()).add(name)

    def expire(self, now_us: int) -> Iterator[str | None]:
        """Forget settled tickets whose last event is older than the horizon: their names, None for each that stays.

        Exhaust it before anything else is done.
        """
        this_hour = now_us // _HOUR_US
        for hour in [hour for hour in self._due if hour <= this_hour]:
            for name in self._due.pop(hour):
                yield name if self._is_forgotten(name, this_hour) else None

    def _is_forgotten(self, name: str, this_hour: int) -> bool:
        row = self._stored.get(name)
        if row is None:
            return False
        head = _decode_head(row)
        due = (head.last_us + self._horizon_us) // _HOUR_US + 1
        if due > this_hour:
            self._due.setdefault(due, set()).add(name)
            held = self._warm.get(name) or self._cooling.get(name)
            if held is not None:
                # Of two events with one id the earlier one may stay: then it has to be asked sooner again.
                held.scheduled_us = head.last_us
            return False
        if not head.settled:
            self._overdue.add(name)
            return False
        del self._stored[name]
        self.forget(name)
        return True

    def __iter__(self) -> Iterator[tuple[str, list[Event]]]:
        """Every ticket as stored: its name and its log."""
        for name, row in self._stored.items():
            yield name, _decode_log(_decode_head(row).log)

    def __len__(self) -> int:
        """Number of tickets kept."""
        return len(self._stored)
