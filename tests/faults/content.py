"""What is in a topic: every record as one kind of reader sees it, and what is left of them at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.edge.kafka.connection import admin_client
from stream.settings import Settings

Isolation = Literal["read_committed", "read_uncommitted"]


class Entry(NamedTuple):
    """One record."""

    partition: int
    key: bytes
    value: bytes | None


async def read_all(settings: Settings, logical: str, isolation: Isolation = "read_committed") -> list[Entry]:
    """All records of a topic, by its logical name, up to its present end, partition by partition."""
    return await read_topic(settings, settings.topic_names[logical], isolation)


async def read_topic(settings: Settings, topic: str, isolation: Isolation = "read_committed") -> list[Entry]:
    """The same of any topic, ours or another's, by its name in Kafka."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=list(settings.kafka.addresses),
        isolation_level=isolation,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    found: dict[int, list[Entry]] = defaultdict(list)
    await consumer.start()
    try:
        left = dict(await consumer.end_offsets(await _places(settings, topic)))
        consumer.assign(list(left))
        await consumer.seek_to_beginning(*left)
        while left:
            for place, records in (await consumer.getmany(timeout_ms=100)).items():
                found[place.partition] += [Entry(place.partition, record.key, record.value) for record in records]
            left = {place: end for place, end in left.items() if await consumer.position(place) < end}
    finally:
        await consumer.stop()
    return [entry for partition in sorted(found) for entry in found[partition]]


async def topics_named_like(settings: Settings, part: str) -> list[str]:
    """All topics there are whose names have ``part`` in them, whoever made them."""
    async with admin_client(settings.kafka) as admin:
        return sorted(name for name in await admin.list_topics() if part in name)


async def _places(settings: Settings, topic: str) -> list[TopicPartition]:
    async with admin_client(settings.kafka) as admin:
        (found,) = await admin.describe_topics([topic])
    return [TopicPartition(topic, number) for number in sorted(part["partition"] for part in found["partitions"])]


def last_values(entries: Iterable[Entry]) -> dict[tuple[int, bytes], bytes]:
    """The last value of each key of each partition; without those that were deleted."""
    last: dict[tuple[int, bytes], bytes] = {}
    for partition, key, value in entries:
        if value is None:
            last.pop((partition, key), None)
        else:
            last[partition, key] = value
    return last
