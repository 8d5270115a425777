"""What is in a topic: every record as one kind of reader sees it, and what is left of them at the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.replay.results import log_ends
from stream.settings import Settings

Isolation = Literal["read_committed", "read_uncommitted"]


class Entry(NamedTuple):
    """One record."""

    partition: int
    key: bytes
    value: bytes | None


async def read_all(settings: Settings, logical: str, isolation: Isolation = "read_committed") -> list[Entry]:
    """All records of a topic up to its present end, partition by partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=list(settings.kafka.addresses),
        isolation_level=isolation,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    entries: list[Entry] = []
    ends = await log_ends(settings, (logical,))
    await consumer.start()
    try:
        for (topic, partition), end in sorted(ends.items()):
            place = TopicPartition(topic, partition)
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            while await consumer.position(place) < end:
                batches: dict[TopicPartition, Sequence[object]] = await consumer.getmany(place, timeout_ms=500)
                for record in batches.get(place, ()):
                    entries.append(Entry(partition, record.key, record.value))  # type: ignore[attr-defined]  # aiokafka has no types
    finally:
        await consumer.stop()
    return entries


def last_values(entries: Iterable[Entry]) -> dict[tuple[int, bytes], bytes]:
    """The last value of each key of each partition; without those that were deleted."""
    last: dict[tuple[int, bytes], bytes] = {}
    for partition, key, value in entries:
        if value is None:
            last.pop((partition, key), None)
        else:
            last[partition, key] = value
    return last
