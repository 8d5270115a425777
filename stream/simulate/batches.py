"""Records to Kafka in batches we fill ourselves: one promise a batch, where the client makes one a record."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from stream.simulate.disturb import Delivery

MOST_BYTES = 131_072
# A ticket's events come close together, so a small memory spares nearly all hashing of keys.
REMEMBERED_KEYS = 65_536


class Batches:
    """Open batches by topic and partition. Partitions are chosen as aiokafka and Java clients choose them."""

    def __init__(self, producer: AIOKafkaProducer, partitions: dict[str, list[int]]) -> None:
        self.sent = 0
        self.failure: BaseException | None = None
        self._producer = producer
        self._open: dict[tuple[str, int], Any] = {}

        @lru_cache(maxsize=REMEMBERED_KEYS)
        def partition_of(topic: str, key: bytes) -> int:
            chosen: int = DefaultPartitioner()(key, partitions[topic], partitions[topic])
            return chosen

        self._partition_of = partition_of

    async def add(self, topic: str, delivery: Delivery) -> None:
        """Put a record into its batch; a full batch is sent."""
        place = (topic, self._partition_of(topic, delivery.key))
        batch = self._open.get(place)
        if batch is not None and batch.append(key=delivery.key, value=delivery.value, timestamp=None) is not None:
            return
        if batch is not None:
            await self._send(place)
        batch = self._open[place] = self._producer.create_batch()
        batch.append(key=delivery.key, value=delivery.value, timestamp=None)

    async def flush(self) -> None:
        """Send every open batch."""
        for place in list(self._open):
            await self._send(place)

    async def _send(self, place: tuple[str, int]) -> None:
        batch = self._open.pop(place)
        records: int = batch.record_count()
        batch.close()
        topic, partition = place
        promise = await self._producer.send_batch(batch, topic, partition=partition)

        def answered(done: asyncio.Future[Any]) -> None:
            if done.cancelled():
                return
            error = done.exception()
            if error is None:
                self.sent += records
            elif self.failure is None:
                self.failure = error

        promise.add_done_callback(answered)
