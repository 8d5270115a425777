"""The state of one source partition, as a pure machine: events go in, changed rows come out.

``fold`` puts an event into its ticket's log. ``settle`` derives the facts of every ticket touched since the last
time, moves the difference into panes, levels and counters, and gives all that changed. Whoever owns the shard
writes these changes, the position and the outputs in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from msgspec import Struct, field

from stream.domain.admission import Admission
from stream.domain.cells import Cells
from stream.domain.counters import Counters
from stream.domain.culprits import Culprits
from stream.domain.definitions import Definitions
from stream.domain.events import Event, TicketCreated
from stream.domain.facts import Fact, Facts, changes, check_fact
from stream.domain.full_ticket import FEW_EVENTS, bytes_of, left_out_of_full, too_many_bytes
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
_TICKETS_A_STEP: Final = 4
_ROWS_A_STEP: Final = 64

Change: TypeAlias = tuple[str, Fact | None, Fact | None]
"""Key of a fact, the fact to retract and the fact to book."""


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

    ``too_late_for_windows``: new facts so old that no pane keeps their time any more. ``refused``: events that were
    folded and are taken out again, as their ticket could not be settled with them: where they came from, what was said
    of them, and why. ``corrections``: what was said of other events meanwhile, and is true without those. ``failures``:
    tickets that could not be settled with no new event to blame; they keep their facts.
    """

    tickets: list[tuple[str, bytes | None]]
    facts: list[tuple[str, str, Fact | None]]
    panes: list[tuple[PaneKey, Cells | None]]
    levels: list[tuple[Segment, Cells | None]]
    counters: list[tuple[Segment, Cells]]
    segments: list[Segment] | None
    too_late_for_windows: int = 0
    refused: list[tuple[object, Insertion, Exception]] = field(default_factory=list)
    corrections: list[tuple[Insertion, Insertion]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def __bool__(self) -> bool:
        """True when there is anything to write."""
        return bool(self.tickets or self.panes or self.levels)


_Derived: TypeAlias = tuple[Facts, list[Change], bytes]
"""Facts of a log, what they change, and the row to be stored."""


class Shard:
    """See the module's text. ``newest_us`` is the highest event time folded (see `fold`), 0 before the first.

    ``touched_bytes``: size, as stored, of the tickets that the next settlement writes anew.
    """

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
        self.touched_bytes = 0
        self._opened: list[str] = []
        self._clashes: list[tuple[str, str, str]] = []
        self._restored_levels: dict[str, tuple[LevelRow, ...]] = {}

    def _facts_of_log(self, log: Sequence[Event]) -> Facts:
        definitions = self.rules.definitions
        return self.rules.facts_of(Timeline(log, definitions), definitions)

    def fold(
        self, name: str, event: Event, latest_us: int = _UNBOUNDED_US, origin: object = None
    ) -> Insertion | Rejected:
        """Put an event into the log of ticket ``name``. Rejected: too late to be judged, or far too many.

        ``latest_us`` bounds ``newest_us``: an event dated later is counted, but makes no other too late. ``origin`` is
        given back should the event have to be taken out again. Whatever is raised, nothing has changed.
        """
        time_us = event.time_us
        ticket = self._touched.get(name) or self.tickets.get(name)
        is_new = ticket is None
        if ticket is None:
            floor_seconds = max(0, self.newest_us - self._horizon_us) // 1_000_000 if self._horizon_us else 0
            if self._horizon_us and time_us < self.newest_us - self._horizon_us:
                return Rejected("too_late", "time: older than the reopen horizon, and the ticket is not known")
            ticket = Ticket([], {}, floor_seconds)
        if time_us < ticket.floor_us:
            return Rejected("too_late", "time: older than the reopen horizon was when the ticket became known")
        if event.uid in ticket.uids:
            insertion = insert(ticket.log, event)
            if insertion is Insertion.CONFLICT:
                ticket.is_current = False
                self._touch(name, ticket)
                ticket.arrivals.append((event, insertion, origin))
            elif ticket.arrivals:
                # It may be that what it repeats is taken out.
                ticket.arrivals.append((event, insertion, origin))
        else:
            if len(ticket.log) >= self._max_events and (
                left_out := left_out_of_full(ticket.log, event, self._max_events)
            ):
                return left_out
            if len(ticket.log) >= FEW_EVENTS:
                fresh_bytes = ticket.fresh_bytes + bytes_of(event)
                if too_large := too_many_bytes(self.tickets.stored_bytes(name), fresh_bytes):
                    return too_large
                ticket.fresh_bytes = fresh_bytes
            place(ticket.log, event)
            ticket.uids.add(event.uid)
            insertion = Insertion.ADDED
            if is_read(event, ticket.log[0]):
                ticket.is_current = False
            self._touch(name, ticket)
            ticket.arrivals.append((event, insertion, origin))
            if is_new:
                self.tickets.warm(name, ticket)
                self._opened.append(name)
            if type(event) is TicketCreated and (clash := clash_of(ticket.log, event)):
                self._clashes.append((name, *clash))
        if time_us > self.newest_us and latest_us > self.newest_us:
            self.newest_us = time_us if time_us < latest_us else latest_us
        return insertion

    def _touch(self, name: str, ticket: Ticket) -> None:
        if not ticket.arrivals:
            self._touched[name] = ticket
            self.touched_bytes += self.tickets.stored_bytes(name)

    def settle(self, now_us: int) -> Changes:
        """Book what has changed since the last settlement. ``now_us`` decides which panes are still kept."""
        settled = Changes([], [], [], [], [], None)
        for _ in self.settle_steps(now_us, settled):
            pass
        return settled

    def settle_steps(self, now_us: int, into: Changes) -> Iterator[None]:
        """`settle` in small steps; nothing may be folded before the last."""
        touched, self._touched = self._touched, {}
        self.touched_bytes = 0
        now_seconds = now_us // 1_000_000
        for count, (name, ticket) in enumerate(touched.items(), 1):
            try:
                if ticket.is_current:
                    into.tickets.append((name, self.tickets.store(name, ticket)))
                else:
                    self._settle(name, ticket, ticket.log, self._derive(ticket, ticket.log), now_seconds, into)
                ticket.arrivals.clear()
                ticket.fresh_bytes = 0
            except Exception as error:
                yield from self._settle_without_culprits(name, ticket, error, now_seconds, into)
            if not count % _TICKETS_A_STEP:
                yield
        self.levels.advance(now_us)
        for taken, rows in (
            (self.panes.take_changed(), into.panes),
            (self.levels.take_changed(), into.levels),
            (self.counters.take_changed(), into.counters),
        ):
            for count, row in enumerate(taken):
                rows.append(row)  # type: ignore[arg-type]  # each goes to the list of its own
                if not count % _ROWS_A_STEP:
                    yield
        into.segments = self.admission.take_changed()

    def _derive(self, ticket: Ticket, log: Sequence[Event]) -> _Derived:
        definitions = self.rules.definitions
        after = self.rules.facts_of(Timeline(log, definitions), definitions)
        found = changes(ticket.facts, after)
        for _, _, new in found:
            if new is not None:
                check_fact(new)
        return after, found, self.tickets.row_of(log, after, ticket.floor_seconds)

    def _settle(
        self, name: str, ticket: Ticket, log: list[Event], derived: _Derived, now_seconds: int, into: Changes
    ) -> None:
        """All of the ticket's facts are known: from here on nothing depends on a metric."""
        after, found, row = derived
        self._book_all(name, found, now_seconds, into)
        ticket.log = log
        ticket.facts = after
        ticket.is_current = True
        self.tickets.keep(name, ticket, row)
        into.tickets.append((name, row))

    def _settle_without_culprits(
        self, name: str, ticket: Ticket, error: Exception, now_seconds: int, into: Changes
    ) -> Iterator[None]:
        """Take events that came since the last settlement out again until what is left can be settled."""
        arrivals, ticket.arrivals = ticket.arrivals, []
        ticket.fresh_bytes = 0
        base = self.tickets.stored_log(name)
        if not arrivals:
            into.failures.append(error)
        search = Culprits(base, arrivals, lambda log: self._derive(ticket, log), error)
        yield from search
        try:
            if search.settled is not None:
                self._settle(name, ticket, search.log, search.settled, now_seconds, into)
            into.corrections += search.corrections()
            refused = search.refused
        except Exception as failure:
            # What is booked for the ticket is not what its log says; its facts stay as they were.
            search.log = base
            refused = [(arrival, failure) for arrival in arrivals]
        into.refused += [(origin, said, why) for (_, said, origin), why in refused]
        ticket.log = search.log
        ticket.uids = {event.uid for event in ticket.log}
        ticket.is_current = True
        if not ticket.log:
            self.tickets.forget(name)

    def _book_all(self, name: str, found: Sequence[Change], now_seconds: int, into: Changes) -> None:
        """Book all of it or nothing, and tell what the derived topic is to say."""
        too_late = 0
        admission, panes = self.admission, self.panes
        done: list[tuple[Fact, Segment, int]] = []
        told: list[tuple[str, str, Fact | None]] = []
        try:
            for key, old, new in found:
                if old is not None:
                    segment = admission(old.segment)
                    if old.level:
                        self._leave(name, old, segment)
                    else:
                        panes.book(old, segment, -1, now_seconds)
                        if new is None:
                            told.append((name, key, None))
                    done.append((old, segment, -1))
                if new is not None:
                    segment = admission(new.segment)
                    if new.level:
                        self._enter(name, new, segment)
                    else:
                        is_kept = panes.book(new, segment, 1, now_seconds)
                        if old is None or not new.reads_as(old):
                            told.append((name, key, new))
                        # A fact that keeps its time changed for another reason than an event that came late.
                        if not is_kept and (old is None or old.time_us != new.time_us):
                            too_late += 1
                    done.append((new, segment, 1))
        except Exception:
            for fact, segment, sign in reversed(done):
                if not fact.level:
                    panes.book(fact, segment, -sign, now_seconds)
                elif sign > 0:
                    self._leave(name, fact, segment)
                else:
                    self._enter(name, fact, segment)
            raise
        for fact, segment, sign in done:
            # Last, as what is counted is never taken back.
            if not fact.level:
                self.counters.book(fact, segment, sign)
        into.facts += told
        into.too_late_for_windows += too_late

    def _enter(self, name: str, fact: Fact, segment: Segment) -> None:
        for booking in fact.bookings:
            self.levels.enter(booking.measure, segment, name, fact.time_us)

    def _leave(self, name: str, fact: Fact, segment: Segment) -> None:
        if not all(self.levels.holds(booking.measure, segment, name) for booking in fact.bookings):
            raise LookupError("a ticket is to leave a level that it is not in")
        for booking in fact.bookings:
            self.levels.leave(booking.measure, segment, name)

    def expire(self, now_us: int) -> Changes:
        """Forget what no window and no late event can need any more."""
        gone = Changes([], [], [], [], [], None)
        for _ in self.expire_steps(now_us, gone):
            pass
        return gone

    def expire_steps(self, now_us: int, into: Changes) -> Iterator[None]:
        """`expire` in small steps; nothing may be folded before the last."""
        for name in self.tickets.expire(min(now_us, self.newest_us)):
            if name is not None:
                into.tickets.append((name, None))
            yield
        for key in self.panes.expire(now_us // 1_000_000):
            into.panes.append((key, None))
            yield

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
        for _ in self.finish_restore_steps():
            pass

    def finish_restore_steps(self) -> Iterator[None]:
        """`finish_restore` in small steps."""
        for name, levels in self._restored_levels.items():
            for level in levels:
                self.levels.enter(level.measure, self.admission(level.segment), name, level.since_us)
            yield
        self._restored_levels = {}
        self.levels.mark_all_changed()
