"""What a shard's tickets come to: panes, levels, counters and last answers, by admitted segment."""

from __future__ import annotations

from collections.abc import Sequence

from stream.domain.admission import Admission
from stream.domain.changes import Changes
from stream.domain.counters import Counters
from stream.domain.derivation import Change
from stream.domain.facts import Fact
from stream.domain.last_answers import LastAnswers
from stream.domain.levels import Levels
from stream.domain.panes import Panes
from stream.domain.segments import Segment
from stream.domain.subjects import is_customer


class Ledger:
    """Books what a ticket's facts change, all of it or nothing."""

    def __init__(
        self, panes: Panes, levels: Levels, counters: Counters, admission: Admission, answers: LastAnswers
    ) -> None:
        self.panes = panes
        self.levels = levels
        self.counters = counters
        self.admission = admission
        self.answers = answers

    def book(self, name: str, found: Sequence[Change], now_seconds: int, into: Changes) -> None:
        """Book the changes of ticket ``name``, and tell what the derived topic is to say."""
        too_late = 0
        admission, panes = self.admission, self.panes
        done: list[tuple[str, Fact, Segment, int]] = []
        told: list[tuple[str, str, Fact | None]] = []
        # What the derived topic says is of tickets.
        into_topic = not is_customer(name)
        try:
            for key, old, new in found:
                if old is not None:
                    segment = admission.admit(old.segment)
                    if old.level:
                        self._leave(name, old, segment)
                    else:
                        panes.book(old, segment, -1, now_seconds)
                        if new is None and into_topic:
                            told.append((name, key, None))
                    done.append((key, old, segment, -1))
                if new is not None:
                    segment = admission.admit(new.segment)
                    if new.level:
                        self._enter(name, new, segment)
                    else:
                        is_kept = panes.book(new, segment, 1, now_seconds)
                        if into_topic and (old is None or not new.reads_as(old)):
                            told.append((name, key, new))
                        # A fact that keeps its time changed for another reason than an event that came late; what is
                        # told of a customer may be years old.
                        if not is_kept and into_topic and (old is None or old.time_us != new.time_us):
                            too_late += 1
                    done.append((key, new, segment, 1))
        except Exception:
            self._take_back(name, done, now_seconds)
            raise
        heads = self.answers.heads
        for key, fact, segment, sign in done:
            # Last, as what is counted is never taken back.
            if not fact.level:
                self.counters.book(fact, segment, sign)
                if fact.bookings and fact.bookings[0].measure.name in heads:
                    self.answers.book(name, key, fact, segment, sign)
        into.facts += told
        into.too_late_for_windows += too_late

    def _take_back(self, name: str, done: Sequence[tuple[str, Fact, Segment, int]], now_seconds: int) -> None:
        for _, fact, segment, sign in reversed(done):
            if not fact.level:
                self.panes.book(fact, segment, -sign, now_seconds)
            elif sign > 0:
                self._leave(name, fact, segment)
            else:
                self._enter(name, fact, segment)

    def _enter(self, name: str, fact: Fact, segment: Segment) -> None:
        for booking in fact.bookings:
            self.levels.enter(booking.name, segment, name, fact.time_us)

    def _leave(self, name: str, fact: Fact, segment: Segment) -> None:
        if not all(self.levels.holds(booking.name, segment, name) for booking in fact.bookings):
            raise LookupError("a ticket is to leave a level that it is not in")
        for booking in fact.bookings:
            self.levels.leave(booking.name, segment, name)
