"""The tickets behind a number: the latest facts of a group, read from the end of the facts topic."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream.domain.segments import dimensions_of
from stream.domain.times import parse_time_us
from stream.edge.loading import reader
from stream.errors import UnavailableError
from stream.settings import Settings

READ_WITHIN_SECONDS: Final = 10.0
MOST_RECORDS: Final = 500_000
"""So many records are read at most, the newest of every partition."""

_MARGIN_MS: Final = 120_000
"""A fact is written after it happened; but clocks differ, and a simulator may be a little ahead."""


async def recent_facts(
    settings: Settings, *, fact_prefix: str, by: str, segment: Mapping[str, str], since_us: int, limit: int
) -> list[dict[str, Any]]:
    """At most ``limit`` facts as they are now, the newest first.

    Of the group ``by`` with the values ``segment``; called ``fact_prefix``, or so with ``/`` and a number behind it;
    that happened at or after ``since_us``. Facts that were retracted are left out, and so are those written so long
    ago that `MOST_RECORDS` came after them. Raises UnavailableError when Kafka does not answer.
    """
    topic = settings.topic_names["facts"]
    latest: dict[bytes, bytes | None] = {}
    try:
        async with asyncio.timeout(READ_WITHIN_SECONDS), reader(settings.kafka) as consumer:
            await _read_tail(consumer, topic, since_us // 1000 - _MARGIN_MS, latest)
    except (KafkaError, OSError, TimeoutError) as error:
        raise UnavailableError(
            f"{topic} could not be read within {READ_WITHIN_SECONDS:g} s ({type(error).__name__}); "
            f"does Kafka answer at {settings.kafka.bootstrap_servers}?"
        ) from error
    return select_facts(latest.values(), fact_prefix, by, segment, since_us, limit)


def select_facts(
    values: Iterable[bytes | None], fact_prefix: str, by: str, segment: Mapping[str, str], since_us: int, limit: int
) -> list[dict[str, Any]]:
    """Those of the fact rows that are asked for, see `recent_facts`."""
    wanted = {name: segment[name] for name in dimensions_of(by)}
    found: list[tuple[int, dict[str, Any]]] = []
    for value in values:
        if value is None:
            continue
        fact: dict[str, Any] = orjson.loads(value)
        name = fact["fact"]
        if name != fact_prefix and not name.startswith(f"{fact_prefix}/"):
            continue
        if any(fact["segment"].get(dimension) != text for dimension, text in wanted.items()):
            continue
        time_us = parse_time_us(fact["time"])
        if time_us >= since_us:
            found.append((time_us, fact))
    found.sort(key=lambda item: (-item[0], item[1]["ticket"], item[1]["fact"]))
    return [fact for _, fact in found[:limit]]


async def _read_tail(consumer: AIOKafkaConsumer, topic: str, since_ms: int, latest: dict[bytes, bytes | None]) -> None:
    places = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
    if not places:
        await consumer.topics()
        places = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
    consumer.assign(places)
    ends = await consumer.end_offsets(places)
    starts = await consumer.offsets_for_times(dict.fromkeys(places, max(since_ms, 0)))
    most = MOST_RECORDS // max(len(places), 1)
    pending = []
    for place in places:
        start = starts.get(place)
        first = ends[place] if start is None else max(start.offset, ends[place] - most)
        if first < ends[place]:
            consumer.seek(place, first)
            pending.append(place)
        else:
            consumer.pause(place)
    while pending:
        batches = await consumer.getmany(*pending, timeout_ms=500)
        for records in batches.values():
            for record in records:
                if record.key is not None:
                    latest[record.key] = record.value
        pending = [place for place in pending if await consumer.position(place) < ends[place]]
