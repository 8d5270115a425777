"""What this worker holds: the shards of its partitions, and the roll-up if the partials are its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Set
from typing import Any, Final

from faust.tables import TableManager
from faust.types import TP

from stream.clock import Clock
from stream.domain.shard_rules import ShardRules
from stream.edge.owners.rollup_owner import RollupOwner
from stream.edge.owners.shard_owner import ShardOwner
from stream.edge.process.crash_points import NO_CRASH, CrashPoints
from stream.edge.process.last_resort import end_process
from stream.edge.process.turns import Turns
from stream.errors import DeskpulseError
from stream.settings import Settings

STALE_SECONDS: Final = 60
"""As in the alert MetricsStale."""
AHEAD_SECONDS: Final = 5
"""Clocks of workers differ, but by less."""
STUCK_SECONDS: Final = 5.0
"""A transaction that takes longer waits for something that does not come."""

log = logging.getLogger(__name__)


class Assignment:
    """The worker's state, moved by rebalances. Also tells the transport from where to read (`Seats`)."""

    def __init__(self, settings: Settings, rules: ShardRules, clock: Clock, crash: CrashPoints = NO_CRASH) -> None:
        self._crash = crash
        self.batch_events = settings.pipeline.batch_events
        self.max_decompressed_batch_bytes = settings.kafka.max_decompressed_batch_bytes
        self.shards: dict[int, ShardOwner] = {}
        self.rollup: RollupOwner | None = None
        self.address = ""
        """Where other workers find this one's HTTP side."""
        self.rebalances_total = 0
        self.assigned = False
        self.moving = False
        self.last_beat_us = clock.now_us()
        self._turns = Turns()
        self._generation = 0
        self._settings = settings
        self._rules = rules
        self._clock = clock
        topics = settings.topic_names
        self._sources = tuple(topics[name] for name in settings.read_topics)
        self._partials = topics["partials"]

    def is_ours(self, topic: str) -> bool:
        """True for the topics whose offsets we keep."""
        return topic in self._sources or topic == self._partials

    def start_of(self, topic: str, partition: int) -> int | None:
        """Offset to read on from, -1 for the beginning; None while the state is not loaded."""
        if topic == self._partials:
            return self.rollup.position if self.rollup is not None and self.rollup.ready else None
        shard = self.shards.get(partition)
        return shard.start_of(topic) if shard is not None and shard.ready else None

    def note_start(self, topic: str, partition: int, start: int) -> None:
        """Reading begins at ``start``."""
        if topic in self._sources and partition in self.shards:
            log.debug("shard %d reads %s from %d", partition, topic, start)
            self.shards[partition].note_start(topic, start)

    def note_end(self, topic: str, partition: int, end: int, stable_end: int) -> None:
        """The partition is known to end at ``end``, and cannot be read beyond ``stable_end`` for now."""
        if topic in self._sources and partition in self.shards:
            self.shards[partition].note_end(topic, end, stable_end)

    def note_loss(self, topic: str, partition: int, first: int, end: int) -> int:
        """The partition's log holds ``first`` to before ``end``, and its position is in neither: where to read on."""
        if topic == self._partials:
            end_process(f"{topic} begins at offset {first} and ends at {end}, and was read elsewhere: loading it again")
        return self.shards[partition].note_loss(topic, first, end)

    def in_generation(self, current: Callable[[], int], generation: int) -> Callable[[], bool]:
        """Tells whether what was fetched in ``generation`` may still be folded.

        While a rebalance is under way nothing is: what is not folded then is read again after it.
        """
        return lambda: current() == generation and not self.moving

    def beat(self) -> None:
        """The consumer is alive."""
        self.last_beat_us = self._clock.now_us()

    async def rebalance_begins(self) -> None:
        """Commit what is folded and start nothing new until the rebalance is over.

        Whoever takes a shard over fences its owner. One that is in the middle of a commit then has to end its process,
        and so begins the next rebalance.
        """
        self.moving = True
        await asyncio.gather(*(shard.flush() for shard in self.shards.values()))
        if self.rollup is not None:
            await self.rollup.pause()

    @property
    def is_idle(self) -> bool:
        """True when no shard is loading, reading or committing."""
        return all(shard.is_idle for shard in self.shards.values())

    def commit_soon(self) -> None:
        """Let every shard begin a commit."""
        if not self.moving:
            for shard in self.shards.values():
                shard.commit_soon()

    def publish_soon(self) -> None:
        """Let the roll-up begin a publication, where this worker has it."""
        if self.rollup is not None and not self.moving:
            self.rollup.publish_soon()

    async def rebalanced(self, assigned: Set[TP], generation: int) -> None:
        """Give up what left, fence and start to load what came. Any failure ends the process.

        In a generation that this worker missed, others may have had what it still holds: then nothing is kept.
        """
        wanted = {tp.partition for tp in assigned if tp.topic == self._sources[0]}
        others = {tp.partition for tp in assigned if tp.topic == self._sources[1]}
        if wanted != others:
            end_process(
                f"{self._sources[0]} and {self._sources[1]} are not assigned alike "
                f"({sorted(wanted)}, {sorted(others)}): they need equal numbers of partitions (run 'deskpulse topics')"
            )
        self.rebalances_total += 1
        missed = generation != self._generation + 1
        self._generation = generation
        gone = sorted(self.shards if missed else set(self.shards) - wanted)
        if gone:
            log.info("giving up shards %s", gone)
        await asyncio.gather(*(self.shards.pop(partition).close() for partition in gone))
        try:
            await asyncio.gather(*(self._open(partition) for partition in sorted(wanted - set(self.shards))))
        except Exception as error:
            end_process(f"taking over shards failed: {type(error).__name__}: {error}")
        if missed:
            await self._seat_rollup(False)
        await self._seat_rollup(TP(self._partials, 0) in assigned)
        self.assigned = True
        self.moving = False
        log.info("holding shards %s%s", sorted(self.shards), " and the roll-up" if self.rollup else "")

    async def _open(self, partition: int) -> None:
        shard = ShardOwner(partition, self._settings, self._rules, self._clock, self._crash, self._turns)
        await shard.take_over()
        self.shards[partition] = shard

    async def _seat_rollup(self, mine: bool) -> None:
        if self.rollup is not None and not mine:
            rollup, self.rollup = self.rollup, None
            await rollup.close()
        if mine and self.rollup is None:
            self.rollup = RollupOwner(self._settings, self._clock, self._crash, self._turns, self.address)
            self.rollup.take_over()

    @property
    def ready(self) -> bool:
        """True when an assignment was received, all state is loaded and the lag is small."""
        return not self.unready_reasons()

    def unready_reasons(self) -> list[str]:
        """What is missing until this worker is ready, in words."""
        if not self.assigned:
            return ["no assignment received from the consumer group yet"]
        limit = self._settings.pipeline.max_lag_events_ready
        reasons = []
        for number, shard in sorted(self.shards.items()):
            if (rebooking := shard.rebooking) is not None:
                reasons.append(
                    f"shard {number} is booked anew under changed settings ({rebooking.tickets_left} of "
                    f"{rebooking.tickets} tickets left)"
                )
            elif not shard.ready:
                reasons.append(f"shard {number} is loading its state ({shard.loaded_rows} rows so far)")
            elif shard.lag is None:
                reasons.append(f"shard {number} has not begun to read its source topics")
            elif shard.lag > limit:
                reasons.append(f"shard {number} lags {shard.lag} events (pipeline.max_lag_events_ready: {limit})")
            elif not shard.reading.knows_all_ends:
                reasons.append(f"shard {number} has not begun to read all of its source topics")
            if shard.committing_seconds > STUCK_SECONDS:
                reasons.append(f"shard {number} has been committing for {shard.committing_seconds:.0f} s")
        if self.rollup is not None and self.rollup.publishing_seconds > STUCK_SECONDS:
            reasons.append(f"the roll-up has been publishing for {self.rollup.publishing_seconds:.0f} s")
        if self.rollup is not None and not self.rollup.ready:
            reasons.append("the roll-up is loading")
        elif self.rollup is not None and not self._settings.is_history and not self.rollup.view.now_us:
            reasons.append("the roll-up has not shown its numbers yet")
        elif self.rollup is not None and not self._settings.is_history:
            age = (self._clock.now_us() - self.rollup.view.watermark_us) // 1_000_000
            if age < -AHEAD_SECONDS:
                reasons.append(
                    f"events are counted up to {-age} s from now, which cannot be: is the clock of each worker right?"
                )
            if self.rollup.view.watermark_us and age > STALE_SECONDS:
                reasons.append(
                    f"events are counted only up to {age} s ago: does Kafka answer, has each partition an owner?"
                )
                reasons += [
                    f"{topic} partition {number}: a producer's transaction is open since offset {offset}, and nothing "
                    "behind it can be read"
                    for number, shard in sorted(self.shards.items())
                    for topic, offset in shard.held_back.items()
                ]
        return reasons

    def warnings(self) -> list[str]:
        """What takes its time, and keeps nobody from relying on this worker's numbers, in words."""
        if self.rollup is None:
            return []
        found: list[str] = []
        if self.rollup.ready and not self.rollup.knows_written:
            found.append(
                "the roll-up reads the rows published so far: numbers and alerts go on, rows are written after it"
            )
        if waiting := self.rollup.waiting_metrics:
            others = ", ".join(map(str, self.rollup.agreement.others))
            found.append(
                f"{', '.join(waiting)} stay as they are until all partitions are counted under this worker's settings; "
                f"others are, or are being booked anew: {others}"
            )
        return found

    async def finish(self) -> None:
        """Commit what is folded and let go of everything (clean shutdown)."""
        await asyncio.gather(*(shard.finish() for shard in self.shards.values()))
        self.shards = {}
        if self.rollup is not None:
            await self.rollup.finish()
        await self._seat_rollup(False)


def table_manager(assignment: Assignment, changelog: str) -> type[Any]:
    """Faust's hook for state, a public setting: called with every new assignment, before streams resume.

    No Faust table is registered, so its own recovery has nothing to do. The changelog is named for one reason: with
    none, Faust's driver takes the round-robin assignor, and tickets-3 and surveys-3 land on different workers.
    """

    class ShardTables(TableManager):  # type: ignore[misc]  # faust has no usable types
        logger = logging.getLogger("faust.tables")

        @property
        def changelog_topics(self) -> set[str]:
            return {changelog}

        async def on_rebalance(
            self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
        ) -> None:
            try:
                await assignment.rebalanced(assigned, generation_id)
            except DeskpulseError as error:
                end_process(str(error))
            await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    return ShardTables
