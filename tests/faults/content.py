"""What is in a topic: every record as one kind of reader sees it, and what is left of them at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
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
    found: dict[int, list[Entry]] = defaultdict(list)
    left = {TopicPartition(*place): end for place, end in (await log_ends(settings, (logical,))).items()}
    await consumer.start()
    try:
        consumer.assign(list(left))
        await consumer.seek_to_beginning(*left)
        while left:
            for place, records in (await consumer.getmany(timeout_ms=100)).items():
                found[place.partition] += [Entry(place.partition, record.key, record.value) for record in records]
            left = {place: end for place, end in left.items() if await consumer.position(place) < end}
    finally:
        await consumer.stop()
    return [entry for partition in sorted(found) for entry in found[partition]]


def last_values(entries: Iterable[Entry]) -> dict[tuple[int, bytes], bytes]:
    """The last value of each key of each partition; without those that were deleted."""
    last: dict[tuple[int, bytes], bytes] = {}
    for partition, key, value in entries:
        if value is None:
            last.pop((partition, key), None)
        else:
            last[partition, key] = value
    return last
