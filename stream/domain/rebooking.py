"""Rebooking: a shard that was stored under other rules becomes what it would be, had it been built under these.

A ticket is its log, and facts are a pure function of it. So what a changed rule has touched is taken out of panes and
levels, and booked anew from all logs that are stored; all else stays as it is, and so keeps what was given by tickets
that are forgotten by now. What no log holds any more cannot be booked anew: windows longer than the reopen horizon
begin with what the logs hold.

Counters never go back. Of a measure that was counted before they go on from where they are; of a new one they begin
with what the logs hold; of one that is gone they are gone. Where segments are told apart in another way, all begin
anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stream.domain.changes import Changes
from stream.domain.counters import RETRACTED
from stream.domain.derivation import Derivation, FactSource
from stream.domain.facts import Fact, Facts, check_fact
from stream.domain.parts import Part, Parts, differing, last_answers_part
from stream.domain.segments import Segment
from stream.domain.shard import Shard
from stream.domain.subjects import is_customer
from stream.domain.ticket_rows import LevelRow, TicketHead, decode_log, with_levels
from stream.domain.timeline import ALL_CHANGED, timeline_of
from stream.domain.windows import EVER_SECONDS

_CLOCKS_SECONDS: Final = 60
"""The owner before may have been so far ahead when it let panes go."""


class Rebooking:
    """What is to be done with ``shard``, in which all stored rows have been put back, and no levels yet.

    ``before``: the rules it was stored under; None where nobody knows: then all is booked anew. ``after``: those it
    has. The order: `Shard.finish_restore` with ``kept``, `lose_steps`, `book_steps` until all tickets are through,
    `close_steps`. ``kinds``: facts that may have been told and hold no more (None: any). ``changed``: metrics.
    """

    def __init__(self, shard: Shard, before: Parts | None, after: Parts, now_us: int) -> None:
        self._shard = shard
        self._now_seconds = now_us // 1_000_000
        self.is_needed = before is None or not before.is_whole or before != after
        self.tells_segments_apart_otherwise = before is not None and before.segments != after.segments
        was_full = before is not None and len(shard.admission) >= before.max_segments < after.max_segments
        is_all = before is None or self.tells_segments_apart_otherwise or was_full
        held = {} if before is None else before.metrics
        self.changed = frozenset({*held, *after.metrics}) if is_all else differing(held, after.metrics)
        metrics = shard.rules.metrics
        self.anew = [metric for metric in metrics if metric.name in self.changed]
        kept = [metric for metric in metrics if metric.name not in self.changed]
        self._until = {} if before is None else _until(before, kept, shard, self._now_seconds)
        self._partly = [metric for metric in kept if self._reaches_further(metric)]
        self.kept = frozenset(measure.name for metric in kept for measure in metric.measures)
        """Measures that stay as they are."""
        self._number_of = {measure.name: number for number, metric in enumerate(metrics) for measure in metric.measures}
        self.kinds = None if before is None else _kinds_told(held, self.changed, after.metrics)
        self._new_counters = self._counters_to_begin(before)
        self._of_answers = [metric for metric in kept if last_answers_part(metric.name) in self.changed]
        """Metrics that stay as they are but for their last answers."""
        self._lost_answers: set[str] = set()
        metrics_read = [*self.anew, *self._partly, *self._of_answers]
        self._derivation = Derivation(metrics_read, shard.rules.definitions)
        self._names = shard.tickets.names() if metrics_read or self.kinds != frozenset() else []
        self.tickets = len(self._names)

    def _reaches_further(self, metric: FactSource) -> bool:
        return any(measure.name in of for of in self._until.values() for measure in metric.measures)

    def _counters_to_begin(self, before: Parts | None) -> frozenset[str]:
        counted = self._shard.rules.counted
        if self.tells_segments_apart_otherwise:
            known: set[str] = set()
        elif before is None:
            known = {name.removeprefix(RETRACTED) for _, cells in self._shard.counters for name in cells}
        else:
            known = {name for part in before.metrics.values() for name in part.counted}
        return (
            frozenset(measure.name for metric in self.anew for measure in metric.measures if measure.name in counted)
            - known
        )

    @property
    def tickets_left(self) -> int:
        """So many are to be looked at."""
        return len(self._names)

    def lose_steps(self, into: Changes) -> Iterator[None]:
        """Take out what is to be booked anew, and what is gone, in small steps.

        ``into`` gets all levels and last answers without it, to be written first: only rows of tickets say what was
        told of these, and those are about to change.
        """
        shard = self._shard
        into.levels += shard.levels.take_changed()
        yield from shard.panes.lose(self.kept, self._until)
        kept = {metric.name for metric in shard.rules.metrics} - self.changed
        self._lost_answers = shard.answers.lose(kept - {metric.name for metric in self._of_answers}, kept)
        into.answers += shard.answers.take_rows()
        into.last_answers += shard.answers.take_told()
        booked = {measure.name for metric in shard.rules.metrics for measure in metric.measures}
        if self.tells_segments_apart_otherwise:
            shard.admission.reset()
            booked = set()
        yield from shard.counters.lose(booked - self._new_counters)

    def book_steps(self, into: Changes) -> Iterator[str]:
        """Book what the logs say, ticket by ticket: the names. Those left are for the next call.

        ``into`` gets rows of tickets whose levels differ, and all facts of the metrics that changed.
        """
        while self._names:
            name = self._names.pop()
            head = self._shard.tickets.stored_head(name)
            try:
                facts = self._facts(head)
            except Exception as error:
                # No fact of a metric that cannot read the log is left, and none is booked.
                into.failures.append(error)
                facts = []
            self._book(name, head, facts, into)
            yield name

    def _facts(self, head: TicketHead) -> list[Facts]:
        derivation = self._derivation
        if not self.anew and not self._partly and not self._of_answers:
            return []
        timeline = timeline_of(decode_log(head.log), derivation.plan)
        facts = derivation.facts(timeline, ALL_CHANGED, derivation.nothing)
        dimensions = len(self._shard.rules.definitions.dimensions)
        for of_metric in facts:
            for fact in of_metric.values():
                check_fact(fact, dimensions)
        return facts

    def _book(self, name: str, head: TicketHead, facts: list[Facts], into: Changes) -> None:
        shard, now_seconds, anew = self._shard, self._now_seconds, len(self.anew)
        partly = len(self._partly)
        entered: list[tuple[LevelRow, Segment]] = []
        # What the derived topic says is of tickets.
        told = None if is_customer(name) else into.facts
        for number, of_metric in enumerate(facts):
            for key, fact in of_metric.items():
                segment = shard.admission.admit(fact.segment)
                if number >= anew + partly:
                    self._take_in(name, key, fact, segment)
                elif number >= anew:
                    if not fact.level:
                        shard.panes.book_before(fact, segment, self._until, now_seconds)
                elif fact.level:
                    entered += [
                        (LevelRow(booking.name, fact.segment, fact.time_us), segment) for booking in fact.bookings
                    ]
                else:
                    shard.panes.book(fact, segment, 1, now_seconds)
                    if self._new_counters:
                        self._count(fact, segment)
                    self._take_in(name, key, fact, segment)
                    if told is not None:
                        told.append((name, key, fact))
        for level, segment in entered:
            shard.levels.enter(level.measure, segment, name, level.since_us)
        if entered or head.levels:
            self._keep_levels(name, head, [level for level, _ in entered], into)
        row = shard.answers.take_row(name)
        if row is not None or name in self._lost_answers:
            into.answers.append((name, row))

    def _take_in(self, name: str, key: str, fact: Fact, segment: Segment) -> None:
        answers = self._shard.answers
        if not fact.level and fact.bookings and fact.bookings[0].measure.name in answers.heads:
            answers.book(name, key, fact, segment, 1)

    def _count(self, fact: Fact, segment: Segment) -> None:
        new = tuple([booking for booking in fact.bookings if booking.name in self._new_counters])
        if new:
            self._shard.counters.book(Fact(fact.time_us, fact.segment, new), segment, 1)

    def _keep_levels(self, name: str, head: TicketHead, entered: list[LevelRow], into: Changes) -> None:
        levels = [level for level in head.levels if level.measure in self.kept] + entered
        # As who builds the ticket from nothing has them: the same state has the same rows.
        levels.sort(key=lambda level: self._number_of[level.measure])
        if len(levels) != len(head.levels) or any(level not in head.levels for level in levels):
            row = with_levels(head, levels)
            self._shard.tickets.replace(name, row)
            into.tickets.append((name, row))

    def close_steps(self, now_us: int, into: Changes) -> Iterator[None]:
        """Give all that has changed but tickets and facts, once all of them are through, in small steps."""
        foreign, self._shard.panes.foreign = self._shard.panes.foreign, set()
        into.panes += [(key, None) for key in foreign]
        self._shard.levels.advance(now_us)
        yield from self._shard.take_steps(into)


def _kinds_told(before: dict[str, Part], changed: frozenset[str], after: dict[str, Part]) -> frozenset[str]:
    """Those of metrics that were there; a new one of which something was half booked is such a one."""
    return frozenset(
        kind
        for name in changed
        if name in before
        for part in (before[name], after.get(name, before[name]))
        for kind in part.facts
    )


def _until(before: Parts, kept: list[FactSource], shard: Shard, now_seconds: int) -> dict[int, dict[str, int]]:
    """By width and measure: where panes are now kept for longer, up to where they were not, or not whole."""
    plan, old = shard.rules.plan, before.plan
    until: dict[int, dict[str, int]] = {}
    for width in plan.widths:
        for measure in (measure.name for metric in kept for measure in metric.measures):
            had = old.kept_seconds(width, measure)
            if plan.kept_seconds(width, measure) > had:
                until.setdefault(width, {})[measure] = now_seconds - had + _CLOCKS_SECONDS if had else EVER_SECONDS
    return until
