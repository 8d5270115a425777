"""The roll-up in the hands of this worker: snapshots of all shards in, derived rows and the view for gauges out.

It needs no position: its input is compacted snapshots (replace, never add) and its rows are a pure function of them
and of now. Taking over means fencing, and loading the alerts and the partials: with that the numbers are back, and go
on. The rows published so far, of which there may be many, are read beside it; what differs from them is written then.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import Task, wait
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, Final

import msgspec

from stream.clock import Clock, Present
from stream.domain.agreement import Agreement, metrics_of_rows
from stream.domain.group_names import GroupNames
from stream.domain.level_members import LevelMembers
from stream.domain.rollup import Rollup
from stream.domain.rows import Rows
from stream.domain.segments import Segment, dimensions_named
from stream.domain.shard_status import ShardStatus, total_tally
from stream.domain.spikes.rule import needed_retention
from stream.domain.subjects import is_customer
from stream.domain.times import format_time_us
from stream.domain.waiting_rows import WaitingRows
from stream.edge.kafka.damage import DAMAGE, damaged_row
from stream.edge.kafka.fetched import Span, require_readable
from stream.edge.kafka.loading import STATE_REMEDY, read_to, stable_end
from stream.edge.kafka.transactions import ROLLUP_NAME, Transactions
from stream.edge.owners.counter_totals import CounterTotals
from stream.edge.owners.internal_errors import FaultLog, fault_of
from stream.edge.owners.naming import NAME, Naming
from stream.edge.owners.row_writer import RowWriter
from stream.edge.owners.snapshots import (
    STATUS,
    AnswersSnapshot,
    MembersSnapshot,
    PaneSnapshot,
    RulesSnapshot,
    Snapshot,
    StatusSnapshot,
    read_snapshot,
)
from stream.edge.owners.spike_alerts import SpikeAlerts
from stream.edge.owners.trends import Trends
from stream.edge.owners.view import EMPTY_VIEW, PROGRESS_KEY, Progress, View
from stream.edge.process.crash_points import NO_CRASH, CrashPoints
from stream.edge.process.last_resort import end_process, guarded
from stream.edge.process.turns import Turns, let_go
from stream.errors import LossError
from stream.rules import goal_of, parts_of, places_of, rules_of, watches_spikes, windows_of
from stream.settings import Settings

_LAST_SECONDS: Final = 3
"""Others wait for the roll-up: what takes longer is written by the next owner."""

log = logging.getLogger(__name__)


class RollupOwner:
    """``view`` is what this worker may show; it is empty until all snapshots have been loaded.

    ``ready``: the numbers go on with what is read of the partials. Rows are written once those published so far have
    been read, too (`knows_written`).
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        crash: CrashPoints = NO_CRASH,
        turns: Turns | None = None,
        address: str = "",
    ) -> None:
        self.view = EMPTY_VIEW
        self.ready = self.closed = False
        self.position = 0
        self._settings = settings
        self._clock = clock
        self._present = Present(clock, is_history=settings.is_history)
        self._topics = settings.topic_names
        self._dimensions = dimensions = dimensions_named(settings.dimensions)
        rules = rules_of(settings)
        places = places_of(settings)
        self.agreement = Agreement(parts_of(rules), rules.metrics, settings.registry.rows, windows_of(settings), places)
        self._waiting = WaitingRows(spec.name for spec in settings.registry.rows)
        self._rollup = Rollup(
            settings.registry.rows,
            windows_of(settings),
            settings.group_names,
            settings.windows.zone,
            places=places,
            refresh_empty=settings.is_history,
            widths=needed_retention() if watches_spikes(settings) else (),
            stages=rules.all_stages if settings.is_history else {},
            dimensions=dimensions,
            goal_of=lru_cache(maxsize=4096)(partial(goal_of, settings)),
            families=rules.families,
        )
        self._alerts = SpikeAlerts(settings)
        self.trends = Trends(settings, self._rollup)
        self.transactions = Transactions(settings, ROLLUP_NAME, crash)
        self._staged: dict[bytes, dict[bytes, Any]] = {}
        self._pending: dict[bytes, Any] = {}
        self._statuses: dict[int, ShardStatus] = {}
        self._members = LevelMembers()
        self._counters = CounterTotals(self._rollup.is_named, dimensions.other)
        per_minute = settings.limits.new_groups_per_minute if not settings.is_history else None
        names = GroupNames(settings.limits.max_groups, per_minute, dimensions.other)
        self._naming = Naming(names, self._rollup, self._counters, self._alerts.add)
        self._internal_errors = self._began_us = 0
        self._faults = FaultLog()
        self._turns = turns or Turns()
        self._nobody = Progress({}, {}, 0, settings.application_id, settings.installation, address)
        self._rows = RowWriter(settings, clock, self.transactions, self._turns, self._nobody)
        self._loading: Task[None] | None = None
        self._publishing: Task[None] | None = None

    @property
    def knows_written(self) -> bool:
        """False while the rows published so far are being read."""
        return self._rows.knows_written

    @property
    def publishing_seconds(self) -> float:
        """How long the publication under way, or a transaction of rows, has taken; 0 when there is none."""
        is_busy = self._publishing is not None and not self._publishing.done()
        return max((self._clock.now_us() - self._began_us) / 1e6 if is_busy else 0.0, self._rows.transaction_seconds)

    @property
    def published_rows_total(self) -> int:
        """Rows written."""
        return self._rows.written_total

    @property
    def groups(self) -> int:
        """Segments that have a name of their own."""
        return len(self._naming)

    @property
    def groups_refused_total(self) -> int:
        """How often a segment was given no name."""
        return self._naming.refused_total

    @property
    def waiting_metrics(self) -> list[str]:
        """Names of metrics some of whose rows wait, as partitions are counted under different rules."""
        waiting = self.agreement.waiting() if self.agreement.others else {}
        return metrics_of_rows(waiting, self._settings.registry.rows)

    def take_over(self) -> None:
        """Fence, load and become ready, all in the background."""
        self._loading = guarded(self._load(), "loading the roll-up")

    async def _load(self) -> None:
        await self.transactions.start()
        kafka, partials, metrics = self._settings.kafka, self._topics["partials"], self._topics["metrics"]
        # An alert that fires already must be known before anything is judged, or it would fire again.
        async for records in read_to(
            kafka, self._topics["alerts"], 0, await stable_end(kafka, self._topics["alerts"], 0)
        ):
            self._alerts.remember(records)
        end = await stable_end(kafka, partials, 0)
        async for records in read_to(kafka, partials, 0, end):
            self.fold(records)
            # Of what has been fetched already nothing waits: without this the loop would be away for all of it.
            await asyncio.sleep(0)
        self.position = max(self.position, end)
        # The numbers are back with this, and go on. What was published only matters for writing, and is much longer.
        self._rows.knows_written = False
        await self.begin()
        self.ready = not self.closed
        log.info("the numbers are back; rows are written once those published so far are known")
        count = 0
        async for records in read_to(kafka, metrics, 0, await stable_end(kafka, metrics, 0)):
            await self._turns.run(self._rows.remember(records))
            count += len(records)
        self._rows.knows_written = True
        log.info("the rows published so far are known (%d records): those that differ are written", count)

    async def begin(self) -> None:
        """All snapshots there were have been taken: show what they say."""
        self._naming.begin()
        await self._bring_up_to_now()

    def remember(self, records: Sequence[Any]) -> None:
        """Take over the rows that were published so far."""
        for _ in self._rows.remember(records):
            pass

    def take(self, span: Span) -> None:
        """Fold what was read of the partials, and move the position to where reading goes on."""
        try:
            require_readable(span.unreadable, STATE_REMEDY)
            if len(span):
                self.fold(span)
        except LossError as error:
            end_process(str(error), error.exit_code)
        self.position = span.end

    def fold(self, records: Sequence[Any]) -> None:
        """Take snapshots; of several with one key only the last matters, so they wait for the next publication.

        A shard's transaction ends with its status: what came before it waits for it, so that rows never show half
        of a transaction. LossError: one cannot be read.
        """
        for record in records:
            try:
                self._stage(record)
            except DAMAGE as error:
                raise self._damaged(record, error) from error
        self.position = records[-1].offset + 1

    def _stage(self, record: Any) -> None:
        key, staged = record.key, self._staged
        number, _, rest = key.partition(b"|")
        if number == NAME:
            self._naming.restore(rest.decode(), record.value)
            return
        held = staged.get(number)
        if held is None:
            if key != PROGRESS_KEY:
                int(number)  # nobody's transaction: no status would ever follow
            held = staged[number] = {}
        held[key] = record
        if rest == STATUS:
            self._pending.update(held)
            held.clear()

    def _damaged(self, record: Any, error: Exception) -> LossError:
        return damaged_row(self._topics["partials"], 0, record.offset, error)

    def _apply_pending(self, now_us: int) -> Iterator[None]:
        pending, self._pending = self._pending, {}
        self._naming.note_round()
        for key, record in pending.items():
            try:
                snapshot = read_snapshot(key, record.value)
            except DAMAGE as error:
                raise self._damaged(record, error) from error
            try:
                segment = self._segment_to_place(snapshot)
                if segment is not None:
                    # Shards say their levels anew when they are taken over: that is no use of a name.
                    yield from self._naming.place(segment, now_us, may_rename=isinstance(snapshot, PaneSnapshot))
                self._apply(snapshot)
            except Exception as error:
                self._note_fault(error)
            yield
        self._waiting.wait(self.agreement.waiting())
        yield from self._naming.end_round()
        yield from self._counters.update()

    def _segment_to_place(self, snapshot: Snapshot) -> Segment | None:
        """The segment of a snapshot that says something of one without a name of its own; else None."""
        segment = snapshot.told_of
        return None if segment is None or segment in self._naming or not self._is_ours(segment) else segment

    def _is_ours(self, segment: Segment) -> bool:
        """False for one of a shard that tells segments apart in another way; all rows wait for that shard."""
        return is_customer(segment) or self._dimensions.fits(segment)

    def _apply(self, snapshot: Snapshot) -> None:
        if isinstance(snapshot, PaneSnapshot):
            for gain in self._rollup.apply_pane(*snapshot.row) if self._is_ours(snapshot.pane[2]) else ():
                self._alerts.add(*gain)
        elif isinstance(snapshot, StatusSnapshot):
            if snapshot.status is not None:
                self._statuses[snapshot.partition] = snapshot.status
                self.agreement.of.setdefault(snapshot.partition, None)
        elif isinstance(snapshot, RulesSnapshot):
            self.agreement.of[snapshot.partition] = snapshot.parts
        elif isinstance(snapshot, MembersSnapshot):
            self._members.apply(snapshot.partition, snapshot.key, snapshot.members)
        elif not self._is_ours(snapshot.segment):
            return
        elif isinstance(snapshot, AnswersSnapshot):
            self._rollup.last.apply(snapshot.partition, snapshot.metric, snapshot.segment, snapshot.entries)
        elif snapshot.kind == b"l":
            self._rollup.apply_levels(snapshot.partition, snapshot.segment, snapshot.cells)
        else:
            self._counters.apply(snapshot.partition, snapshot.segment, snapshot.cells or {})

    def _note_fault(self, error: Exception) -> None:
        self._internal_errors += 1
        self._faults.say(fault_of(error), self._clock.now_us(), None, "of the roll-up is left as it was")

    def now_us(self) -> int:
        """The wall's time, or the newest event's when history is replayed."""
        return self._present.now_us(max((status.newest_us for status in self._statuses.values()), default=0))

    def watermark_us(self) -> int:
        """Event time up to which all partitions have been counted; 0 when nothing is known."""
        if self._present.is_history:
            return self.now_us()
        return min((status.complete_us for status in self._statuses.values()), default=0)

    def publish_soon(self) -> None:
        """Bring what is shown up to now, and write what is to be written, unless that is under way."""
        self._rows.go_on()
        if self.ready and not self.closed and (self._publishing is None or self._publishing.done()):
            self._began_us = self._clock.now_us()
            self._publishing = guarded(self._publish(), "publishing derived rows")

    async def _publish(self) -> None:
        progress = await self._bring_up_to_now()
        if progress is None:
            return
        watermark = format_time_us(self.view.watermark_us)
        alerts = self._alerts.changed(watermark)
        if self.closed:
            return
        if alerts:
            self.view = msgspec.structs.replace(self.view, alerts=self._alerts.rows)
        await self._rows.tell(alerts, self._naming.told())
        await self._rows.write_rows(progress, watermark, is_whole=not self.agreement.others)

    async def _bring_up_to_now(self) -> Progress | None:
        run = self._turns.run
        await run(self._apply_pending(self._clock.now_us()))
        now_us, watermark_us = self.now_us(), self.watermark_us()
        # On the clock of events there is no now before the first usable one; progress is told all the same.
        if self.closed or (not now_us and not self._statuses):
            return None
        await run(self._rollup.advance_steps(now_us))
        await run(self._rows.numbers.take(self._waiting.of(self._rollup.take_blocks())))
        for error in self._rollup.failures:
            self._note_fault(error)
        self._rollup.failures.clear()
        tally = self.tally()
        if not self.agreement.others:
            # While partitions are counted in two ways, their panes together say nothing.
            await run(self._alerts.judge(now_us, watermark_us))
            await run(self.trends.refresh(now_us, self._rows.numbers.blocks))
        if self.closed:
            return None
        old = list(self.view.rows.blocks.values())
        self.view = View(
            Rows(dict(self._rows.numbers.blocks)),
            dict(self._counters.totals),
            tally,
            now_us,
            watermark_us,
            self._alerts.rows,
            self._alerts.signals,
            self._alerts.ratio_signals,
            self._members.told(),
            self._rollup.unnamed,
        )
        await run(let_go(old))
        positions = {number: status.positions for number, status in sorted(self._statuses.items())}
        return msgspec.structs.replace(self._nobody, positions=positions, tally=tally, now_us=now_us)

    def tally(self) -> dict[str, int]:
        """What became of the events of all partitions together."""
        total = total_tally(self._statuses.values())
        if self._internal_errors:
            total["internal_errors"] += self._internal_errors
        return dict(total)

    async def pause(self) -> None:
        """Wait for a publication under way, but not for all rows that are to be written: these go on with the next."""
        await self._wait_for_publication()
        await self._rows.pause()

    async def flush(self) -> None:
        """Wait for a publication under way, and for its rows."""
        await self._wait_for_publication()
        await self._rows.flush()

    async def _wait_for_publication(self) -> None:
        if self._publishing is not None:
            await wait([self._publishing], timeout=self._settings.pipeline.transaction_timeout_seconds)

    async def finish(self) -> None:
        """Before the worker ends: write what is shown. Maybe nobody takes over, and consumers go by the rows."""
        await self._wait_for_publication()
        await self._rows.flush(_LAST_SECONDS)
        self._rows.hurry()
        self.publish_soon()
        if self._publishing is not None:
            await wait([self._publishing], timeout=_LAST_SECONDS)

    async def close(self) -> None:
        """Give the roll-up up; its gauges leave this worker at once."""
        self.closed, self.ready = True, False
        self.view = EMPTY_VIEW
        self._alerts.close()
        self._rows.stop()
        if self._loading is not None:
            self._loading.cancel()
        if self._publishing is not None:
            await wait([self._publishing], timeout=_LAST_SECONDS)
        await self._rows.flush(_LAST_SECONDS)
        await self.transactions.stop()
