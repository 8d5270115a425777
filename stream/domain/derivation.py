"""What follows from a ticket's log: its facts, by metric, what they change, and the row that is to be stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, TypeAlias

from stream.compiled import mypyc_attr
from stream.domain.definitions import Definitions
from stream.domain.events import Event
from stream.domain.facts import Fact, Facts, check_fact
from stream.domain.log import ADDED
from stream.domain.measures import Measure
from stream.domain.readers.reader import Reader
from stream.domain.segments import Segment
from stream.domain.statements import NOTHING, READ_FOR_THEM, Stated, Statements, differing, statements_of
from stream.domain.ticket import Row, Ticket
from stream.domain.ticket_rows import NO_LEVELS, encode
from stream.domain.timeline import ALL_CHANGED, BELONGING, EVERYBODYS, ReadingPlan, Timeline, bits_of, timeline_of

Change: TypeAlias = tuple[str, Fact | None, Fact | None]
"""Key of a fact, the fact to retract and the fact to book."""


_NOT_STATED: Final[list[Stated]] = []


class FactSource(Protocol):
    """What a metric is here: what it books, the readers it uses, and the function that gives a ticket's facts."""

    @property
    def name(self) -> str:
        """No other has it."""

    @property
    def subject(self) -> str:
        """Whose logs it looks at (`stream.domain.subjects`)."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """All that its facts book."""

    @property
    def reads(self) -> tuple[type[Reader], ...]:
        """See `stream.metrics.spec`."""

    @property
    def facts(self) -> Callable[[Timeline, Definitions, Facts], None]:
        """The same."""


@mypyc_attr(acyclic=True)
class Derived:
    """All that settling a ticket needs, before anything is booked. ``facts``: by metric.

    ``statements``: all that hold. ``stated``: how they differ from those that held before.
    """

    __slots__ = ("changes", "facts", "row", "stated", "statements", "timeline")

    def __init__(
        self,
        timeline: Timeline,
        facts: list[Facts],
        changes: list[Change],
        row: Row,
        statements: Statements,
        stated: list[Stated],
    ) -> None:
        self.timeline = timeline
        self.facts = facts
        self.changes = changes
        self.row = row
        self.statements = statements
        self.stated = stated


class Derivation:
    """For the metrics in use; a reader that none of them names is told nothing. ``nothing``: facts of an empty log.

    ``makes_statements``: whether customers are to hear of their tickets.
    """

    __slots__ = ("_books", "_definitions", "_dimensions", "_needs", "_none", "_states_on", "nothing", "plan")

    def __init__(
        self, metrics: Sequence[FactSource], definitions: Definitions, *, makes_statements: bool = False
    ) -> None:
        self._definitions = definitions
        self._dimensions = len(definitions.dimensions)
        self._books = [metric.facts for metric in metrics]
        self._needs = [bits_of((*metric.reads, *BELONGING[metric.subject])) for metric in metrics]
        self._none: Facts = {}
        self.nothing: list[Facts] = [self._none for _ in metrics]
        read_for_statements = READ_FOR_THEM if makes_statements else ()
        self._states_on = bits_of((*read_for_statements, *EVERYBODYS)) if makes_statements else 0
        """Readers of which one has to change before what is stated can; none where nothing is."""
        reads = [reader for metric in metrics for reader in metric.reads]
        self.plan = ReadingPlan(definitions, [*reads, *read_for_statements])

    def facts(self, timeline: Timeline, changed: int, before: list[Facts]) -> list[Facts]:
        """Facts of a log, by metric. Of metrics whose readers did not change they are those ``before``."""
        if timeline.lifecycle.excluded:
            return self.nothing
        after: list[Facts] = []
        for number, needs in enumerate(self._needs):
            if needs & changed:
                found: Facts = {}
                self._books[number](timeline, self._definitions, found)
                after.append(found or self._none)
            else:
                after.append(before[number])
        return after

    def statements(self, name: str, timeline: Timeline, changed: int, before: Statements) -> Statements:
        """What the log of ``name`` states. Where no reader changed that matters, what it stated ``before``."""
        return statements_of(name, timeline) if changed & self._states_on else before

    def next_of(self, name: str, ticket: Ticket) -> Derived:
        """What follows from a ticket as it is; its timeline is told what came since it was last settled."""
        timeline = ticket.timeline
        if ticket.is_rewritten or (timeline is None and ticket.row.content):
            return self.anew(name, ticket, ticket.open())
        if timeline is None:
            # Of readers that are told nothing there is no fact: whose log it is decides which metrics are asked.
            timeline = Timeline(self.plan)
        for event, insertion, _ in ticket.arrivals:
            if insertion is ADDED:
                timeline.read(event)
        changed = timeline.finish()
        if not changed:
            row = ticket.next_row(ticket.row.levels)
            return Derived(timeline, ticket.facts, [], row, ticket.statements, _NOT_STATED)
        after = self.facts(timeline, changed, ticket.facts)
        found = _changes(ticket.facts, after, self._dimensions)
        row = ticket.next_row(_levels(found, after, ticket.row.levels))
        return self._with_statements(name, ticket, Derived(timeline, after, found, row, NOTHING, _NOT_STATED), changed)

    def _with_statements(self, name: str, ticket: Ticket, derived: Derived, changed: int) -> Derived:
        before = ticket.statements
        after = derived.statements = self.statements(name, derived.timeline, changed, before)
        if after is not before:
            derived.stated = differing(before, after)
        return derived

    def anew(self, name: str, ticket: Ticket, log: list[Event]) -> Derived:
        """What follows from ``log``, read from its beginning, for a ticket whose facts are booked as it says."""
        timeline = timeline_of(log, self.plan)
        after = self.facts(timeline, ALL_CHANGED, self.nothing)
        found = _changes(ticket.facts, after, self._dimensions)
        row = ticket.row_of(log, levels_of(after))
        derived = Derived(timeline, after, found, row, NOTHING, _NOT_STATED)
        return self._with_statements(name, ticket, derived, ALL_CHANGED)


def levels_of(facts: Iterable[Facts]) -> bytes:
    """The levels that a ticket with these facts is in, as its row says them."""
    levels = [
        (booking.name, fact.segment, fact.time_us)
        for of_metric in facts
        for fact in of_metric.values()
        if fact.level
        for booking in fact.bookings
    ]
    return encode(levels) if levels else NO_LEVELS


def _levels(changes: Sequence[Change], facts: Iterable[Facts], before: bytes) -> bytes:
    for _, old, new in changes:
        if (old is not None and old.level) or (new is not None and new.level):
            return levels_of(facts)
    return before


def _changes(before: Sequence[Facts], after: Sequence[Facts], dimensions: int) -> list[Change]:
    """Keys whose fact differs, checked: first those that there are, in the order of the metrics, then those gone."""
    found: list[Change] = []
    gone: list[Change] = []
    fitting: Segment | None = None
    for number, facts in enumerate(after):
        held = before[number]
        if facts is held:
            continue
        count = len(found)
        for key, fact in facts.items():
            old = held.get(key)
            if old is None or old != fact:
                check_fact(fact, dimensions, fitting)
                fitting = fact.segment
                found.append((key, old, fact))
        # Equal where facts were only added, which is what most events do.
        if len(held) + len(found) - count != len(facts):
            gone += [(key, old, None) for key, old in held.items() if key not in facts]
    return found + gone if gone else found
