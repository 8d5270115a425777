"""Laying events out in Kafka: each in the partition of its ticket, in large batches that are made beforehand.

So a contestant is held for only as long as the broker takes to write them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Final, TypeAlias

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream.edge.kafka.partitioning import murmur2_partition

_BATCH_BYTES: Final = 1 << 18
_LOOK_SECONDS: Final = 0.05

Message: TypeAlias = tuple[str, bytes, bytes]
"""Topic, key, value."""
Batches: TypeAlias = list[tuple[str, int, Any]]
"""Topic, partition, closed batch."""

_partition_of: Final = lru_cache(1 << 16)(murmur2_partition)


class Sender:
    """Makes batches, and sends them."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    def batches(self, messages: Iterable[Message], partitions: int) -> Batches:
        """``messages`` in their order."""
        made: Batches = []
        open_: dict[tuple[str, int], Any] = {}
        for topic, key, value in messages:
            place = (topic, _partition_of(key, partitions))
            batch = open_.get(place)
            if batch is None or batch.append(key=key, value=value, timestamp=None) is None:
                if batch is not None:
                    made.append((*place, batch))
                batch = open_[place] = self._producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
        made += [(*place, batch) for place, batch in open_.items()]
        for *_, batch in made:
            batch.close()
        return made

    async def send(self, batches: Batches) -> None:
        """Write them all."""
        sent = [
            await self._producer.send_batch(batch, topic, partition=partition) for topic, partition, batch in batches
        ]
        await asyncio.gather(*sent)


def _is_led(topic: Mapping[str, Any]) -> bool:
    partitions = topic["partitions"]
    return bool(partitions) and not any(partition["error_code"] for partition in partitions)


@asynccontextmanager
async def sender_to(broker: str) -> AsyncIterator[Sender]:
    """A sender that waits for every batch."""
    producer = AIOKafkaProducer(bootstrap_servers=broker, acks="all", max_batch_size=_BATCH_BYTES)
    await producer.start()
    try:
        yield Sender(producer)
    finally:
        await producer.stop()


async def make_topics(broker: str, topics: Mapping[str, int], **configs: str) -> None:
    """Topics with so many partitions, once every client can find them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    try:
        await admin.create_topics(
            [NewTopic(name, count, 1, topic_configs=dict(configs)) for name, count in topics.items()]
        )
        while True:
            if all(map(_is_led, await admin.describe_topics(list(topics)))):
                return
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        await admin.close()
