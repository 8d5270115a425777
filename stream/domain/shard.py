"""The state of one source partition, as a pure machine: events go in, changed rows come out.

``fold`` puts an event into its ticket's log. ``settle`` derives the facts of every ticket touched since the last
time, moves the difference into panes, levels and counters, and gives all that changed. Whoever owns the shard
writes these changes, the position and the outputs in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from stream.domain.admission import Admission
from stream.domain.cells import Cells
from stream.domain.counters import Counters
from stream.domain.definitions import Definitions
from stream.domain.events import Event, TicketCreated
from stream.domain.facts import Fact, Facts, changes
from stream.domain.full_ticket import left_out_of_full
from stream.domain.levels import Levels
from stream.domain.limits import Limits
from stream.domain.log import Insertion, clash_of, insert, place
from stream.domain.panes import PaneKey, Panes
from stream.domain.rejections import Rejected
from stream.domain.segments import Segment
from stream.domain.tickets import LevelRow, Ticket, Tickets
from stream.domain.timeline import Timeline, is_read
from stream.domain.windows import PanePlan

_UNBOUNDED_US: Final = 1 << 62


class ShardRules(Struct, frozen=True):
    """All that decides what a shard makes of its events; two shards with equal rules make the same of the same.

    ``counted``: measures with a Prometheus counter, and whether their amounts are spans. ``tells_starts``: now is told
    by events, so that the roll-up's may be ahead of the shard's (see `levels`).
    """

    facts_of: Callable[[Timeline, Definitions], Facts]
    counted: Mapping[str, bool]
    definitions: Definitions
    plan: PanePlan
    limits: Limits
    reopen_horizon_seconds: int
    tells_starts: bool = False


class Changes(Struct):
    """What a settlement changed; None marks what is gone. Facts come as (ticket, fact key, fact or None).

    ``too_late_for_windows``: new facts so old that no pane keeps their time any more.
    """

    tickets: list[tuple[str, bytes | None]]
    facts: list[tuple[str, str, Fact | None]]
    panes: list[tuple[PaneKey, Cells | None]]
    levels: list[tuple[Segment, Cells | None]]
    counters: list[tuple[Segment, Cells]]
    segments: list[Segment] | None
    too_late_for_windows: int = 0

    def __bool__(self) -> bool:
        """True when there is anything to write."""
        return bool(self.tickets or self.panes or self.levels)


class Shard:
    """See the module's text. ``newest_us`` is the highest event time folded (see `fold`), 0 before the first."""

    def __init__(self, rules: ShardRules) -> None:
        self.rules = rules
        self.newest_us = 0
        self.panes = Panes(rules.plan)
        self.levels = Levels(rules.definitions.lost_after_us, tells_starts=rules.tells_starts)
        self.counters = Counters(rules.counted)
        self.admission = Admission(rules.limits.max_segments)
        self._horizon_us = rules.reopen_horizon_seconds * 1_000_000
        self.tickets = Tickets(self._facts_of_log, self._horizon_us)
        self._max_events = rules.limits.max_events_per_ticket
        self._touched: dict[str, Ticket] = {}
        self._opened: list[str] = []
        self._clashes: list[tuple[str, str, str]] = []
        self._restored_levels: dict[str, tuple[LevelRow, ...]] = {}

    def _facts_of_log(self, log: Sequence[Event]) -> Facts:
        definitions = self.rules.definitions
        return self.rules.facts_of(Timeline(log, definitions), definitions)

    def fold(self, name: str, event: Event, latest_us: int = _UNBOUNDED_US) -> Insertion | Rejected:
        """Put an event into the log of ticket ``name``. Rejected: too late to be judged, or far too many.

        ``latest_us`` bounds ``newest_us``: an event dated later is counted, but makes no other too late.
        """
        time_us = event.time_us
        ticket = self._touched.get(name)
        if ticket is None:
            ticket = self.tickets.get(name)
            if ticket is None:
                floor_seconds = max(0, self.newest_us - self._horizon_us) // 1_000_000 if self._horizon_us else 0
                if self._horizon_us and time_us < self.newest_us - self._horizon_us:
                    return Rejected("too_late", "time: older than the reopen horizon, and the ticket is not known")
                ticket = Ticket([], {}, floor_seconds)
                self.tickets.warm(name, ticket)
                self._opened.append(name)
        if time_us < ticket.floor_us:
            return Rejected("too_late", "time: older than the reopen horizon was when the ticket became known")
        if event.uid in ticket.uids:
            insertion = insert(ticket.log, event)
            if insertion is Insertion.CONFLICT:
                ticket.is_current = False
                self._touched[name] = ticket
        else:
            if len(ticket.log) >= self._max_events and (
                left_out := left_out_of_full(ticket.log, event, self._max_events)
            ):
                return left_out
            ticket.uids.add(event.uid)
            place(ticket.log, event)
            insertion = Insertion.ADDED
            if is_read(event, ticket.log[0]):
                ticket.is_current = False
            self._touched[name] = ticket
            if type(event) is TicketCreated and (clash := clash_of(ticket.log, event)):
                self._clashes.append((name, *clash))
        if time_us > self.newest_us and latest_us > self.newest_us:
            self.newest_us = time_us if time_us < latest_us else latest_us
        return insertion

    def settle(self, now_us: int) -> Changes:
        """Book what has changed since the last settlement. ``now_us`` decides which panes are still kept."""
        touched, self._touched = self._touched, {}
        now_seconds = now_us // 1_000_000
        ticket_rows: list[tuple[str, bytes | None]] = []
        fact_rows: list[tuple[str, str, Fact | None]] = []
        too_late = 0
        definitions, facts_of = self.rules.definitions, self.rules.facts_of
        for name, ticket in touched.items():
            if ticket.is_current:
                ticket_rows.append((name, self.tickets.store(name, ticket)))
                continue
            after = facts_of(Timeline(ticket.log, definitions), definitions)
            for key, old, new in changes(ticket.facts, after):
                if old is not None:
                    self._book(name, old, -1, now_seconds)
                # A fact that keeps its time changed for another reason than an event that came late.
                if new is not None and not self._book(name, new, 1, now_seconds):
                    too_late += old is None or old.time_us != new.time_us
                if not (new or old).level:  # type: ignore[union-attr]  # one of the two is a fact
                    fact_rows.append((name, key, new))
            ticket.facts = after
            ticket.is_current = True
            ticket_rows.append((name, self.tickets.store(name, ticket)))
        self.levels.advance(now_us)
        pane_rows = list(self.panes.take_changed())
        return Changes(
            ticket_rows,
            fact_rows,
            pane_rows,
            list(self.levels.take_changed()),
            list(self.counters.take_changed()),
            self.admission.take_changed(),
            too_late,
        )

    def _book(self, name: str, fact: Fact, sign: int, now_seconds: int) -> bool:
        segment = self.admission(fact.segment)
        if not fact.level:
            self.counters.book(fact, segment, sign)
            return self.panes.book(fact, segment, sign, now_seconds)
        for booking in fact.bookings:
            if sign > 0:
                self.levels.enter(booking.measure, segment, name, fact.time_us)
            else:
                self.levels.leave(booking.measure, segment, name)
        return True

    def expire(self, now_us: int) -> Changes:
        """Forget what no window and no late event can need any more."""
        tickets = [(name, None) for name in self.tickets.expire(min(now_us, self.newest_us))]
        panes = [(key, None) for key in self.panes.expire(now_us // 1_000_000)]
        return Changes([*tickets], [], [*panes], [], [], None)

    def take_opened(self) -> list[str]:
        """Tickets first seen since the last call."""
        opened, self._opened = self._opened, []
        return opened

    def take_clashes(self) -> list[tuple[str, str, str]]:
        """Tickets created by a second source since the last call: name, source of before, new source."""
        clashes, self._clashes = self._clashes, []
        return clashes

    def restore_ticket(self, name: str, row: bytes | None) -> None:
        """Apply a ticket row of the changelog, None being a tombstone."""
        if row is None:
            self.tickets.discard(name)
            self._restored_levels.pop(name, None)
        else:
            self._restored_levels[name] = self.tickets.restore(name, row).levels
            if not self._restored_levels[name]:
                del self._restored_levels[name]

    def restore_pane(self, key: PaneKey, cells: Cells | None) -> None:
        """Apply a pane row of the changelog, None being a tombstone."""
        if cells is None:
            self.panes.discard(key)
        else:
            self.panes.restore(key, cells)

    def finish_restore(self) -> None:
        """Call once all rows of the changelog have been applied."""
        for name, levels in self._restored_levels.items():
            for level in levels:
                self.levels.enter(level.measure, self.admission(level.segment), name, level.since_us)
        self._restored_levels = {}
        self.levels.mark_all_changed()
