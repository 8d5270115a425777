"""Reading a partition from its beginning to its end as a `read_committed` reader, to rebuild state from it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.edge.connection import aiokafka_security
from stream.settings import KafkaSettings

_PARTITION_FETCH_BYTES: Final = 16 << 20
_FETCH_BYTES: Final = 64 << 20


@asynccontextmanager
async def reader(
    kafka: KafkaSettings, partition_fetch_bytes: int = _PARTITION_FETCH_BYTES, fetch_bytes: int = _FETCH_BYTES
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer outside any group that sees what is committed only. It holds up to ``fetch_bytes`` in memory.

    ``auto_offset_reset`` must be earliest: with the default, a seek to the beginning right after `assign` was
    measured to start at the end in two of three tries, and the state was empty without a word.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=list(kafka.addresses),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        check_crcs=False,
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


async def read_to(kafka: KafkaSettings, topic: str, partition: int, end: int) -> AsyncIterator[Sequence[Any]]:
    """Batches of records from the beginning up to ``end``, which control records may take part of."""
    place = TopicPartition(topic, partition)
    async with reader(kafka) as consumer:
        consumer.assign([place])
        begin = await consumer.beginning_offsets([place])
        consumer.seek(place, begin[place])
        while await consumer.position(place) < end:
            records = (await consumer.getmany(place, timeout_ms=500)).get(place)
            if records:
                yield records
