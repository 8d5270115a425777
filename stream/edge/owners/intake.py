"""What a shard does with the records of its source topics: decode, fold, and say what became of each."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from stream.clock import Clock
from stream.contract.decoder import Decoder
from stream.domain.changes import Changes
from stream.domain.log import Insertion
from stream.domain.reading import Reading
from stream.domain.rejections import Rejected
from stream.domain.shard import Shard
from stream.edge.kafka.fetched import Span, Unreadable, loss_sentence, require_readable, unreadable_sentence
from stream.edge.owners.dead_letters import DeadLetters
from stream.edge.owners.fold_loop import EVENTS_A_STEP, SAID, FoldLoop
from stream.edge.owners.id_watch import IdWatch
from stream.edge.owners.internal_errors import FaultLog, fault_of, rejected_for
from stream.edge.owners.statement_rows import LOGICAL as STATEMENTS
from stream.edge.owners.statement_rows import ToForget, customer_places_of, read_statement
from stream.edge.process.last_resort import end_process
from stream.errors import LossError
from stream.rules import customer_rules_of, hides_customers
from stream.settings import Settings

log = logging.getLogger(__name__)

_LOG_APPEND_TIME: Final = 1
_BYTES_A_ROW: Final = 128
"""Of a stored ticket: so much of it can make one row when the ticket is settled anew."""


class Intake:
    """``logical``: the source topics and what they are. ``tally``: what became of the records; ``reading``: how far."""

    def __init__(
        self, partition: int, settings: Settings, state: Shard, clock: Clock, logical: Mapping[str, str]
    ) -> None:
        self.tally: Counter[str] = Counter()
        topics = logical.values()
        inner = [name for name in topics if name == STATEMENTS]
        self.reading = Reading([name for name in topics if name != STATEMENTS], inner)
        self.dead_letters = DeadLetters(
            partition,
            settings.dead_letters,
            settings.pipeline.max_original_bytes,
            self.tally,
            has_budget=not settings.is_history,
            customers_topic=settings.topic_names["customers"] if hides_customers(settings) else None,
        )
        self.has_moved = False
        self.next = 0
        self._partition = partition
        self._settings = settings
        self._state = state
        self._clock = clock
        self._logical = logical
        limits = state.rules.limits
        places = customer_places_of(settings)
        rules = msgspec.structs.replace(customer_rules_of(settings), place_of=places.of_key)
        self._decoder = Decoder(limits, rules)
        self._loop = FoldLoop(
            self._decoder,
            state,
            self.tally,
            self._dead_letter,
            self._refuse,
            tolerance_us=round(limits.future_tolerance_seconds * 1_000_000),
            late_after_us=round(settings.pipeline.late_after_seconds * 1_000_000),
            counts_customers="customers" in topics,
            is_history=settings.is_history,
        )
        self._faults = FaultLog()
        self._events = self._bytes = 0
        self._ids = IdWatch(partition, settings.topics.partitions, places)

    @property
    def is_full(self) -> bool:
        """True when no more should be folded before the next commit."""
        pipeline, touched = self._settings.pipeline, self._state.touched_bytes
        return (
            self._events + touched // _BYTES_A_ROW >= pipeline.max_transaction_rows
            or self._bytes + touched + self.dead_letters.size_bytes >= pipeline.max_transaction_bytes
        )

    def fold(self, topic: str, records: Sequence[Any]) -> None:
        """Fold a batch of one source topic; records below the position have been counted and are skipped."""
        begin = 0
        while begin < len(records):
            for _ in self.fold_steps(topic, records, begin):
                pass
            begin = self.next

    def fold_steps(self, topic: str, records: Sequence[Any], begin: int) -> Iterator[None]:
        """Fold from index ``begin`` on, until all is folded or the next transaction is full: `next` says how far.

        At every step positions and tallies are those of what is folded.
        """
        logical, reading = self._logical[topic], self.reading
        position = reading.positions.get(logical, -1)
        fold_slice = self._hear_slice if logical == STATEMENTS else self._fold_slice
        while begin < len(records):
            end = fold_slice(logical, records, begin, position)
            # What lies between two records of a batch was never to be read: the next one is where reading goes on.
            next_offset = records[end].offset if end < len(records) else records[-1].offset + 1
            reading.positions[logical] = position = max(position, next_offset)
            self.has_moved = True
            self._events += end - begin
            self.next = begin = end
            shortened = self._decoder.labels.take_shortened()
            self.tally.update({f"labels_shortened/{kind}": number for kind, number in shortened.items()})
            self._ids.look(self._state, self.tally)
            if self.is_full:
                return
            yield

    def _fold_slice(self, logical: str, records: Sequence[Any], begin: int, position: int) -> int:
        newest_us = self.reading.newest_us.get(logical, 0)
        end = self._loop.run(records, begin, position, self._clock.now_us(), newest_us)
        if records[end - 1].timestamp_type == _LOG_APPEND_TIME:
            self._clock.note_append(records[end - 1].timestamp * 1000)
        self.reading.newest_us[logical] = self._loop.newest_us
        self._bytes += self._loop.size_bytes
        return end

    def _hear_slice(self, logical: str, records: Sequence[Any], begin: int, position: int) -> int:
        """The same of what tickets state: it is no event, is not counted, and moves no time."""
        end = begin
        for record in records[begin : begin + EVENTS_A_STEP]:
            end += 1
            if record.offset < position:
                continue
            try:
                read = read_statement(record.key, record.value)
                if isinstance(read, Rejected):
                    self._dead_letter(read, record)
                elif isinstance(read, ToForget):
                    self._state.hear_forgotten(read.digest)
                else:
                    result = self._state.hear(*read, record)
                    if result is Insertion.NOT_KEPT or isinstance(result, Rejected):
                        self.tally["statements_not_kept"] += 1
            except Exception as error:
                self._refuse(record, error)
            self._bytes += len(record.value or b"")
        return end

    def _dead_letter(self, rejected: Rejected, record: Any) -> None:
        self.dead_letters.add(rejected, record, self._clock.now_us())

    def _refuse(self, record: Any, error: Exception) -> None:
        fault = fault_of(error)
        self.tally["internal_errors"] += 1
        self._faults.say(fault, self._clock.now_us(), record)
        self._dead_letter(rejected_for(fault), record)

    def take_back(self, changes: Changes) -> None:
        """All that was folded is settled: refuse those that their tickets could not be settled with."""
        self._events = self._bytes = 0
        if changes.too_late_for_windows:
            self.tally["too_late_for_windows"] += changes.too_late_for_windows
        refused: list[tuple[Any, Insertion, Exception]] = list(changes.refused)
        for record, said, error in refused:
            if self._logical[record.topic] != STATEMENTS:
                self.tally[SAID[said]] -= 1
            self._refuse(record, error)
        for said, true in changes.corrections:
            self.tally[SAID[said]] -= 1
            self.tally[SAID[true]] += 1
        for error in changes.failures:
            self.tally["internal_errors"] += 1
            self._faults.say(fault_of(error), self._clock.now_us(), None, "of a ticket keeps its former facts")
        changes.forget_ways()

    def require_next(self, topic: str, span: Span) -> None:
        """End the process where ``span`` is not what comes next."""
        position = self.reading.positions.get(self._logical[topic], -1)
        if span.start > position >= 0:
            end_process(
                f"{topic} partition {self._partition} was read on from offset {span.start}, expected {position}: "
                "this is a defect; the restart reads what was left out"
            )

    def finish(self, topic: str, span: Span) -> None:
        """All records of ``span`` are folded: what lies behind them was read as well."""
        logical = self._logical[topic]
        position = self.reading.positions.get(logical, -1)
        if span.unreadable is not None and span.end > position:
            self._refuse_batch(span.unreadable, position)
        self.reading.positions[logical] = max(position, span.end)
        self.has_moved = True

    def _refuse_batch(self, batch: Unreadable, position: int) -> None:
        """One dead letter for all records of a batch that cannot be read."""
        if self._settings.pipeline.on_unreadable == "stop" and batch.reason == "batch_unreadable":
            require_readable(batch, "Set pipeline.on_unreadable to 'dead_letter' to go on without its records")
        batch = msgspec.structs.replace(batch, first=max(batch.first, position))
        self.tally["unread_records"] += batch.last + 1 - batch.first
        self.dead_letters.add_batch(batch)
        log.error("%s", unreadable_sentence(batch))

    def note_loss(self, topic: str, first: int, end: int) -> int:
        """The log of ``topic`` holds ``first`` to before ``end``, and not the position: where to read on.

        Control records, aborted records and compaction leave holes in a log as well. Those are no loss.
        """
        logical = self._logical[topic]
        position = self.reading.positions[logical]
        sentence = loss_sentence(topic, self._partition, position, first, end)
        self._count_loss(sentence, f"offset {first}")
        self.reading.positions[logical] = first
        return first

    def note_made_anew(self, topic: str) -> None:
        """``topic`` is not the one that had been read: it is read from its beginning."""
        position = self.reading.positions.pop(self._logical[topic], 0)
        sentence = (
            f"events may be missing: {topic} was deleted and created anew since partition {self._partition} had been "
            f"read up to {position}: what the topic of before held and had not been read is lost"
        )
        self._count_loss(sentence, "the beginning of the new one")

    def _count_loss(self, sentence: str, where: str) -> None:
        """Count it and go on from ``where``, or end the process: as `pipeline.on_gap` says."""
        if self._settings.pipeline.on_gap == "stop":
            end_process(
                f"{sentence}. Set pipeline.on_gap to 'count' to go on from {where}, or restore the topic",
                LossError.exit_code,
            )
        log.error("%s; going on from %s (pipeline.on_gap)", sentence, where)
        self.tally["gaps"] += 1
        self.has_moved = True
