"""Events that nobody has counted yet, in a source topic that has its new partitions already: by mistake, or too soon.

Some of them lie where their key has no place any more. They, and what came after them in their partition, are written
again, to where their keys belong, and the position goes past them, both in one transaction.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, Final

from aiokafka import TopicPartition
from msgspec.structs import replace

from stream.edge.kafka.fetched import Span, loss_sentence, require_readable
from stream.edge.kafka.loading import reader
from stream.edge.kafka.partitioning import murmur2_partition
from stream.edge.kafka.transactions import Transactions
from stream.edge.owners.shard_rows import position_row
from stream.errors import ConfigError, LossError
from stream.repartition.old_state import Tell
from stream.repartition.situation import Situation
from stream.repartition.staging import Staging
from stream.repartition.step import Step

_AT_ONCE: Final = 500
_REMEDY: Final = (
    "It lies among events that have to be written again. Where they can be done without, move the start of that "
    "partition past it (kafka-delete-records), set pipeline.on_gap to 'count', and run this again"
)


class Stragglers:
    """``forwarded_total``: events that were written again."""

    def __init__(self, step: Step, situation: Situation, staging: Staging, transactions: Transactions) -> None:
        self._step = step
        self._situation = situation
        self._staging = staging
        self._transactions = transactions
        self.forwarded_total = 0

    async def forward(self, tell: Tell) -> None:
        """Look through all partitions of before. ConfigError: a producer's transaction is open there."""
        done = 0
        places = [(*item, number) for item in self._step.sources.items() for number in range(self._step.fewer)]
        for logical, topic, number in places:
            tell("looking for events in partitions of before", done, len(places))
            done += 1
            begin, end = self._situation.bounds[topic, number]
            position = self._situation.position(number, logical, topic)
            if position < end and await self._holds_misplaced(topic, number, max(position, begin), end):
                if position < begin:
                    self._note_loss(topic, number, position)
                await self._forward(logical, topic, number, max(position, begin), end)
        tell("looking for events in partitions of before", done, len(places))

    def _home(self, record: Any, number: int) -> int:
        return murmur2_partition(record.key, self._step.more) if record.key is not None else number

    async def _holds_misplaced(self, topic: str, number: int, position: int, end: int) -> bool:
        async with aclosing(self._read(topic, number, position, end)) as parts:
            async for records in parts:
                if any(self._home(record, number) != number for record in records):
                    return True
        return False

    def _note_loss(self, topic: str, number: int, position: int) -> None:
        """What a worker would do that finds it: pipeline.on_gap decides."""
        begin, end = self._situation.bounds[topic, number]
        sentence = loss_sentence(topic, number, position, begin, end)
        if self._step.before.pipeline.on_gap == "stop":
            raise LossError(f"{sentence}. Set pipeline.on_gap to 'count' to go on from offset {begin}")
        stored = self._staging.positions[number]
        tally = {**stored.status.tally, "gaps": stored.status.tally.get("gaps", 0) + 1}
        self._staging.positions[number] = replace(stored, status=replace(stored.status, tally=tally))

    async def _forward(self, logical: str, topic: str, number: int, position: int, end: int) -> None:
        async for records in self._read(topic, number, position, end, is_whole=True):
            await self._write(logical, number, records, records[-1].offset + 1)
        await self._write(logical, number, (), end)

    async def _write(self, logical: str, number: int, records: Sequence[Any], next_offset: int) -> None:
        stored = self._staging.positions[number]
        positions = {**stored.status.positions, logical: next_offset}
        self._staging.positions[number] = stored = replace(stored, status=replace(stored.status, positions=positions))
        place = (self._step.after.topic_names["changelog"], number)
        forwarded = [(self._home(record, number), record) for record in records]
        await self._transactions.write({place: [position_row(stored)]}, {}, forwarded)
        self.forwarded_total += len(forwarded)

    async def _read(
        self, topic: str, number: int, position: int, end: int, *, is_whole: bool = False
    ) -> AsyncGenerator[list[Any], None]:
        """``is_whole``: LossError where some of it cannot be read."""
        place = TopicPartition(topic, number)
        async with reader(self._step.after.kafka) as consumer:
            consumer.assign([place])
            if (await consumer.end_offsets([place]))[place] < end:
                raise ConfigError(
                    f"{topic} partition {number}: a producer's transaction is open. Stop the producers, and run this "
                    "again once Kafka has let go of it (its transaction.timeout.ms, 15 minutes at most)"
                )
            consumer.seek(place, position)
            while await consumer.position(place) < end:
                fetched = await consumer.getmany(place, timeout_ms=500, max_records=_AT_ONCE)
                span = fetched.get(place, Span())
                records = [record for record in span if record.offset < end]
                if records:
                    yield records
                if is_whole:
                    require_readable(span.unreadable, _REMEDY)
