"""A shard in the hands of this worker: its state in memory, its position, its transactional producer.

Every commit writes, in one transaction, all that the folded events changed: ticket, pane and counter rows and the
position in the changelog, facts, snapshots for the roll-up, dead letters, and the group's offsets (for lag tools).
"""

from __future__ import annotations

import logging
from asyncio import Lock, Task, wait
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from aiokafka import TopicPartition

from stream.clock import Clock, Present
from stream.domain.changes import Changes
from stream.domain.parts import Parts
from stream.domain.rebooking import Rebooking
from stream.domain.segments import dimensions_named
from stream.domain.shard import Shard
from stream.domain.shard_rules import ShardRules
from stream.domain.shard_status import ShardStatus
from stream.edge.kafka.fetched import Span
from stream.edge.kafka.loading import read_to, stable_end_and_ids
from stream.edge.kafka.transactions import Rows, Transactions
from stream.edge.owners.derived_places import DerivedPlaces
from stream.edge.owners.intake import Intake
from stream.edge.owners.origins import KEPT_BESIDE, identities, lacks_snapshots, made_anew
from stream.edge.owners.shard_rebooking import ShardRebooking
from stream.edge.owners.shard_rows import Row, ShardRows, snapshot_rows
from stream.edge.owners.shard_telling import ShardTelling
from stream.edge.owners.stored_position import StoredPosition
from stream.edge.owners.stored_rows import StoredRows
from stream.edge.owners.stored_rules import require_in_place, superseded_by
from stream.edge.process.crash_points import NO_CRASH, CrashPoints
from stream.edge.process.last_resort import guarded
from stream.edge.process.turns import Turns
from stream.errors import LossError
from stream.rules import fingerprint_of, parts_of
from stream.settings import Settings

log = logging.getLogger(__name__)

_EXPIRE_EVERY_US: Final = 10_000_000
_HEARTBEAT_US: Final = 1_000_000
_SNAPSHOTS_AT_ONCE: Final = 10_000


