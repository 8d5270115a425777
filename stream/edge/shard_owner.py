"""A shard in the hands of this worker: its state in memory, its position, its transactional producer.

Every commit writes, in one transaction, all that the folded events changed: ticket, pane and counter rows and the
position in the changelog, facts, snapshots for the roll-up, dead letters, and the group's offsets (for lag tools).
"""

from __future__ import annotations

import logging
from asyncio import Task, wait
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from aiokafka import TopicPartition
from msgspec import Struct

from stream.clock import Clock
from stream.domain.log import Insertion
from stream.domain.partials import (
    ShardStatus,
    decode_cells,
    encode_cells,
    pane_key,
    parse_pane_key,
    parse_segment_key,
    segment_key,
)
from stream.domain.reading import Reading
from stream.domain.rejections import Rejected, Skipped
from stream.domain.shard import Changes, Shard, ShardRules
from stream.edge.codec import Decoder
from stream.edge.crash_points import NO_CRASH, CrashPoints
from stream.edge.derived import (
    batch_letter_key,
    batch_letter_row,
    dead_letter_key,
    dead_letter_row,
    fact_key,
    fact_row,
)
from stream.edge.fetched import Span, Unreadable, loss_sentence, require_readable, unreadable_sentence
from stream.edge.id_watch import IdWatch
from stream.edge.last_resort import end_process, guarded
from stream.edge.loading import read_to, stable_end
from stream.edge.rules import fingerprint_of
from stream.edge.transactions import Transactions
from stream.errors import ConfigError, LossError
from stream.settings import Settings

log = logging.getLogger(__name__)

POSITION_KEY: Final = b"="
SEGMENTS_KEY: Final = b"a"
_TALLY_OF: Final = {
    Insertion.DUPLICATE: "duplicates",
    Insertion.CONFLICT: "conflicts",
    Insertion.NOT_KEPT: "not_kept",
}
_LOG_APPEND_TIME: Final = 1
_EXPIRE_EVERY_US: Final = 10_000_000
_HEARTBEAT_US: Final = 1_000_000


class _StoredPosition(Struct, frozen=True):
    status: ShardStatus
    fingerprint: str


_encode_json: Final = msgspec.json.Encoder().encode
_decode_position: Final = msgspec.json.Decoder(_StoredPosition).decode
_decode_segments: Final = msgspec.json.Decoder(list[str]).decode


