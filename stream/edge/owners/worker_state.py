"""What the HTTP side may see of this worker, made so that another thread can read it while the worker works.

The worker's event loop takes a frozen report of itself once a second. That it does is its heartbeat: a report that
grows old is a loop that does not run. The numbers come as the roll-up's `View`, which is immutable too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from stream.clock import AgreedClock, Clock, Present, monotonic_seconds
from stream.domain.segments import Segment
from stream.domain.trends import Trend
from stream.domain.volume import Volume
from stream.edge.kafka.watch import Outlook
from stream.edge.owners.assignment import Assignment
from stream.edge.owners.rollup_owner import RollupOwner
from stream.edge.owners.shard_owner import ShardOwner
from stream.edge.owners.view import EMPTY_VIEW, View
from stream.edge.process.loop_gap import LoopGap, Timers
from stream.settings import Settings

BEAT_SECONDS: Final = 1.0
LOOP_SILENCE_SECONDS: Final = 10
OLD_REPORT_SECONDS: Final = 5
CONSUMER_SILENCE_SECONDS: Final = 30


class ShardReport(Struct, frozen=True):
    """One shard of this worker. ``lag_events`` is None until the ends of its topics are known.

    ``tickets`` and ``panes`` are None until its state is loaded: a part of them would pass for all.
    """

    partition: int
    ready: bool
    lag_events: int | None
    tickets: int | None
    panes: int | None
    loaded_rows: int
    other_bookings_total: int
    transactions_total: int
    last_transaction_seconds: float | None
    full_transactions_total: int = 0
    rebooking_tickets: int = 0


class RollupReport(Struct, frozen=True):
    """The roll-up, where this worker holds it."""

    ready: bool
    published_rows_total: int
    transactions_total: int
    last_transaction_seconds: float | None
    groups: int = 0
    groups_refused_total: int = 0
    waiting_metrics: int = 0


class WorkerReport(Struct, frozen=True):
    """The worker at one moment."""

    made_us: int
    consumer_beat_us: int
    unready_reasons: tuple[str, ...]
    rebalances_total: int
    shards: tuple[ShardReport, ...]
    rollup: RollupReport | None
    warnings: tuple[str, ...] = ()
    loop_gap_seconds: float = 0.0
    loop_gaps_total: int = 0
    wrong_topics: int = 0
    clock_jumps_total: int = 0
    clock_ahead_us: int = 0

    @property
    def ready(self) -> bool:
        """True when nothing is missing."""
        return not self.unready_reasons

    @property
    def shard_count(self) -> int:
        """Number of shards held."""
        return len(self.shards)

    @property
    def is_rollup_owner(self) -> bool:
        """True on the worker that holds the numbers."""
        return self.rollup is not None


class WorkerState:
    """``report`` and ``view`` may be read from any thread; `beat` belongs to the worker's event loop."""

    def __init__(
        self, assignment: Assignment, settings: Settings, clock: Clock, outlook: Outlook | None = None
    ) -> None:
        self.settings = settings
        self._outlook = outlook
        self._assignment = assignment
        self._clock = clock
        self._present = Present(clock, is_history=settings.is_history)
        self._loop_gap = LoopGap()
        self._report = self._take_report()

    @property
    def report(self) -> WorkerReport:
        """The newest report. One that is old, as after a freeze, says so first: nobody knows how the worker is."""
        report = self._report
        age_seconds = (self._clock.now_us() - report.made_us) / 1e6
        if age_seconds <= OLD_REPORT_SECONDS:
            return report
        old = f"the event loop has not run for {age_seconds:.0f} s: what is said here is as old"
        return msgspec.structs.replace(report, unready_reasons=(old, *report.unready_reasons))

    @property
    def view(self) -> View:
        """The numbers; empty while this worker does not hold the roll-up or still loads it."""
        rollup = self._assignment.rollup
        return rollup.view if rollup is not None else EMPTY_VIEW

    def trends(self, window: str, by: str, group: Segment) -> Mapping[str, Trend]:
        """Trends of the headline numbers as last made; asking for them keeps them up to date."""
        rollup = self._assignment.rollup
        return rollup.trends.want((window, by, group), rollup.view.now_us) if rollup is not None else {}

    def volume(self, window: str, by: str, group: Segment) -> Volume | None:
        """That of today where `trends` has been asked for, as last made."""
        rollup = self._assignment.rollup
        return rollup.trends.volume((window, by, group)) if rollup is not None else None

    def now_us(self, view: View) -> int:
        """What time it is for the numbers: the wall's, or that of the newest event when history is replayed."""
        return self._present.now_us(view.now_us)

    def beat(self) -> None:
        """Take a new report: the event loop is alive."""
        self._report = self._take_report()

    def keep_beating(self, loop: Timers) -> None:
        """`beat` now, and once a second from now on."""
        self._loop_gap.watch(loop)
        self._beat_again(loop)

    def _beat_again(self, loop: Timers) -> None:
        self.beat()
        loop.call_later(BEAT_SECONDS, self._beat_again, loop)

    def sickness(self) -> str:
        """Why this worker should be started again; empty while it is healthy."""
        report, now_us = self.report, self._clock.now_us()
        silence = (now_us - report.made_us) / 1e6
        if silence > LOOP_SILENCE_SECONDS:
            return f"the event loop has not run for {silence:.0f} s (allowed: {LOOP_SILENCE_SECONDS})"
        silence = (now_us - report.consumer_beat_us) / 1e6
        if silence > CONSUMER_SILENCE_SECONDS:
            return (
                f"the consumer has not fetched for {silence:.0f} s (allowed: {CONSUMER_SILENCE_SECONDS}); "
                f"does Kafka answer at {','.join(self.settings.kafka.addresses)}?"
            )
        return ""

    def _take_report(self) -> WorkerReport:
        held, now_us = self._assignment, self._clock.now_us()
        outside = self._outlook.reasons(now_us) if self._outlook is not None else []
        watched = self._clock if isinstance(self._clock, AgreedClock) else None
        if watched is not None and (doubt := watched.doubt()):
            outside = [*outside, doubt]
        return WorkerReport(
            made_us=now_us,
            consumer_beat_us=held.last_beat_us,
            unready_reasons=(*outside, *held.unready_reasons()),
            warnings=(*(self._outlook.warnings if self._outlook is not None else ()), *held.warnings()),
            clock_jumps_total=watched.jumps_total if watched is not None else 0,
            clock_ahead_us=watched.ahead_us if watched is not None else 0,
            wrong_topics=self._outlook.wrong_topics if self._outlook is not None else 0,
            rebalances_total=held.rebalances_total,
            shards=tuple(_shard_report(shard) for _, shard in sorted(held.shards.items())),
            rollup=_rollup_report(held.rollup) if held.rollup is not None else None,
            loop_gap_seconds=self._loop_gap.longest_seconds(monotonic_seconds()),
            loop_gaps_total=self._loop_gap.long_total,
        )


def _shard_report(shard: ShardOwner) -> ShardReport:
    transactions = shard.transactions
    return ShardReport(
        partition=shard.partition,
        ready=shard.ready,
        lag_events=shard.lag,
        tickets=len(shard.state.tickets) if shard.ready else None,
        panes=len(shard.state.panes) if shard.ready else None,
        loaded_rows=shard.loaded_rows,
        other_bookings_total=shard.state.admission.refused_total,
        transactions_total=transactions.committed_total,
        last_transaction_seconds=transactions.last_seconds if transactions.committed_total else None,
        full_transactions_total=shard.full_total,
        rebooking_tickets=shard.rebooking.tickets_left if shard.rebooking is not None else 0,
    )


def _rollup_report(rollup: RollupOwner) -> RollupReport:
    transactions = rollup.transactions
    return RollupReport(
        ready=rollup.ready,
        published_rows_total=rollup.published_rows_total,
        transactions_total=transactions.committed_total,
        last_transaction_seconds=transactions.last_seconds if transactions.committed_total else None,
        groups=rollup.groups,
        groups_refused_total=rollup.groups_refused_total,
        waiting_metrics=len(rollup.waiting_metrics),
    )
