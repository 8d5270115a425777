"""Tickets of one shard: a warm part as objects, a cold part as the bytes that were stored, and when to forget each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stream.domain.derivation import Derivation, levels_of
from stream.domain.events import Event
from stream.domain.statements import NOTHING
from stream.domain.subjects import is_customer
from stream.domain.ticket import Row, Ticket
from stream.domain.ticket_rows import TicketHead, decode_head, decode_log, place_of_events
from stream.domain.timeline import ALL_CHANGED, timeline_of

WARM_TICKETS: Final = 5_000
"""Of a shard; one with all of its facts takes ten kilobytes, and a worker may have a dozen shards."""
_HOUR_US: Final = 3_600_000_000


class Tickets:
    """``horizon_us`` 0 means that nothing is ever forgotten; ``warm_tickets``: so many, up to twice, are at hand."""

    def __init__(self, derivation: Derivation, horizon_us: int, warm_tickets: int = WARM_TICKETS) -> None:
        self._derivation = derivation
        self._horizon_us = horizon_us
        self._warm_tickets = warm_tickets
        self._stored: dict[str, bytes] = {}
        self._warm: dict[str, Ticket] = {}
        self._cooling: dict[str, Ticket] = {}
        self._due: dict[int, list[str]] = {}
        """By hour; a ticket may be there more than once. Of a million a set would take forty megabytes more."""
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
                ticket = self._thaw(name, row)
            self.warm(name, ticket)
        return ticket

    def _thaw(self, name: str, content: bytes) -> Ticket:
        head, derivation = decode_head(content), self._derivation
        log = decode_log(head.log)
        timeline = timeline_of(log, derivation.plan)
        facts = derivation.facts(timeline, ALL_CHANGED, derivation.nothing)
        ticket = Ticket(facts, head.floor_seconds)
        ticket.timeline = timeline
        ticket.statements = derivation.statements(name, timeline, ALL_CHANGED, NOTHING)
        ticket.scheduled_us = head.last_us
        ticket.resume(log, Row(content, *place_of_events(content, head), levels_of(facts), head.last_us))
        return ticket

    def warm(self, name: str, ticket: Ticket) -> None:
        """Keep a ticket at hand; those not used for long are let go (their bytes stay)."""
        if len(self._warm) >= self._warm_tickets:
            self._cooling, self._warm = self._warm, {}
        self._warm[name] = ticket

    def keep(self, name: str, ticket: Ticket, row: Row) -> None:
        """``row`` is what is kept of a ticket that changed, and what goes to the changelog."""
        self._stored[name] = row.content
        if row.last_us < ticket.scheduled_us or name in self._overdue:
            ticket.scheduled_us = row.last_us
            self._overdue.discard(name)
            self._schedule(name, row.last_us)

    def stored_log(self, name: str) -> list[Event]:
        """The log as last kept; empty for a ticket that never was."""
        row = self._stored.get(name)
        return decode_log(decode_head(row).log) if row is not None else []

    def stored_bytes(self, name: str) -> int:
        """Size of what is kept of a ticket."""
        return len(self._stored.get(name, b""))

    def forget(self, name: str) -> None:
        """Do not have a ticket at hand any more."""
        self._warm.pop(name, None)
        self._cooling.pop(name, None)

    def restore(self, name: str, row: bytes) -> None:
        """Put back a stored ticket; `restored` has to follow. ValueError, or one of msgspec's: it is no such row."""
        # A later row may follow: nothing of it is kept but the bytes.
        decode_head(row)
        self._stored[name] = row

    def restored(self) -> Iterator[tuple[str, TicketHead]]:
        """All tickets that were put back, each of which is from then on forgotten in its time. Exhaust it."""
        for name, row in self._stored.items():
            head = decode_head(row)
            self._schedule(name, head.last_us)
            yield name, head

    def stored_head(self, name: str) -> TicketHead:
        """What is stored of a ticket that there is."""
        return decode_head(self._stored[name])

    def stored_row(self, name: str) -> bytes | None:
        """What is stored of a ticket; None: there is none of this name."""
        return self._stored.get(name)

    def replace(self, name: str, row: bytes) -> None:
        """Keep another row of the same log. Only for a ticket that is not at hand."""
        self._stored[name] = row

    def names(self) -> list[str]:
        """All tickets kept."""
        return list(self._stored)

    def discard(self, name: str) -> None:
        """Nothing is kept of a ticket any more: it is forgotten, or its log is empty."""
        self._stored.pop(name, None)
        self._overdue.discard(name)

    def _schedule(self, name: str, last_us: int) -> None:
        if self._horizon_us and not is_customer(name):
            self._due.setdefault((last_us + self._horizon_us) // _HOUR_US + 1, []).append(name)

    def expire(self, now_us: int) -> Iterator[str | None]:
        """Forget settled tickets whose last event is older than the horizon: their names, None for each that stays.

        Exhaust it before anything else is done.
        """
        this_hour = now_us // _HOUR_US
        for hour in [hour for hour in self._due if hour <= this_hour]:
            for name in dict.fromkeys(self._due.pop(hour)):
                yield name if self._is_forgotten(name, this_hour) else None

    def _is_forgotten(self, name: str, this_hour: int) -> bool:
        row = self._stored.get(name)
        if row is None:
            return False
        head = decode_head(row)
        due = (head.last_us + self._horizon_us) // _HOUR_US + 1
        if due > this_hour:
            self._due.setdefault(due, []).append(name)
            held = self._warm.get(name) or self._cooling.get(name)
            if held is not None:
                # Of two events with one id the earlier one may stay: then it has to be asked sooner again.
                held.scheduled_us = head.last_us
            return False
        if not head.is_at_rest:
            self._overdue.add(name)
            return False
        del self._stored[name]
        self.forget(name)
        return True

    def __iter__(self) -> Iterator[tuple[str, list[Event]]]:
        """Every ticket as stored: its name and its log."""
        for name, row in self._stored.items():
            yield name, decode_log(decode_head(row).log)

    def __len__(self) -> int:
        """Number of tickets kept."""
        return len(self._stored)
