"""Queue visits: from the moment a live contact starts to wait until it leaves the queue, however it does.

A contact has one visit at a time. ``queued`` begins one; while it waits, ``queued`` of the same team or of none goes on
with it, and of another team ends it as a transfer. ``answered``, ``abandoned`` and ``left_queue`` end it, and so does
``ended``, after which a new contact begins. Without a visit under way an exit is a visit of its own only where the
contact has had none; any other is an exit without a wait: a hand-over among colleagues, the report of a second system.
So is an exit that a second system says again when the next visit, or the end, was told already (see `witnesses`).
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from stream.compiled import mypyc_attr
from stream.domain.definitions import Definitions
from stream.domain.events import Abandoned, Answered, Ended, LeaveReason, LeftQueue, Queued, source_of
from stream.domain.witnesses import Witnesses

Exit: TypeAlias = Answered | Abandoned | LeftQueue
QueueEvent: TypeAlias = Queued | Exit | Ended
Outcome: TypeAlias = Literal["waiting", "answered", "abandoned", "left"]
LeftReason: TypeAlias = LeaveReason | Literal["ended"]
ExitKind: TypeAlias = Literal["answered", "abandoned", "left_queue"]


@mypyc_attr(acyclic=True)
class Visit:  # noqa: PLW1641  it changes
    """One stay in a queue. ``queued_us`` is None where no queueing was seen; ``exit_us`` is None while waiting.

    ``reason`` says how it was left where the outcome is ``left``.
    """

    __slots__ = ("exit_us", "outcome", "queued_us", "reason", "team")

    def __init__(
        self,
        queued_us: int | None,
        exit_us: int | None,
        outcome: Outcome,
        team: str = "",
        reason: LeftReason | None = None,
    ) -> None:
        self.queued_us = queued_us
        self.exit_us = exit_us
        self.outcome: Outcome = outcome
        self.team = team
        self.reason: LeftReason | None = reason

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Visit):
            return NotImplemented
        return (
            self.queued_us == other.queued_us
            and self.exit_us == other.exit_us
            and self.how == other.how
            and self.team == other.team
        )

    def __repr__(self) -> str:
        return f"Visit({self.queued_us}, {self.exit_us}, {self.outcome}, {self.team!r}, {self.reason})"

    @property
    def start_us(self) -> int:
        """When the contact was offered: at queueing, but no later than its exit, which is all that may be known."""
        if self.queued_us is None or self.is_negative:
            return self.exit_us if self.exit_us is not None else 0
        return self.queued_us

    @property
    def wait_us(self) -> int:
        """Wait until the exit; 0 where no queueing was seen, and where clocks disagree (`is_negative`)."""
        if self.queued_us is None or self.exit_us is None or self.is_negative:
            return 0
        return self.exit_us - self.queued_us

    @property
    def how(self) -> tuple[str, str | None]:
        """How it was left, and the reason where there is one."""
        return self.outcome, self.reason

    @property
    def is_negative(self) -> bool:
        """True when the exit is dated before the queueing: the clocks of two systems."""
        return self.queued_us is not None and self.exit_us is not None and self.exit_us < self.queued_us


@mypyc_attr(acyclic=True)
class ExitWithoutWait:
    """An exit that ended no visit and is none; never changed once it is made."""

    __slots__ = ("kind", "team", "time_us")

    def __init__(self, time_us: int, kind: ExitKind, team: str = "") -> None:
        self.time_us = time_us
        self.kind: ExitKind = kind
        self.team = team

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ExitWithoutWait):
            return NotImplemented
        return self.time_us == other.time_us and self.kind == other.kind and self.team == other.team

    def __hash__(self) -> int:
        return hash((self.time_us, self.kind, self.team))

    def __repr__(self) -> str:
        return f"ExitWithoutWait({self.time_us}, {self.kind}, {self.team!r})"


_KINDS: Final[dict[type, ExitKind]] = {Answered: "answered", Abandoned: "abandoned", LeftQueue: "left_queue"}
_OUTCOMES: Final[dict[type, Outcome]] = {Answered: "answered", Abandoned: "abandoned", LeftQueue: "left"}


@mypyc_attr(acyclic=True)
class VisitTracker:
    """Pairs queueing with exits, fed with one event after the other; `finish` comes last.

    ``is_one_system``: all events come from one source, which says nothing twice. ``waiting``: the visit under way.
    ``is_under_way``: the contact has had a visit since it began, or since its last end. ``is_over``: it ended or
    abandoned, and nothing came after.
    """

    __slots__ = (
        "_ends_as",
        "_home",
        "_last_exit_us",
        "_skew_us",
        "_taken",
        "_unqueued",
        "_witnesses",
        "exits_without_wait",
        "is_over",
        "is_under_way",
        "visits",
        "waiting",
    )

    def __init__(self, definitions: Definitions, *, is_one_system: bool = False) -> None:
        self.visits: list[Visit] = []
        self.exits_without_wait: list[ExitWithoutWait] = []
        self.waiting: Visit | None = None
        self.is_under_way = False
        self.is_over = False
        self._ends_as: Outcome = definitions.ended_while_waiting
        self._skew_us = round(definitions.clock_skew_seconds * 1e6)
        self._home = ""
        """The ticket's own team when the visit under way began."""
        self._last_exit_us = 0
        self._unqueued: Visit | ExitWithoutWait | None = None
        """The last exit that no queueing led to: that may be dated a little later (see `_pair_with_exit_before`)."""
        self._taken: tuple[Visit, str] | None = None
        """A visit that another team's answer ended, with the team whose queue it was."""
        self._witnesses = None if is_one_system else Witnesses(self._skew_us)

    def continues(self, team: str, ticket_team: str) -> bool:
        """True when ``queued`` of ``team`` goes on with the visit under way."""
        return self.waiting is not None and (not team or self.team(ticket_team) in ("", team))

    def team(self, ticket_team: str) -> str:
        """Whose queue the visit under way is in, empty where that is not known."""
        return (self.waiting.team if self.waiting is not None else "") or self._home or ticket_team

    def tell(self, event: QueueEvent, ticket_team: str) -> None:
        """What happened next. ``ticket_team``: the ticket's own team at that time, empty where it has none."""
        witnesses = self._witnesses
        if isinstance(event, Queued):
            self._queue(event.time_us, event.team, ticket_team, "" if witnesses is None else source_of(event))
            self.is_over = False
        elif isinstance(event, Ended):
            self._end(event.time_us)
            if witnesses is not None:
                witnesses.end(source_of(event), event.time_us)
            self.is_over = True
        elif witnesses is not None and self.is_told_again(event):
            witnesses.forget(source_of(event))
            team = event.team if isinstance(event, Answered) else ""
            self.exits_without_wait.append(ExitWithoutWait(event.time_us, _KINDS[type(event)], team))
        elif isinstance(event, Answered):
            self._answer(event.time_us, event.team, ticket_team)
            self.is_over = False
        elif isinstance(event, Abandoned):
            self._exit(event.time_us, "abandoned", "abandoned")
            self.is_over = True
        elif self._exit(event.time_us, "left_queue", "left", reason=event.reason):
            self.is_over = False

    def is_told_again(self, event: Exit) -> bool:
        """True when ``event``, told now, is the exit of a visit before, said again by another system."""
        if self._witnesses is None or not self._witnesses:
            return False
        outcome = _OUTCOMES[type(event)]
        reason = event.reason if isinstance(event, LeftQueue) else None
        return self._witnesses.has_told(source_of(event), event.time_us, (outcome, reason))

    def finish(self) -> None:
        """Nothing comes any more."""
        self._pair_with_exit_before()

    def _queue(self, time_us: int, team: str, ticket_team: str, source: str) -> None:
        if self._belongs_to_answer_before(time_us, team):
            return
        visit = self.waiting
        if visit is not None and visit.queued_us is not None:
            if not self.continues(team, ticket_team):
                if not self._pair_with_exit_before():
                    self._close(visit, time_us, "left", "transfer")
            # Told by two systems. Later it may be the next visit, if this one belongs to an answer before it.
            elif time_us - visit.queued_us <= self._skew_us or not self._pair_with_exit_before():
                if not self.team(ticket_team):
                    visit.team = team
                if self._witnesses is not None and time_us - visit.queued_us <= self._skew_us:
                    self._witnesses.confirm(source, visit)
                return
        if self._witnesses is not None:
            self._witnesses.begin(source, is_new_contact=not self.is_under_way)
        self.waiting = Visit(time_us, None, "waiting", team)
        self.visits.append(self.waiting)
        self.is_under_way, self._home, self._taken = True, ticket_team, None

    def _answer(self, time_us: int, team: str, ticket_team: str) -> None:
        visit = self.waiting
        if visit is None or not team:
            self._exit(time_us, "answered", "answered", team=team)
            return
        if self.team(ticket_team) not in ("", team):
            self._taken = visit, visit.team
        visit.team = team
        self._close(visit, time_us, "answered")

    def _exit(
        self, time_us: int, kind: ExitKind, outcome: Outcome, *, team: str = "", reason: LeftReason | None = None
    ) -> bool:
        """End the visit under way; False where there is none, and this is no visit of its own."""
        if self.waiting is not None:
            self._close(self.waiting, time_us, outcome, reason)
            return True
        if not self.is_under_way:
            visit = Visit(None, time_us, outcome, team)
            self.visits.append(visit)
            self.is_under_way = True
            self._close(visit, time_us, outcome, reason)
            self._unqueued = visit
            return True
        stray = ExitWithoutWait(time_us, kind, team)
        self.exits_without_wait.append(stray)
        # Soon after an exit it is the same exit, told by another system.
        if kind == "answered" and time_us - self._last_exit_us > self._skew_us:
            self._unqueued = stray
        return False

    def _end(self, time_us: int) -> None:
        visit = self.waiting
        if visit is not None and not self._pair_with_exit_before():
            self._close(visit, time_us, self._ends_as, "ended" if self._ends_as == "left" else None)
        self.is_under_way, self._taken = False, None
        if isinstance(self._unqueued, ExitWithoutWait):
            self._unqueued = None

    def _close(self, visit: Visit, time_us: int, outcome: Outcome, reason: LeftReason | None = None) -> None:
        visit.exit_us, visit.outcome, visit.reason = time_us, outcome, reason
        self.waiting = self._unqueued = None
        self._last_exit_us = time_us

    def _pair_with_exit_before(self) -> bool:
        """Join the visit under way with the exit before it, where the clocks of two systems disagree.

        A queueing without an exit of its own, dated within the clock skew after an exit that no queueing led to, is
        the start of that visit. True when it was.
        """
        visit, before = self.waiting, self._unqueued
        if visit is None or visit.queued_us is None or before is None:
            return False
        exit_us = before.time_us if isinstance(before, ExitWithoutWait) else before.exit_us
        if exit_us is None or visit.queued_us - exit_us > self._skew_us:
            return False
        if before.team and visit.team and before.team != visit.team:
            return False
        if isinstance(before, ExitWithoutWait):
            self.exits_without_wait.remove(before)
            visit.team = visit.team or before.team
            self._close(visit, exit_us, "answered")
        else:
            before.queued_us, before.team = visit.queued_us, visit.team or before.team
            self.visits.pop()
            self._close(before, exit_us, before.outcome, before.reason)
        return True

    def _belongs_to_answer_before(self, time_us: int, team: str) -> bool:
        """A team's answer ended another team's visit; now its own queueing is told, dated a little later."""
        if self._taken is None:
            return False
        visit, queue_team = self._taken
        if visit.exit_us is None or visit.team != team or time_us - visit.exit_us > self._skew_us:
            return False
        answered_us = visit.exit_us
        visit.team = queue_team
        self._close(visit, time_us, "left", "transfer")
        self.visits.append(Visit(time_us, answered_us, "answered", team))
        self._taken = None
        return True
