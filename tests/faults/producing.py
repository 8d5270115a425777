"""Producers of all kinds, sending to partition 0 of the source topics; and what else is done to those topics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.structs import TopicPartition

from stream.edge.kafka.connection import admin_client
from stream.edge.kafka.topics import ensure_topics
from stream.settings import Settings
from tests.integration.running import event
from tests.patience import wait_until

_MOST_BYTES = 1 << 30


def tickets(first: int, count: int) -> list[tuple[bytes, bytes]]:
    """Keys and values of so many new tickets."""
    names = [f"T-{number}" for number in range(first, first + count)]
    return [(name.encode(), orjson.dumps(event(name, "ticket.created", 60, channel="email"))) for name in names]


@asynccontextmanager
async def producer(settings: Settings, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that sends whatever it is given, however large."""
    made = AIOKafkaProducer(bootstrap_servers=list(settings.kafka.addresses), max_request_size=_MOST_BYTES, **options)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def send(settings: Settings, records: Iterable[tuple[bytes, bytes]], **options: Any) -> None:
    """Send to the tickets, as one producer with these options."""
    async with producer(settings, **options) as made:
        for key, value in records:
            await made.send(settings.topics.tickets, value, key=key, partition=0)
        await made.flush()


async def send_batch(settings: Settings, values: Sequence[bytes], codec: str | None) -> int:
    """Send one batch of exactly these values to the tickets; gives its first offset."""
    async with producer(settings, compression_type=codec, max_batch_size=_MOST_BYTES) as made:
        batch = made.create_batch()
        for value in values:
            batch.append(key=b"B", value=value, timestamp=None)
        batch.close()
        sent = await made.send_batch(batch, settings.topics.tickets, partition=0)
        return int((await sent).offset)


async def transact(settings: Settings, transactions: Iterable[tuple[list[tuple[bytes, bytes]], bool]]) -> None:
    """Send records to the tickets in one transaction each, committed or (False) aborted."""
    async with producer(settings, transactional_id=f"{settings.application_id}-source") as made:
        for records, is_committed in transactions:
            await made.begin_transaction()
            for key, value in records:
                await made.send(settings.topics.tickets, value, key=key, partition=0)
            await (made.commit_transaction() if is_committed else made.abort_transaction())


async def configure(settings: Settings, topic: str, **config: str) -> None:
    """Set these of a topic's settings, and no others; underscores stand for dots."""
    values = {key.replace("_", "."): value for key, value in config.items()}
    async with admin_client(settings.kafka) as admin:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, values)])


def make_anew(settings: Settings, logical: str) -> None:
    """Delete a topic, by its logical name, and create it with nothing in it."""

    async def delete() -> None:
        async with admin_client(settings.kafka) as admin:
            await admin.delete_topics([settings.topic_names[logical]])

    asyncio.run(delete())
    wait_until(lambda: asyncio.run(ensure_topics(settings, create=True)).created, "the topic is gone, and there anew")


async def delete_up_to(settings: Settings, topic: str, offset: int) -> None:
    """Delete the records of partition 0 below ``offset``."""
    async with admin_client(settings.kafka) as admin:
        await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=offset)})


async def bounds(settings: Settings, topic: str) -> tuple[int, int]:
    """Where the log of partition 0 begins and ends."""
    place = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=list(settings.kafka.addresses))
    await consumer.start()
    try:
        first, end = await consumer.beginning_offsets([place]), await consumer.end_offsets([place])
    finally:
        await consumer.stop()
    return first[place], end[place]


async def offsets_in(settings: Settings, topic: str) -> list[int]:
    """Offsets of all records of partition 0."""
    place = TopicPartition(topic, 0)
    _, end = await bounds(settings, topic)
    consumer = AIOKafkaConsumer(bootstrap_servers=list(settings.kafka.addresses), auto_offset_reset="earliest")
    found: list[int] = []
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        while await consumer.position(place) < end:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                found += [record.offset for record in records]
    finally:
        await consumer.stop()
    return found
