"""What is left in the derived topics at the end, as files: the last value of every key, in the order of the keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.edge.connection import aiokafka_security
from stream.edge.loading import read_to
from stream.edge.topics import planned_topics
from stream.errors import ConfigError
from stream.settings import Settings

RESULTS: Final = {"metrics": "metrics.jsonl", "facts": "facts.jsonl", "dead_letter": "dead-letter.jsonl"}
"""Logical topic to the name of its file."""


async def write_results(settings: Settings, folder: Path) -> dict[bytes, bytes]:
    """Write the files of ``RESULTS`` into ``folder`` and give the metric rows by key."""
    contents = {logical: await final_content(settings, logical) for logical in RESULTS}
    for logical, name in RESULTS.items():
        write_rows(folder / name, contents[logical])
    return contents["metrics"]


def write_rows(file: Path, rows: Mapping[bytes, bytes]) -> None:
    """One value on each line, as it is, ordered by key."""
    try:
        with file.open("wb") as out:
            for key in sorted(rows):
                out.write(rows[key] + b"\n")
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror or error}. Give another --out.") from error


async def final_content(settings: Settings, logical: str) -> dict[bytes, bytes]:
    """The last committed value of every key; keys that were deleted are not there."""
    content: dict[bytes, bytes] = {}
    for place, end in (await log_ends(settings, (logical,))).items():
        async for records in read_to(settings.kafka, place[0], place[1], end):
            for record in records:
                if record.value is None:
                    content.pop(record.key, None)
                else:
                    content[record.key] = record.value
    return content


async def log_ends(settings: Settings, logical_topics: tuple[str, ...]) -> dict[tuple[str, int], int]:
    """Where the partitions of these topics end, what is not committed yet included.

    Not the last stable offset: a transaction's commit marker reaches its partitions one after the other, so a row can
    be visible in one topic while rows of the same transaction still seem open in another. Reading as read_committed
    up to the true end waits for those.
    """
    names = {spec.name: spec.partitions for spec in planned_topics(settings) if spec.logical in logical_topics}
    places = [TopicPartition(name, partition) for name, count in names.items() for partition in range(count)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=list(settings.kafka.addresses),
        enable_auto_commit=False,
        **aiokafka_security(settings.kafka),
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(places)
    finally:
        await consumer.stop()
    return {(place.topic, place.partition): int(ends[place]) for place in places}
