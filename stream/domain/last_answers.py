"""The last answers of one shard, by metric and segment: so many of the newest are told to the roll-up.

Any answer may be taken back as long as its ticket is known, and then the next older one is among the last: so all
answers of tickets that are known are held. Of a ticket that is forgotten nothing is taken back any more: of those
answers the newest so many are enough, and others are let go.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Container, Iterator
from typing import Final, TypeAlias

import msgspec

from stream.compiled import mypyc_attr
from stream.domain.answers import Families, entry_of, joined
from stream.domain.facts import Fact
from stream.domain.segments import Segment

Held: TypeAlias = tuple[str, Segment, bytes]
"""Metric, segment and answer."""

Place: TypeAlias = tuple[str, Segment]

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(tuple[list[tuple[str, str, bytes]], list[tuple[str, str, bytes]]]).decode


@mypyc_attr(acyclic=True)
class LastAnswers:
    """``most``: so many are told; ``families``: of which metrics. ``heads``: by the first measure, the metric."""

    __slots__ = ("_closed", "_families", "_final", "_live", "_most", "_names", "_order", "_places", "heads")

    def __init__(self, most: int, families: Families) -> None:
        self._most = most
        self._families = dict(families)
        self.heads: dict[str, str] = {measures[0]: name for name, measures in families.items()} if most else {}
        self._order: dict[Place, list[bytes]] = {}
        """Oldest first."""
        self._live: dict[str, list[Held]] = {}
        """By ticket that is known."""
        self._closed: dict[str, list[Held]] = {}
        """By ticket that is forgotten. It may become known again, and then has answers of both kinds."""
        self._final: dict[Place, list[tuple[bytes, str]]] = {}
        """The same by place, with the ticket; oldest first, at most `most` of them."""
        self._names: set[str] = set()
        self._places: set[Place] = set()

    def book(self, ticket: str, key: str, fact: Fact, segment: Segment, sign: int) -> None:
        """Take in (1) or back (-1) the answer that ``fact`` is; its first measure is one of `heads`.

        One that is not there was not taken in under the rules of then: that is no harm. Nothing is raised.
        """
        family = self.heads[fact.bookings[0].measure.name]
        entry = entry_of(ticket, key, fact, self._families[family])
        held = (family, segment, entry)
        if sign > 0:
            self._live.setdefault(ticket, []).append(held)
            self._put((family, segment), entry)
        else:
            mine = self._live.get(ticket, [])
            if held not in mine:
                return
            mine.remove(held)
            if not mine:
                del self._live[ticket]
            self._drop((family, segment), entry)
        self._names.add(ticket)

    def _put(self, place: Place, entry: bytes) -> None:
        order = self._order.setdefault(place, [])
        insort(order, entry)
        self._note(place, order, entry)

    def _drop(self, place: Place, entry: bytes) -> None:
        order = self._order[place]
        self._note(place, order, entry)
        del order[bisect_left(order, entry)]
        if not order:
            del self._order[place]

    def _note(self, place: Place, order: list[bytes], entry: bytes) -> None:
        if self._most and order[max(0, len(order) - self._most)] <= entry:
            self._places.add(place)

    def close(self, ticket: str) -> None:
        """The ticket is forgotten."""
        held = self._live.pop(ticket, None)
        if held is None:
            return
        self._names.add(ticket)
        self._closed.setdefault(ticket, []).extend(held)
        for family, segment, entry in held:
            place = (family, segment)
            final = self._final.setdefault(place, [])
            insort(final, (entry, ticket))
            while len(final) > self._most:
                oldest, other = final.pop(0)
                self._let_go(other, (family, segment, oldest))
                self._drop(place, oldest)

    def _let_go(self, ticket: str, held: Held) -> None:
        closed = self._closed[ticket]
        closed.remove(held)
        if not closed:
            del self._closed[ticket]
        self._names.add(ticket)

    def take_rows(self) -> Iterator[tuple[str, bytes | None]]:
        """Tickets whose answers changed since they were last taken, and the row that is stored; None: it has none."""
        names, self._names = self._names, set()
        for name in sorted(names):
            yield name, self._row(name)

    def take_row(self, ticket: str) -> bytes | None:
        """The same of one ticket."""
        self._names.discard(ticket)
        return self._row(ticket)

    def rows(self) -> Iterator[tuple[str, bytes | None]]:
        """All tickets that have any, and the row that is stored of each."""
        for name in sorted({*self._live, *self._closed}):
            yield name, self._row(name)

    def _row(self, ticket: str) -> bytes | None:
        live, closed = self._live.get(ticket, []), self._closed.get(ticket, [])
        return _encode((sorted(live), sorted(closed))) if live or closed else None

    def restore(self, ticket: str, row: bytes | None) -> None:
        """Put back what was stored of a ticket; None: it has none any more."""
        for family, segment, entry in (*self._live.pop(ticket, ()), *self._closed.pop(ticket, ())):
            self._drop((family, segment), entry)
        if row is not None:
            live, closed = _decode(row)
            for held in (live, closed):
                for family, segment, entry in held:
                    self._put((family, segment), entry)
            if live:
                self._live[ticket] = live
            if closed:
                self._closed[ticket] = closed

    def finish_restore(self) -> None:
        """All rows have been put back: they are what was told."""
        self._final = {}
        for ticket, closed in self._closed.items():
            for family, segment, entry in closed:
                self._final.setdefault((family, segment), []).append((entry, ticket))
        for final in self._final.values():
            final.sort()
        self._places.clear()

    def lose(self, kept: Container[str], kept_closed: Container[str]) -> set[str]:
        """Let go the answers of all metrics but ``kept``, and those of forgotten tickets of all but ``kept_closed``.

        Gives the tickets that had any. Those that are known have to be booked anew, and their rows written, by the
        caller.
        """
        lost: set[str] = set()
        self._places.update(place for place in self._order if place[0] not in kept)
        for of_tickets, staying in ((self._live, kept), (self._closed, kept_closed)):
            for ticket, held in [*of_tickets.items()]:
                left = [one for one in held if one[0] in staying]
                if len(left) == len(held):
                    continue
                lost.add(ticket)
                if of_tickets is self._closed:
                    self._names.add(ticket)
                for family, segment, entry in held:
                    if family not in staying:
                        self._drop((family, segment), entry)
                if left:
                    of_tickets[ticket] = left
                else:
                    del of_tickets[ticket]
        self._final = {place: final for place, final in self._final.items() if place[0] in kept_closed}
        return lost

    def take_told(self) -> Iterator[tuple[Place, bytes | None]]:
        """Places where the last answers changed since they were last taken, and those; None: there are none."""
        places, self._places = self._places, set()
        for place in sorted(places):
            yield place, self._told(place)

    def told(self) -> Iterator[tuple[Place, bytes]]:
        """All of them."""
        for place in self._order:
            told = self._told(place)
            if told is not None:
                yield place, told

    def _told(self, place: Place) -> bytes | None:
        order = self._order.get(place)
        if not order or place[0] not in self._families or not self._most:
            return None
        return joined(order[-self._most :])

    def __len__(self) -> int:
        """Answers that are held."""
        return sum(len(order) for order in self._order.values())
