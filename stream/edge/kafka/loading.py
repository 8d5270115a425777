"""Reading a partition from its beginning to its end as a `read_committed` reader, to rebuild state from it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.edge.kafka.connection import aiokafka_security
from stream.edge.kafka.fetched import Span, limit_batches, require_readable
from stream.edge.kafka.topic_ids import agreed_ids
from stream.settings import KafkaSettings

_PARTITION_FETCH_BYTES: Final = 4 << 20
"""A worker loads all of its shards at the same time, and so much is there of each, and as much on its way."""
_FETCH_BYTES: Final = 64 << 20
STATE_REMEDY: Final = (
    "A restart does not help: restore the topic's partition, or make the state anew from the source topics: "
    'docs/operations.md, "State made anew"'
)
_NEWEST_RECORDS: Final = 64
_REACH_FURTHER: Final = 16
_RECORDS_AT_ONCE: Final = 500
"""They are parsed as they are asked for, on the worker's event loop."""


@asynccontextmanager
async def reader(
    kafka: KafkaSettings, partition_fetch_bytes: int = _PARTITION_FETCH_BYTES, fetch_bytes: int = _FETCH_BYTES
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer outside any group that sees what is committed only. It holds up to ``fetch_bytes`` in memory.

    ``auto_offset_reset`` must be earliest: with the default, a seek to the beginning right after `assign` was
    measured to start at the end in two of three tries, and the state was empty without a word.
    """
    limit_batches(kafka.max_decompressed_batch_bytes)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=list(kafka.addresses),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=partition_fetch_bytes,
        fetch_max_bytes=fetch_bytes,
        **aiokafka_security(kafka),
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def stable_end(kafka: KafkaSettings, topic: str, partition: int) -> int:
    """The last stable offset: nothing below it can still be committed or aborted."""
    place = TopicPartition(topic, partition)
    async with reader(kafka) as consumer:
        ends = await consumer.end_offsets([place])
    return int(ends[place])


async def stable_end_and_ids(
    kafka: KafkaSettings, topic: str, partition: int, names: Iterable[str]
) -> tuple[int, dict[str, str]]:
    """`stable_end`, and the ids of the topics ``names`` (`agreed_ids`), asked of it afterwards."""
    place = TopicPartition(topic, partition)
    async with reader(kafka) as consumer:
        ends = await consumer.end_offsets([place])
        return int(ends[place]), await agreed_ids(consumer._client, names)


async def read_to(kafka: KafkaSettings, topic: str, partition: int, end: int) -> AsyncIterator[Sequence[Any]]:
    """Batches of records from the beginning up to ``end``, which control records may take part of.

    LossError: some cannot be read, and what is left out would be missing from the state.
    """
    place = TopicPartition(topic, partition)
    async with reader(kafka) as consumer:
        consumer.assign([place])
        begin = await consumer.beginning_offsets([place])
        consumer.seek(place, begin[place])
        while await consumer.position(place) < end:
            fetched = await consumer.getmany(place, timeout_ms=500, max_records=_RECORDS_AT_ONCE)
            records = fetched.get(place, Span())
            if len(records):
                yield records
            require_readable(records.unreadable, STATE_REMEDY)


async def newest_rows(
    kafka: KafkaSettings, topic: str, partitions: Iterable[int], key: bytes | None = None
) -> dict[int, Any]:
    """By partition: the newest committed record, or that of ``key``. Reads from the end, as far back as it has to."""
    found: dict[int, Any] = {}
    async with reader(kafka) as consumer:
        places = [TopicPartition(topic, partition) for partition in partitions]
        consumer.assign(places)
        begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        for place in places:
            consumer.pause(*places)
            consumer.resume(place)
            if record := await _newest_row(consumer, place, begins[place], ends[place], key):
                found[place.partition] = record
    return found


async def _newest_row(
    consumer: AIOKafkaConsumer, place: TopicPartition, begin: int, end: int, key: bytes | None
) -> Any | None:
    """Aborted transactions may lie at the end, of any size: looks at more and more of it."""
    reach = _NEWEST_RECORDS
    while True:
        start = max(begin, end - reach)
        consumer.seek(place, start)
        newest = None
        while await consumer.position(place) < end:
            fetched = await consumer.getmany(place, timeout_ms=500, max_records=_RECORDS_AT_ONCE)
            newest = next(
                (record for record in reversed(fetched.get(place, ())) if key is None or record.key == key), newest
            )
        if newest is not None or start <= begin:
            return newest
        reach *= _REACH_FURTHER