class ShardOwner:
    """One partition of the source topics. ``ready`` once its state is loaded; ``closed`` once it left this worker."""

    def __init__(
        self, partition: int, settings: Settings, rules: ShardRules, clock: Clock, crash: CrashPoints = NO_CRASH
    ) -> None:
        self._crash = crash
        self.partition = partition
        self.state = Shard(rules)
        self.tally: Counter[str] = Counter()
        self.ready = self.closed = False
        self.loaded_rows = 0
        self.held_back: dict[str, int] = {}
        """By topic: the offset from which a producer's open transaction keeps readers."""
        self._settings = settings
        self._clock = clock
        self._topics = settings.topic_names
        self._logical = {self._topics[name]: name for name in ("tickets", "surveys")}
        self.reading = Reading(tuple(self._logical.values()))
        self._decoder = Decoder(rules.limits)
        self._tolerance_us = round(rules.limits.future_tolerance_seconds * 1_000_000)
        self._catch_up_us = round(settings.pipeline.catch_up_interval_seconds * 1_000_000)
        self._late_after_us = round(settings.pipeline.late_after_seconds * 1_000_000)
        self._fingerprint = fingerprint_of(rules)
        self.transactions = Transactions(settings, str(partition), crash)
        self._dead_letters: list[tuple[bytes, bytes]] = []
        self._changelog_end = 0
        self._stored: _StoredPosition | None = None
        self._loading: Task[None] | None = None
        self._committing: Task[None] | None = None
        self._moved = False
        self._ids = IdWatch(partition, settings.topics.partitions)
        self._expired_us = self._written_us = 0

    async def take_over(self) -> None:
        """Fence the previous owner, then start loading in the background; quick, as the group waits for it."""
        await self.transactions.start()
        self._crash.reach("taken_over")
        self._changelog_end = await stable_end(self._settings.kafka, self._topics["changelog"], self.partition)
        self._loading = guarded(self._load(), f"loading shard {self.partition}")

    async def _load(self) -> None:
        async for records in read_to(
            self._settings.kafka, self._topics["changelog"], self.partition, self._changelog_end
        ):
            self.restore(records)
        self.finish_restore()

    def restore(self, records: Sequence[Any]) -> None:
        """Apply rows of the changelog, in their order."""
        state = self.state
        self.loaded_rows += len(records)
        for record in records:
            key, value = record.key, record.value
            kind = key[:2]
            if kind == b"t|":
                state.restore_ticket(key[2:].decode(), value)
            elif kind == b"p|":
                state.restore_pane(parse_pane_key(key), decode_cells(value) if value is not None else None)
            elif kind == b"c|":
                state.counters.restore(parse_segment_key(key), decode_cells(value))
            elif key == SEGMENTS_KEY:
                state.admission.restore(_decode_segments(value))
            elif key == POSITION_KEY:
                self._stored = _decode_position(value)

    def finish_restore(self) -> None:
        """All rows of the changelog have been applied: the shard is ready."""
        self.state.finish_restore()
        if self._stored is not None:
            self._check_fingerprint(self._stored.fingerprint)
            status = self._stored.status
            self.reading.positions = dict(status.positions)
            self.reading.newest_us = dict(status.newest_of)
            self.reading.complete_us = status.complete_us
            self.tally.update(status.tally)
            self.state.newest_us = status.newest_us
        self._crash.reach("loaded")
        self.ready = not self.closed

    def _check_fingerprint(self, stored: str) -> None:
        if stored != self._fingerprint:
            raise ConfigError(
                f"the stored state of application {self._settings.application_id!r} was made under other definitions, "
                f"windows, limits.max_segments, alerts.enabled or metrics (fingerprint {stored}, "
                f"now {self._fingerprint}). "
                "Restore those settings, or set another application_id: its state is rebuilt from the source topics."
            )

    def take(self, topic: str, span: Span) -> None:
        """Fold what was read of one source topic, and move the position to where its reading goes on."""
        logical = self._logical[topic]
        position = self.reading.positions.get(logical, -1)
        if span.start > position >= 0:
            end_process(
                f"{topic} partition {self.partition} was read on from offset {span.start}, expected {position}: "
                "this is a defect; the restart reads what was left out"
            )
        if len(span):
            self.fold(topic, span)
        if span.unreadable is not None and span.end > position:
            self._refuse_batch(span.unreadable, position)
        self.reading.positions[logical] = max(position, span.end)
        self._moved = True

    def fold(self, topic: str, records: Sequence[Any]) -> None:
        """Fold records of one source topic; those below the position have been counted and are skipped."""
        logical = self._logical[topic]
        reading = self.reading
        position = reading.positions.get(logical, -1)
        decode, fold, tally = self._decoder.decode, self.state.fold, self.tally
        tolerance_us, late_after_us = self._tolerance_us, self._late_after_us
        wall_us = self._clock.now_us()
        replayed = self._settings.clock == "event"
        newest_us = reading.newest_us.get(logical, 0)
        added = late = 0
        for record in records:
            if record.offset < position:
                continue
            now_us = record.timestamp * 1000 if record.timestamp_type == _LOG_APPEND_TIME else wall_us
            decoded = decode(record.value, record.key, record.headers, now_us + tolerance_us)
            if type(decoded) is tuple:
                result = fold(decoded[0], decoded[1], now_us if replayed else 0)
                if result is Insertion.ADDED:
                    added += 1
                    time_us = decoded[1].time_us
                    if time_us > newest_us:
                        # One that is dated ahead of the clock must not make those after it late.
                        newest_us = time_us if time_us <= now_us else max(newest_us, now_us)
                    elif time_us < newest_us - late_after_us:
                        late += 1
                elif isinstance(result, Rejected):
                    self._dead_letter(result, record)
                else:
                    tally[_TALLY_OF[result]] += 1
            elif isinstance(decoded, Rejected):
                self._dead_letter(decoded, record)
            elif isinstance(decoded, Skipped):
                tally["unknown_types"] += 1
        tally["events"] += added
        if late:
            tally["late"] += late
        reading.newest_us[logical] = newest_us
        reading.positions[logical] = max(position, records[-1].offset + 1)
        self._moved = True
        self.tally.update({f"labels_shortened/{kind}": n for kind, n in self._decoder.labels.take_shortened().items()})
        self._ids.look(self.state, self.tally)

    def _dead_letter(self, rejected: Rejected, record: Any) -> None:
        self.tally[f"dead_letters/{rejected.reason}"] += 1
        row = dead_letter_row(rejected, record, self._settings.pipeline.max_original_bytes)
        self._dead_letters.append((dead_letter_key(record), row))

    def _refuse_batch(self, batch: Unreadable, position: int) -> None:
        """One dead letter for all records of a batch that cannot be read."""
        if self._settings.pipeline.on_unreadable == "stop" and batch.reason == "batch_unreadable":
            require_readable(batch, "Set pipeline.on_unreadable to 'dead_letter' to go on without its records")
        batch = msgspec.structs.replace(batch, first=max(batch.first, position))
        self.tally[f"dead_letters/{batch.reason}"] += 1
        self.tally["unread_records"] += batch.last + 1 - batch.first
        self._dead_letters.append((batch_letter_key(batch), batch_letter_row(batch)))
        log.error("%s", unreadable_sentence(batch))

    def note_loss(self, topic: str, first: int, end: int) -> int:
        """The log of ``topic`` holds ``first`` to before ``end``, and not the position: where to read on.

        Control records, aborted records and compaction leave holes in a log as well. Those are no loss.
        """
        logical = self._logical[topic]
        position = self.reading.positions[logical]
        sentence = loss_sentence(topic, self.partition, position, first, end)
        if self._settings.pipeline.on_gap == "stop":
            end_process(
                f"{sentence}. Set pipeline.on_gap to 'count' to go on from offset {first}, or restore the topic",
                LossError.exit_code,
            )
        log.error("%s; going on from offset %d (pipeline.on_gap)", sentence, first)
        self.tally["gaps"] += 1
        self.reading.positions[logical] = first
        self._moved = True
        return first

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
    def committing_seconds(self) -> float:
        """How long the commit under way has taken; 0 when there is none."""
        is_busy = self._committing is not None and not self._committing.done()
        return (self._clock.now_us() - self._written_us) / 1e6 if is_busy else 0.0

    def now_us(self) -> int:
        """What time it is for this shard: the wall's, or the newest event's when history is replayed."""
        return self.state.newest_us if self._settings.clock == "event" else self._clock.now_us()

    def status(self) -> ShardStatus:
        """How far the shard is."""
        reading, newest_us = self.reading, self.state.newest_us
        replayed = self._settings.clock == "event"
        complete_us = newest_us if replayed else reading.advance_complete(self._clock.now_us())
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
        if not self.ready or self.closed or (self._committing is not None and not self._committing.done()):
            return
        if self._settings.clock == "wall":
            # All source topics together decide from when on an event is too late; in a replay each event does.
            self.state.newest_us = max(self.state.newest_us, self.reading.newest_of_all_us)
        now_us = self.now_us()
        changes = self.state.settle(now_us)
        if changes.too_late_for_windows:
            self.tally["too_late_for_windows"] += changes.too_late_for_windows
        if now_us - self._expired_us >= _EXPIRE_EVERY_US:
            self._expired_us = now_us
            gone = self.state.expire(now_us)
            changes.tickets += gone.tickets
            changes.panes += gone.panes
        wall_us = self._clock.now_us()
        due = self._settings.clock == "wall" and self.reading.ends and wall_us - self._written_us >= _HEARTBEAT_US
        if not (changes or self._moved or due):
            return
        self._written_us, self._moved = wall_us, False
        rows, offsets = self._encode(changes)
        self._committing = guarded(self.transactions.write(rows, offsets), f"commit of shard {self.partition}")

    def _encode(
        self, changes: Changes
    ) -> tuple[dict[tuple[str, int], list[tuple[bytes, bytes | None]]], dict[TopicPartition, int]]:
        prefix = b"%d|" % self.partition
        status = self.status()
        changelog: list[tuple[bytes, bytes | None]] = [(b"t|" + n.encode(), row) for n, row in changes.tickets]
        partials: list[tuple[bytes, bytes | None]] = []
        for pane, cells in changes.panes:
            key, value = pane_key(pane), encode_cells(cells) if cells is not None else None
            changelog.append((key, value))
            partials.append((prefix + key, value))
        for segment, cells in changes.levels:
            partials.append((prefix + segment_key("l", segment), encode_cells(cells) if cells is not None else None))
        for segment, cells in changes.counters:
            key, value = segment_key("c", segment), encode_cells(cells)
            changelog.append((key, value))
            partials.append((prefix + key, value))
        if changes.segments is not None:
            changelog.append((SEGMENTS_KEY, _encode_json(changes.segments)))
        changelog.append((POSITION_KEY, _encode_json(_StoredPosition(status, self._fingerprint))))
        partials.append((prefix + b"s", _encode_json(status)))
        facts: list[tuple[bytes, bytes | None]] = [
            (fact_key(ticket, name), fact_row(ticket, name, fact)) for ticket, name, fact in changes.facts
        ]
        letters, self._dead_letters = self._dead_letters, []
        rows: dict[tuple[str, int], list[tuple[bytes, bytes | None]]] = {
            (self._topics["changelog"], self.partition): changelog,
            (self._topics["facts"], self.partition): facts,
            (self._topics["dead_letter"], self.partition): [*letters],
            (self._topics["partials"], 0): partials,
        }
        offsets = {
            TopicPartition(topic, self.partition): self.reading.positions[logical]
            for topic, logical in self._logical.items()
            if logical in self.reading.positions
        }
        return {place: items for place, items in rows.items() if items}, offsets

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

    async def _await_commit(self, seconds: float) -> None:
        if self._committing is not None:
            await wait([self._committing], timeout=seconds)
