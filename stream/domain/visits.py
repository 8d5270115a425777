"""Queue visits: from the moment a live contact starts to wait until it leaves the queue, however it does."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Outcome: TypeAlias = Literal["waiting", "answered", "abandoned", "left"]


class Visit(Struct, gc=False):
    """One stay in a queue. ``queued_us`` is None where no queueing was seen; ``exit_us`` is None while waiting."""

    queued_us: int | None
    exit_us: int | None
    outcome: Outcome
    team: str = ""

    @property
    def start_us(self) -> int:
        """When the contact was offered: at queueing, or at the exit where no queueing was seen."""
        if self.queued_us is not None:
            return self.queued_us
        return self.exit_us if self.exit_us is not None else 0

    @property
    def wait_us(self) -> int:
        """Wait until the exit; 0 where no queueing was seen, and where clocks disagree (`is_negative`)."""
        if self.queued_us is None or self.exit_us is None or self.is_negative:
            return 0
        return self.exit_us - self.queued_us

    @property
    def is_negative(self) -> bool:
        """True when the exit is dated before the queueing: the clocks of two systems."""
        return self.queued_us is not None and self.exit_us is not None and self.exit_us < self.queued_us


class VisitTracker:
    """Pairs queueing with exits, fed in the order of the log."""

    __slots__ = ("_skew_us", "_waiting", "visits")

    def __init__(self, skew_us: int) -> None:
        self.visits: list[Visit] = []
        self._waiting: Visit | None = None
        self._skew_us = skew_us

    def queued(self, time_us: int, team: str) -> None:
        """A new visit begins; one still waiting ends as a transfer."""
        if self._waiting is not None and not self._pair_with_exit_before():
            self._leave(time_us, "left")
        self._waiting = Visit(time_us, None, "waiting", team)
        self.visits.append(self._waiting)

    def left(self, time_us: int, outcome: Outcome) -> None:
        """The contact leaves the queue; without a visit under way it is one that did not wait."""
        if self._waiting is not None:
            self._leave(time_us, outcome)
        else:
            self.visits.append(Visit(None, time_us, outcome))

    def _leave(self, time_us: int, outcome: Outcome) -> None:
        visit = self._waiting
        if visit is not None:
            visit.exit_us, visit.outcome = time_us, outcome
        self._waiting = None

    def finish(self, ended_us: int | None) -> list[Visit]:
        """All visits, once the log has been read. ``ended_us``: the conversation ended then."""
        visit = self._waiting
        if visit is None or visit.queued_us is None or self._pair_with_exit_before():
            return self.visits
        if ended_us is not None and ended_us >= visit.queued_us:
            visit.exit_us, visit.outcome = ended_us, "left"
        return self.visits

    def _pair_with_exit_before(self) -> bool:
        """Join the visit under way with the exit before it, where the clocks of two systems disagree.

        A queueing without an exit of its own, dated within the clock skew after an exit that no queueing led to, is
        the start of that visit. True when it was.
        """
        visit = self._waiting
        before = self.visits[-2] if len(self.visits) > 1 else None
        if (
            visit is None
            or visit.queued_us is None
            or before is None
            or before.queued_us is not None
            or before.exit_us is None
            or visit.queued_us - before.exit_us > self._skew_us
        ):
            return False
        before.queued_us = visit.queued_us
        before.team = visit.team or before.team
        self.visits.pop()
        self._waiting = None
        return True
