"""Moving: once there are more shards, each ticket goes to the shard of its key.

A ticket that goes is taken out of panes, levels and last answers of the one shard, and booked in those of the other.
All else stays where it is: what tickets gave that are forgotten by now, and the counters, which never go back. So the
shards together hold what they held before, to the last digit, and each ticket is where its next event will come.

Of a ticket parts may lie in two shards, as its events came to two partitions. They become one log, and one ticket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from stream.domain.changes import Changes
from stream.domain.derivation import Derivation, levels_of
from stream.domain.events import Event
from stream.domain.facts import Facts
from stream.domain.log import insert
from stream.domain.shard import Shard
from stream.domain.ticket import Ticket
from stream.domain.ticket_rows import LevelRow, TicketHead, decode_head, decode_log
from stream.domain.timeline import ALL_CHANGED, timeline_of

_NO_FACTS: Final[Facts] = {}


class Moved(Struct, frozen=True):
    """A ticket that has come home: what was told of it ``before``, by the shard that told it, and what holds now."""

    name: str
    home: int
    before: dict[int, Facts]
    after: Facts


class Moving:
    """``shards``: all that there are to be, by number, under the same rules; those of before are restored, the others
    empty. ``home_of``: number of the shard that a ticket of this name belongs to. ``now_us``: by number, what time it
    is for each of them, which decides what panes it keeps: what it books now it is to take back later.

    ``tickets``: all; ``leaving``: of these. ``merged_total``: tickets that were in two shards. ``failures``: of tickets
    whose log some metric cannot read: they move, and what is booked for them stays where it is.
    """

    def __init__(self, shards: Mapping[int, Shard], home_of: Callable[[str], int], now_us: Mapping[int, int]) -> None:
        self._shards = shards
        self._home_of = home_of
        self._now_seconds = {number: now // 1_000_000 for number, now in now_us.items()}
        rules = next(iter(shards.values())).rules
        self._derivation = Derivation(rules.metrics, rules.definitions)
        self._leaving = [
            (name, number, home)
            for number, shard in shards.items()
            for name in shard.tickets.names()
            if (home := home_of(name)) != number
        ]
        # Each is told of all who are to be forgotten, and looks through its logs again: tickets come from everywhere.
        for digest in {digest for shard in shards.values() for digest in shard.forgotten.digests}:
            for shard in shards.values():
                shard.restore_forgotten(digest, False)
        self.tickets = sum(len(shard.tickets) for shard in shards.values())
        self.leaving = len(self._leaving)
        self.merged_total = 0
        self.failures: list[Exception] = []

    def staying(self, is_wanted: Callable[[str, int], bool]) -> Iterator[Moved]:
        """Of tickets that are at home already, those that are wanted: name and shard. Before the first has moved."""
        for number, shard in self._shards.items():
            for name in shard.tickets.names():
                if is_wanted(name, number) and self._home_of(name) == number:
                    facts = self._facts_of(decode_log(shard.tickets.stored_head(name).log))
                    yield Moved(name, number, {number: facts}, facts)

    def steps(self) -> Iterator[Moved]:
        """Move one ticket after the other."""
        for name, number, home in self._leaving:
            yield self._move(name, number, home)

    def _move(self, name: str, number: int, home: int) -> Moved:
        old, new = self._shards[number], self._shards[home]
        row, held = old.tickets.stored_row(name), new.tickets.stored_row(name)
        assert row is not None
        head = decode_head(row)
        log = decode_log(head.log)
        facts = self._facts_of(log)
        self._take_out(number, name, head, facts)
        if held is None:
            self._put(home, name, row, head.levels, facts)
            return Moved(name, home, {number: facts}, facts)
        self.merged_total += 1
        for fact in facts.values():
            if not fact.level:
                old.counters.book(fact, old.admission.admit(fact.segment), -1)
        return self._merge(Moved(name, home, {number: facts}, {}), log, decode_head(held), head.floor_seconds)

    def _merge(self, moved: Moved, log: list[Event], held: TicketHead, floor_seconds: int) -> Moved:
        """Put a log together with the one that its home holds of the same ticket."""
        name, shard = moved.name, self._shards[moved.home]
        together = decode_log(held.log)
        before = self._facts_of(together)
        self._take_out(moved.home, name, held, before)
        for event in log:
            insert(together, event)
        after = self._facts_of(together)
        levels = tuple(
            LevelRow(booking.measure.name, fact.segment, fact.time_us)
            for fact in after.values()
            if fact.level
            for booking in fact.bookings
        )
        ticket = Ticket(self._derivation.nothing, max(floor_seconds, held.floor_seconds))
        self._put(moved.home, name, ticket.row_of(together, levels_of([after])).content, levels, after)
        for key in before.keys() | after.keys():
            for fact, sign in ((before.get(key), -1), (after.get(key), 1)):
                if fact is not None and not fact.level and before.get(key) != after.get(key):
                    shard.counters.book(fact, shard.admission.admit(fact.segment), sign)
        return Moved(name, moved.home, {**moved.before, moved.home: before}, after)

    def _facts_of(self, log: list[Event]) -> Facts:
        derivation = self._derivation
        try:
            facts = derivation.facts(timeline_of(log, derivation.plan), ALL_CHANGED, derivation.nothing)
        except Exception as error:
            self.failures.append(error)
            return _NO_FACTS
        return {key: fact for of_metric in facts for key, fact in of_metric.items()}

    def _take_out(self, number: int, name: str, head: TicketHead, facts: Facts) -> None:
        shard = self._shards[number]
        self._book(number, name, facts, -1)
        for level in head.levels:
            shard.levels.leave(level.measure, shard.admission.admit(level.segment), name)
        shard.tickets.discard(name)

    def _put(self, number: int, name: str, row: bytes, levels: tuple[LevelRow, ...], facts: Facts) -> None:
        shard = self._shards[number]
        self._book(number, name, facts, 1)
        for level in levels:
            shard.levels.enter(level.measure, shard.admission.admit(level.segment), name, level.since_us)
        shard.tickets.restore(name, row)

    def _book(self, number: int, name: str, facts: Facts, sign: int) -> None:
        shard, now_seconds = self._shards[number], self._now_seconds[number]
        for key, fact in facts.items():
            if fact.level:
                continue
            segment = shard.admission.admit(fact.segment)
            shard.panes.book(fact, segment, sign, now_seconds)
            if fact.bookings and fact.bookings[0].measure.name in shard.answers.heads:
                shard.answers.book(name, key, fact, segment, sign)


def all_of(shard: Shard, now_us: int) -> Changes:
    """All that a shard holds, as changes from nothing."""
    held = Changes()
    for _ in shard.panes.take_changed():
        pass  # what has come to nothing is gone with it
    tickets = shard.tickets
    held.tickets = [(name, tickets.stored_row(name)) for name in tickets.names()]
    held.panes = [*shard.panes.rows()]
    shard.levels.advance(now_us)
    shard.levels.mark_all_changed()
    held.levels = [(segment, cells) for segment, cells in shard.levels.take_changed() if cells is not None]
    held.members = [(key, members) for key, members in shard.levels.take_listed() if members is not None]
    held.answers = list(shard.answers.rows())
    held.last_answers = list(shard.answers.told())
    held.counters = [(segment, cells) for segment, cells in shard.counters if cells]
    held.segments = list(shard.admission)
    unsought = {*shard.forgotten.unsought}
    held.forgotten = [(digest, digest not in unsought) for digest in shard.forgotten.digests]
    return held