class ShardOwner:
    """One partition of the source topics. ``ready`` once its state is loaded; ``closed`` once it left this worker.

    ``rebooking``: while it is booked anew, as it was stored under other rules.
    ``full_total``: times that reading waited, as what was folded had reached the bounds of a transaction.
    """

    def __init__(
        self,
        partition: int,
        settings: Settings,
        rules: ShardRules,
        clock: Clock,
        crash: CrashPoints = NO_CRASH,
        turns: Turns | None = None,
    ) -> None:
        self._crash = crash
        self.partition = partition
        self.state = Shard(rules)
        self._dimensions = dimensions_named(rules.definitions.dimensions)
        self.ready = self.closed = False
        self.loaded_rows = 0
        self.held_back: dict[str, int] = {}
        """By topic: the offset from which a producer's open transaction keeps readers."""
        self._settings = settings
        self._clock = clock
        self._present = Present(clock, is_history=settings.is_history)
        self._topics = settings.topic_names
        self._logical = {self._topics[name]: name for name in settings.read_topics}
        self._places = DerivedPlaces(partition, settings.topics)
        self._intake = Intake(partition, settings, self.state, clock, self._logical)
        self.tally, self.reading = self._intake.tally, self._intake.reading
        self._catch_up_us = round(settings.pipeline.catch_up_interval_seconds * 1_000_000)
        self._parts = parts_of(rules)
        self._fingerprint = fingerprint_of(rules, settings.pipeline.settings_revision)
        self._superseded: tuple[str, ...] = ()
        self._untold_parts: Parts | None = self._parts
        """The rules of the state, until its next transaction tells them."""
        self.rebooking: ShardRebooking | None = None
        self.transactions = Transactions(settings, str(partition), crash)
        self._turns = turns or Turns()
        self._telling = ShardTelling(partition, settings, self.state, self.transactions, self._turns, crash)
        self._busy = Lock()
        """Held while records are folded, and while they are settled and made into rows."""
        self.full_total = 0
        self._changelog_end = 0
        self._topic_ids: dict[str, str] = {}
        self._stored = StoredRows(self.state)
        self._loading: Task[None] | None = None
        self._committing: Task[None] | None = None
        self._expired_us = self._written_us = self._began_us = 0

    async def take_over(self) -> None:
        """Fence the previous owner, then start loading in the background; quick, as the group waits for it."""
        await self.transactions.start()
        self._crash.reach("taken_over")
        kept = [self._topics[logical] for logical in (*self._settings.read_topics, *KEPT_BESIDE)]
        self._changelog_end, ids = await stable_end_and_ids(
            self._settings.kafka, self._topics["changelog"], self.partition, kept
        )
        self._topic_ids = identities(self._topics, ids)
        self._loading = guarded(self._load(), f"loading shard {self.partition}")

    async def _load(self) -> None:
        async for records in read_to(
            self._settings.kafka, self._topics["changelog"], self.partition, self._changelog_end
        ):
            await self._turns.run(self._restore_steps(records))
        await self.finish_load()

    async def finish_load(self) -> None:
        """All rows of the changelog have been applied: book anew what was stored under other rules, and be ready."""
        work = self._resume()
        await self._turns.run(self.state.finish_restore_steps(work.kept if work is not None else None))
        stored = self._stored
        if stored.position is not None and lacks_snapshots(stored.position.topic_ids, self._topic_ids):
            await self._tell_all()
        if work is not None:
            self.rebooking = ShardRebooking(
                self.partition, self._settings, work, self._turns, self._crash, self._write_rebooked
            )
            await self.rebooking.run(stored.parts, self._parts, self.now_us())
            self.rebooking = None
        if await self._telling.tell_anew(self._topic_ids, is_stored=stored.position is not None):
            self._intake.has_moved = True
        self._begin()

    async def _tell_all(self) -> None:
        """Write all snapshots to a topic of partials that has none of them; killed meanwhile, it is done again."""
        topic = self._topics["partials"]
        log.info("shard %d: %s is new to its state, and gets all snapshots again", self.partition, topic)
        self._untold_parts = self._parts
        rows = snapshot_rows(self.partition, self.state)
        while part := await self._next_of(rows):
            await self.transactions.write({(topic, 0): part}, {})
        self._intake.has_moved = True

    async def _next_of(self, rows: Iterator[Row]) -> list[Row]:
        part: list[Row] = []

        def steps() -> Iterator[None]:
            for row in islice(rows, _SNAPSHOTS_AT_ONCE):
                part.append(row)
                yield

        await self._turns.run(steps())
        return part

    def restore(self, records: Sequence[Any]) -> None:
        """Apply rows of the changelog, in their order. LossError: one cannot be read."""
        for _ in self._restore_steps(records):
            pass

    def _restore_steps(self, records: Sequence[Any]) -> Iterator[None]:
        self.loaded_rows += len(records)
        return self._stored.restore_steps(records, self._topics["changelog"], self.partition)

    def finish_restore(self) -> None:
        """`finish_load` at once, for a state that needs nothing else. ValueError: it does."""
        if self._resume() is not None:
            raise ValueError("it was stored under other rules")
        self.state.finish_restore()
        self._begin()

    def _resume(self) -> Rebooking | None:
        """Go on from the stored position; gives what has to be booked anew.

        ConfigError: our settings are older. LossError: events, or state, are missing, and nobody has said to go on.
        """
        stored = self._stored.position
        if stored is None:
            return None
        require_in_place(stored)
        self._superseded = superseded_by(stored, self._fingerprint, self._settings.application_id)
        status = stored.status
        self.reading.positions = dict(status.positions)
        self.reading.newest_us = dict(status.newest_of)
        self.reading.complete_us = status.complete_us
        self.tally.update(status.tally)
        self.state.newest_us = status.newest_us
        self._look_at_origins(stored.topic_ids)
        work = Rebooking(self.state, self._stored.parts, self._parts, self.now_us())
        if work.is_needed:
            return work
        self._untold_parts = None
        self._intake.has_moved |= stored.fingerprint != self._fingerprint
        return None

    async def _write_rebooked(self, changes: Changes, parts: Parts | None) -> None:
        self._intake.take_back(changes)
        made = ShardRows(self.partition, changes, self._dimensions, self._places.of_facts)
        await self._turns.run(made.steps())
        made.close(self._position(), parts)
        await self.transactions.write(self._by_topic(made), {})
        self._untold_parts = None

    def _position(self) -> StoredPosition:
        return StoredPosition(self.status(), self._fingerprint, self._topic_ids, self._superseded)

    def _begin(self) -> None:
        self._crash.reach("loaded")
        self.ready = not self.closed

    def _look_at_origins(self, stored: dict[str, str]) -> None:
        """LossError: events, or state, are missing, and nobody has said to go on without."""
        if made_anew(stored, self._topic_ids, ["changelog"]):
            raise LossError(
                f"{self._topics['changelog']} was deleted and created anew under a worker: what is in it now is not "
                "the whole state. Stop all workers, then delete it and create it once more (`deskpulse topics "
                "--create`): the state is rebuilt from the source topics"
            )
        for logical in made_anew(stored, self._topic_ids, self._logical.values()):
            self._intake.note_made_anew(self._topics[logical])
        self._topic_ids = {**stored, **self._topic_ids}

    async def take(self, topic: str, span: Span, may_go_on: Callable[[], bool]) -> None:
        """Fold what was read of one source topic, and move the position to where its reading goes on.

        In slices, and waiting for a commit whenever what is folded reaches its bound. Stops when ``may_go_on`` does not
        hold any more; the rest will be read again.
        """
        self._intake.require_next(topic, span)
        begin = 0
        while begin < len(span):
            while self._intake.is_full and may_go_on() and not self.closed:
                await self._make_room()
            async with self._busy:
                if self.closed or not may_go_on():
                    return
                await self._turns.run(self._intake.fold_steps(topic, span, begin))
                begin = self._intake.next
        async with self._busy:
            if not self.closed and may_go_on():
                self._intake.finish(topic, span)

    def fold(self, topic: str, records: Sequence[Any]) -> None:
        """Fold records of one source topic at once."""
        self._intake.fold(topic, records)

    def note_loss(self, topic: str, first: int, end: int) -> int:
        """The log of ``topic`` holds ``first`` to before ``end``, and not the position: where to read on."""
        return self._intake.note_loss(topic, first, end)

    async def _make_room(self) -> None:
        self.full_total += 1
        await self._await_commit(None)
        self._commit()
        await self._await_commit(None)

    def start_of(self, topic: str) -> int:
        """Offset to read ``topic`` on from; -1 where nothing has been read yet."""
        return self.reading.positions.get(self._logical[topic], -1)

    def note_start(self, topic: str, start: int) -> None:
        """Reading of ``topic`` begins at ``start``, which becomes the position where there was none."""
        self.reading.positions.setdefault(self._logical[topic], start)

    def note_end(self, topic: str, end: int, stable_end: int | None = None) -> None:
        """The partition of ``topic`` is known to end at ``end`` now, and cannot be read beyond ``stable_end``."""
        logical = self._logical[topic]
        self.reading.note_end(logical, end, self._clock.now_us())
        if stable_end is not None and self.reading.positions.get(logical, -1) == stable_end < end:
            self.held_back[topic] = stable_end
        else:
            self.held_back.pop(topic, None)

    @property
    def lag(self) -> int | None:
        """Records of the source topics that are known of and not folded yet; None while nothing is known."""
        return self.reading.lag if self.reading.ends else None

    @property
    def is_idle(self) -> bool:
        """True when its state is loaded, and neither is anything to be folded nor is a commit under way."""
        return self.ready and not self.lag and (self._committing is None or self._committing.done())

    @property
    def committing_seconds(self) -> float:
        """How long the commit under way has taken; 0 when there is none."""
        is_busy = self._committing is not None and not self._committing.done()
        return (self._clock.now_us() - self._began_us) / 1e6 if is_busy else 0.0

    def now_us(self) -> int:
        """What time it is for this shard: the wall's, or the newest event's when history is replayed."""
        return self._present.now_us(self.state.newest_us)

    def status(self) -> ShardStatus:
        """How far the shard is."""
        reading, newest_us = self.reading, self.state.newest_us
        complete_us = newest_us if self._present.is_history else reading.advance_complete(self._clock.now_us())
        return ShardStatus(dict(reading.positions), newest_us, complete_us, dict(self.tally), dict(reading.newest_us))

    def commit_soon(self) -> None:
        """Start a commit of what has changed, unless one is under way; folding goes on meanwhile.

        While the shard lags it commits less often: a ticket whose events come in one commit is settled once.
        """
        if self._is_behind and self._clock.now_us() - self._written_us < self._catch_up_us:
            return
        self._commit()

    @property
    def _is_behind(self) -> bool:
        return self.reading.lag > self._settings.pipeline.batch_events

    def _commit(self) -> None:
        if self.ready and not self.closed and (self._committing is None or self._committing.done()):
            self._began_us = self._clock.now_us()
            self._committing = guarded(self._commit_changes(), f"commit of shard {self.partition}")

    async def _commit_changes(self) -> None:
        async with self._busy:
            changes = Changes()
            await self._settle(changes)
            wall_us = self._clock.now_us()
            due = not self._present.is_history and self.reading.ends and wall_us - self._written_us >= _HEARTBEAT_US
            if self.closed or not (changes or self._intake.has_moved or due):
                return
            self._written_us, self._intake.has_moved = wall_us, False
            made = ShardRows(self.partition, changes, self._dimensions, self._places.of_facts)
            await self._turns.run(made.steps())
            made.close(self._position(), self._untold_parts)
            self._untold_parts = None
            rows = self._by_topic(made) | self._telling.rows(changes)
            offsets = {
                TopicPartition(topic, self.partition): self.reading.positions[logical]
                for topic, logical in self._logical.items()
                if logical in self.reading.positions
            }
        if not self.closed:
            forgets = bool(changes.forgotten)
            if forgets:
                self._crash.reach("forgetting")
            await self.transactions.write(rows, offsets)
            if forgets:
                self._crash.reach("forgotten")

    async def _settle(self, changes: Changes) -> None:
        if not self._present.is_history:
            # All source topics together decide from when on an event is too late; in a replay each event does.
            self.state.newest_us = max(self.state.newest_us, self.reading.newest_of_all_us)
        now_us = self.now_us()
        await self._turns.run(self.state.settle_steps(now_us, changes))
        self._intake.take_back(changes)
        if now_us - self._expired_us >= _EXPIRE_EVERY_US:
            self._expired_us = now_us
            await self._turns.run(self.state.expire_steps(now_us, changes))

    def _by_topic(self, made: ShardRows) -> dict[tuple[str, int], Rows]:
        rows: dict[tuple[str, int], Rows] = {
            (self._topics["changelog"], self.partition): made.changelog,
            **{(self._topics["facts"], place): facts for place, facts in made.placed_facts.items()},
            (self._topics["dead_letter"], self._places.letters): self._intake.dead_letters.take(),
            (self._topics["partials"], 0): made.partials,
        }
        return {place: items for place, items in rows.items() if items}

    async def flush(self) -> None:
        """Commit all that is folded, and wait for it."""
        await self._await_commit(self._settings.pipeline.transaction_timeout_seconds)
        self._commit()
        await self._await_commit(self._settings.pipeline.transaction_timeout_seconds)

    async def finish(self) -> None:
        """Commit all that is folded (clean shutdown), then close."""
        await self.flush()
        await self.close()

    async def close(self) -> None:
        """Give the shard up: no commit starts any more, one under way may end."""
        self.closed, self.ready = True, False
        if self._loading is not None:
            self._loading.cancel()
        await self._await_commit(3)
        await self.transactions.stop()

    async def _await_commit(self, seconds: float | None) -> None:
        if self._committing is not None:
            await wait([self._committing], timeout=seconds)
