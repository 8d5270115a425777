"""What is left in the derived topics at the end, as files: the last value of every key, in the order of the keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.domain.segments import Dimensions, dimensions_named
from stream.domain.spikes.alert import alert_row
from stream.domain.spikes.history import Ended, alerts_of_history
from stream.domain.times import parse_time_us
from stream.edge.kafka.connection import aiokafka_security
from stream.edge.kafka.loading import read_to
from stream.edge.kafka.topics import planned_topics
from stream.errors import ConfigError
from stream.metrics.abandonment import ABANDONED, OUTCOMES
from stream.rules import spike_rule_of
from stream.settings import Settings

RESULTS: Final = {"metrics": "metrics.jsonl", "facts": "facts.jsonl", "dead_letter": "dead-letter.jsonl"}
"""Logical topic to the name of its file."""

_OUTCOMES: Final = tuple(measure.name for measure in OUTCOMES)
_OUTCOME_MARKS: Final = tuple(f'"{outcome}/'.encode() for outcome in _OUTCOMES)

ALERTS_FILE: Final = "alerts.jsonl"
"""Made from the facts: while history is replayed, workers do not look for spikes."""


async def write_results(settings: Settings, folder: Path) -> dict[bytes, bytes]:
    """Write the files of ``RESULTS`` and that of the alerts into ``folder``, and give the metric rows by key."""
    contents = {logical: await final_content(settings, logical) for logical in RESULTS}
    for logical, name in RESULTS.items():
        write_rows(folder / name, contents[logical])
    if settings.alerts.enabled:
        write_rows(folder / ALERTS_FILE, alert_rows(settings, contents["facts"].values()))
    return contents["metrics"]


def write_rows(file: Path, rows: Mapping[bytes, bytes]) -> None:
    """One value on each line, as it is, ordered by key."""
    try:
        with file.open("wb") as out:
            for key in sorted(rows):
                out.write(rows[key] + b"\n")
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror or error}. Give another --out.") from error


def alert_rows(settings: Settings, facts: Iterable[bytes]) -> dict[bytes, bytes]:
    """Rows of the spikes that the facts tell of, by onset and id: a function of the facts, in any order."""
    dimensions = dimensions_named(settings.dimensions)
    ended = (contact for fact in facts if (contact := _ended(fact, dimensions)) is not None)
    alerts = alerts_of_history(spike_rule_of(settings), ended)
    return {f"{alert.onset_us:020d}|{alert.alert}".encode(): orjson.dumps(alert_row(alert)) for alert in alerts}


def _ended(fact: bytes, dimensions: Dimensions) -> Ended | None:
    # Decoding all facts to leave out most of them would take longer than all the rest.
    if not any(mark in fact for mark in _OUTCOME_MARKS):
        return None
    row = orjson.loads(fact)
    outcome = row["fact"].partition("/")[0]
    if outcome not in _OUTCOMES:
        return None
    return parse_time_us(row["time"]), dimensions.of_labels(row["segment"]), outcome == ABANDONED.name


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
