"""The state of one source partition, as a pure machine: events go in, changed rows come out.

``fold`` puts an event into its ticket's log. ``settle`` derives the facts of every ticket touched since the last
time, moves the difference into panes, levels and counters, and gives all that changed. Whoever owns the shard
writes these changes, the position and the outputs in one transaction.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final

from stream.domain.admission import Admission
from stream.domain.cells import Cells
from stream.domain.changes import Changes
from stream.domain.counters import Counters
from stream.domain.culprits import Culprits
from stream.domain.customer_events import CustomerRemoved
from stream.domain.derivation import Derivation, Derived
from stream.domain.events import Event, TicketCreated
from stream.domain.forgetting import Forgotten
from stream.domain.full_ticket import FEW_EVENTS, bytes_of, left_out_of_full, too_many_bytes
from stream.domain.last_answers import LastAnswers
from stream.domain.ledger import Ledger
from stream.domain.levels import Levels
from stream.domain.log import ADDED, Insertion, clash_of
from stream.domain.panes import Panes
from stream.domain.passing_back import PassingBack
from stream.domain.rejections import Rejected
from stream.domain.remainders import PaneKey
from stream.domain.seeking import Seeking
from stream.domain.segments import dimensions_named, nameless
from stream.domain.shard_rules import ShardRules
from stream.domain.statement_events import TakenBack
from stream.domain.subjects import CUSTOMER_MARK, OTHER_OF_CUSTOMER, is_customer
from stream.domain.ticket import Ticket
from stream.domain.tickets import Tickets

_UNBOUNDED_US: Final = 1 << 62
_TICKETS_A_STEP: Final = 4
_ROWS_A_STEP: Final = 64


class Shard:
    """See the module's text. ``newest_us`` is the highest event time folded (see `fold`), 0 before the first.

    ``touched_bytes``: size, as stored, of the tickets that the next settlement writes anew.
    """

    def __init__(self, rules: ShardRules) -> None:
        self.rules = rules
        self.newest_us = 0
        self.panes = Panes(rules.plan)
        self.levels = Levels(rules.all_stages, tells_starts=rules.tells_starts, listed=rules.listed)
        self.counters = Counters(rules.counted)
        self.admission = Admission(rules.limits.max_segments, dimensions_named(rules.definitions.dimensions).other)
        self.answers = LastAnswers(rules.last_answers, rules.families)
        self._ledger = Ledger(self.panes, self.levels, self.counters, self.admission, self.answers)
        self._derivation = Derivation(rules.metrics, rules.definitions, makes_statements=rules.tells_customers)
        self._horizon_us = rules.reopen_horizon_seconds * 1_000_000
        self.tickets = Tickets(self._derivation, self._horizon_us)
        self._max_events = rules.limits.max_events_per_ticket
        self._few_events = min(self._max_events, FEW_EVENTS)
        self._touched: dict[str, Ticket] = {}
        self._looked_into: list[Ticket] = []
        """Not touched, but decoded, for an event that came again."""
        self.touched_bytes = 0
        self._opened: list[str] = []
        self._clashes: list[tuple[str, str, str]] = []
        self.forgotten = Forgotten(rules.forgetting_key)
        self._forgets = False
        """Whether there is anybody in `forgotten`."""
        self._seeking = Seeking(self.tickets, self.forgotten)
        self._passing_back = PassingBack(self.tickets)
        self._leaving: list[str] = []
        """Customers to be forgotten with the next settlement."""

    def fold(
        self, name: str, event: Event, latest_us: int = _UNBOUNDED_US, origin: object = None
    ) -> Insertion | Rejected:
        """Put an event into the log of ticket ``name``. Rejected: too late to be judged, or far too many.

        ``latest_us`` bounds ``newest_us``: an event dated later is counted, but makes no other too late. ``origin`` is
        given back should the event have to be taken out again. Whatever is raised, nothing has changed.
        """
        if self._forgets:
            event = self.forgotten.without(event)
        time_us = event.time_us
        ticket = self._touched.get(name)
        if ticket is None:
            ticket = self.tickets.get(name)
        is_new = ticket is None
        if ticket is None:
            # A customer is never forgotten, and may have joined years ago.
            horizon_us = 0 if is_customer(name) else self._horizon_us
            floor_seconds = max(0, self.newest_us - horizon_us) // 1_000_000 if horizon_us else 0
            if horizon_us and time_us < self.newest_us - horizon_us:
                return Rejected("too_late", "time: older than the reopen horizon, and the ticket is not known")
            ticket = Ticket(self._derivation.nothing, floor_seconds)
        if time_us < ticket.floor_us:
            return Rejected("too_late", "time: older than the reopen horizon was when the ticket became known")
        if ticket.count and ticket.holds(event.uid):
            insertion = ticket.repeat(event)
            if insertion is Insertion.CONFLICT:
                self._touch(name, ticket)
                ticket.arrivals.append((event, insertion, origin))
            elif ticket.arrivals:
                # It may be that what it repeats is taken out.
                ticket.arrivals.append((event, insertion, origin))
            else:
                self._looked_into.append(ticket)
        else:
            if ticket.count >= self._few_events and (left_out := self._left_out(name, ticket, event)) is not None:
                return left_out
            ticket.add(event)
            insertion = ADDED
            self._touch(name, ticket)
            ticket.arrivals.append((event, insertion, origin))
            if is_new:
                self.tickets.warm(name, ticket)
                self._opened.append(name)
            elif type(event) is TicketCreated and (clash := clash_of(ticket.open(), event)):
                self._clashes.append((name, *clash))
        if time_us > self.newest_us and latest_us > self.newest_us:
            self.newest_us = time_us if time_us < latest_us else latest_us
        return insertion

    def hear(self, customer: str, statement: Event, origin: object = None) -> Insertion | Rejected:
        """Put what a ticket states into the log of its ``customer``, in place of what it stated before.

        It moves no time: what it is about was counted when the ticket's events were folded. One that has very many
        takes no further ones: nobody does, and what a source gives one id to may be everybody that it does not know.
        """
        if self._forgets and self.forgotten.holds(customer):
            return Insertion.FORGOTTEN
        name = CUSTOMER_MARK + customer
        ticket = self._touched.get(name)
        if ticket is None:
            ticket = self.tickets.get(name)
        is_new = ticket is None or not (ticket.count and ticket.holds(statement.uid))
        if type(statement) is TakenBack and ticket is not None:
            self._passing_back.note(customer, statement.uid)
        if is_new and ticket is not None and ticket.is_open and not ticket.arrivals:
            self._looked_into.append(ticket)
        if is_new and type(statement) is TakenBack:
            return Insertion.DUPLICATE
        if is_new and ticket is not None and ticket.count >= self._max_events:
            return Insertion.NOT_KEPT
        return self.fold(name, statement, 0, origin)

    def fold_customer(
        self, customer: str, event: Event, latest_us: int = _UNBOUNDED_US, origin: object = None
    ) -> Insertion | Rejected:
        """`fold` what happened to a customer. Of one that is to be forgotten, or was, nothing is kept any more."""
        name = CUSTOMER_MARK + customer
        if self._forgets and self.forgotten.holds(customer):
            return Insertion.FORGOTTEN
        if type(event) is not CustomerRemoved:
            return self.fold(name, event, latest_us, origin)
        # However full its log is: it is not put there.
        self.forgotten.add(customer)
        self._forgets = True
        self._leaving.append(name)
        return Insertion.ADDED

    def hear_forgotten(self, digest: str) -> None:
        """Another shard says that a customer is to be forgotten, by the hash that stands for it."""
        self.forgotten.hear(digest)
        self._forgets = True

    def _left_out(self, name: str, ticket: Ticket, event: Event) -> Insertion | Rejected | None:
        """What becomes of an event that a ticket with many has no room for; None: it has."""
        left_out: Insertion | Rejected | None = None
        if ticket.count >= self._max_events:
            left_out = left_out_of_full(ticket, event, self._max_events)
        if left_out is None and ticket.count >= FEW_EVENTS:
            fresh_bytes = ticket.fresh_bytes + bytes_of(event)
            left_out = too_many_bytes(self.tickets.stored_bytes(name), fresh_bytes)
            if left_out is None:
                ticket.fresh_bytes = fresh_bytes
        if ticket.is_open and not ticket.arrivals:
            self._looked_into.append(ticket)
        return left_out

    def _touch(self, name: str, ticket: Ticket) -> None:
        if not ticket.arrivals:
            self._touched[name] = ticket
            self.touched_bytes += self.tickets.stored_bytes(name)

    def settle(self, now_us: int) -> Changes:
        """Book what has changed since the last settlement. ``now_us`` decides which panes are still kept."""
        settled = Changes()
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
                self._settle(name, ticket, self._derivation.next_of(name, ticket), now_seconds, into)
                ticket.arrivals.clear()
                ticket.fresh_bytes = 0
            except Exception as error:
                yield from self._settle_without_culprits(name, ticket, error, now_seconds, into)
            if not count % _TICKETS_A_STEP:
                yield
        yield from self._close_steps()
        if self._forgets:
            yield from self._forget_steps(now_seconds, into)
        yield from self._passing_back.steps(into.stated)
        self.levels.advance(now_us)
        yield from self.take_steps(into)

    def take_steps(self, into: Changes) -> Iterator[None]:
        """All rows but those of tickets that changed since they were last taken, in small steps."""
        for taken, rows in (
            (self.panes.take_changed(), into.panes),
            (self.levels.take_changed(), into.levels),
            (self.levels.take_listed(), into.members),
            (self.counters.take_changed(), into.counters),
            (self.answers.take_rows(), into.answers),
            (self.answers.take_told(), into.last_answers),
        ):
            for count, row in enumerate(taken):
                rows.append(row)  # type: ignore[arg-type]  # each goes to the list of its own
                if not count % _ROWS_A_STEP:
                    yield
        into.segments = self.admission.take_changed()

    def _forget_steps(self, now_seconds: int, into: Changes) -> Iterator[None]:
        leaving, self._leaving = self._leaving, []
        for name in leaving:
            self._forget(name, now_seconds, into)
            yield
        for count, name in enumerate(self._seeking.steps(), 1):
            if name:
                self._forget(name, now_seconds, into)
            if name or not count % _TICKETS_A_STEP:
                yield
        into.forgotten = self.forgotten.take_changed()
        into.untold = self.forgotten.take_untold()

    def _forget(self, name: str, now_seconds: int, into: Changes) -> None:
        """Take ids of customers out of a log that says them, or the log away, where it is that of one of them."""
        ticket = self.tickets.get(name)
        if ticket is None:
            return
        log = [self.forgotten.without(event) for event in ticket.open()]
        ticket.rewrite(log)
        is_own = is_customer(name) and self.forgotten.holds(name[1:])
        read = [*log, CustomerRemoved(log[-1].time_us, "", "")] if is_own else log
        try:
            self._settle(name, ticket, self._derivation.anew(name, ticket, read), now_seconds, into)
        except Exception as error:
            # Its facts stay as they were; the id does not.
            into.failures.append(error)
            row = ticket.row_of(log, ticket.row.levels)
            ticket.settled_as(None, ticket.facts, ticket.statements, row)
            self.tickets.keep(name, ticket, row)
            into.tickets.append((name, row.content))
        if is_own:
            self._discard(name, into)

    def _discard(self, name: str, into: Changes) -> None:
        self.tickets.forget(name)
        self.tickets.discard(name)
        into.tickets.append((name, None))

    def _close_steps(self) -> Iterator[None]:
        looked_into, self._looked_into = self._looked_into, []
        for count, ticket in enumerate(looked_into):
            ticket.close()
            if not count % _ROWS_A_STEP:
                yield

    def _settle(self, name: str, ticket: Ticket, derived: Derived, now_seconds: int, into: Changes) -> None:
        """All of the ticket's facts are known: from here on nothing depends on a metric."""
        self._ledger.book(name, derived.changes, now_seconds, into)
        row = derived.row
        into.stated += derived.stated
        ticket.settled_as(derived.timeline, derived.facts, derived.statements, row)
        if not row.content:
            # All that it held was taken back.
            self._discard(name, into)
            return
        self.tickets.keep(name, ticket, row)
        into.tickets.append((name, row.content))

    def _settle_without_culprits(
        self, name: str, ticket: Ticket, error: Exception, now_seconds: int, into: Changes
    ) -> Iterator[None]:
        """Take events that came since the last settlement out again until what is left can be settled."""
        arrivals, ticket.arrivals = ticket.arrivals, []
        ticket.fresh_bytes = 0
        # It may have been told some of what came.
        ticket.timeline = None
        base = self.tickets.stored_log(name)
        if not arrivals:
            into.failures.append(error)
        search = Culprits(base, arrivals, lambda log: self._derivation.anew(name, ticket, log), error)
        yield from search
        try:
            if search.settled is not None:
                self._settle(name, ticket, search.settled, now_seconds, into)
            into.corrections += search.corrections()
            refused = search.refused
        except Exception as failure:
            # What is booked for the ticket is not what its log says; its facts stay as they were.
            search.log = base
            refused = [(arrival, failure) for arrival in arrivals]
        into.refused += [(origin, said, why) for (_, said, origin), why in refused]
        ticket.resume(search.log, ticket.row)
        if not search.log:
            self.tickets.forget(name)

    def expire(self, now_us: int) -> Changes:
        """Forget what no window and no late event can need any more."""
        gone = Changes()
        for _ in self.expire_steps(now_us, gone):
            pass
        return gone

    def expire_steps(self, now_us: int, into: Changes) -> Iterator[None]:
        """`expire` in small steps; nothing may be folded before the last."""
        for name in self.tickets.expire(min(now_us, self.newest_us)):
            if name is not None:
                into.tickets.append((name, None))
                self.answers.close(name)
            yield
        into.answers += self.answers.take_rows()
        into.last_answers += self.answers.take_told()
        for row in self.panes.expire(now_us // 1_000_000):
            into.panes.append(row)
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
        else:
            self.tickets.restore(name, row)

    def restore_forgotten(self, digest: str, is_sought: bool) -> None:
        """Apply a row that says who is to be forgotten."""
        self.forgotten.restore(digest, is_sought)
        self._forgets = True

    def restore_pane(self, key: PaneKey, cells: Cells | None, *, is_whole: bool = False) -> None:
        """Apply a pane row of the changelog, None being a tombstone. ``is_whole``: as of `Panes.restore`."""
        if cells is None:
            self.panes.discard(key)
        else:
            self.panes.restore(key, cells, is_whole=is_whole)

    def finish_restore(self, measures: Container[str] | None = None) -> None:
        """Call once all rows of the changelog have been applied. ``measures``: of levels that hold; None: all do."""
        for _ in self.finish_restore_steps(measures):
            pass

    def finish_restore_steps(self, measures: Container[str] | None = None) -> Iterator[None]:
        """`finish_restore` in small steps."""
        yield from self.panes.complete_steps()
        for name, head in self.tickets.restored():
            for level in head.levels:
                if measures is None or level.measure in measures:
                    self.levels.enter(level.measure, self.admission.admit(level.segment), name, level.since_us)
                else:
                    # It was told under one of the two, and is not any more.
                    other = OTHER_OF_CUSTOMER if is_customer(level.segment) else nameless(level.segment)
                    for segment in (level.segment, other):
                        self.levels.mark_changed(level.measure, segment)
            yield
        self.answers.finish_restore()
        self.levels.mark_all_changed()
