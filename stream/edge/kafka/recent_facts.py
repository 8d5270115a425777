"""The tickets behind a number: the latest facts of a group, read from the end of the facts topic."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from msgspec import Struct

from stream.edge.kafka.connection import unavailable
from stream.edge.kafka.fact_tail import FactQuery, FactTail, tail_starts
from stream.edge.kafka.loading import reader
from stream.settings import Settings

READ_WITHIN_SECONDS: Final = 10.0
MOST_RECORDS: Final = 200_000
"""So many offsets are read at most, the newest of every partition. A record is a few hundred bytes."""

_PARTITION_FETCH_BYTES: Final = 1 << 20
_FETCH_BYTES: Final = 8 << 20
_MARGIN_MS: Final = 120_000
"""A fact is written after it happened, but the clocks of producers and brokers differ."""


class FoundFacts(Struct, frozen=True):
    """``facts``: rows as in the topic, the newest first. ``truncated``: there may be more than these."""

    facts: list[dict[str, Any]]
    truncated: bool


async def recent_facts(
    settings: Settings, *, fact_prefix: str, by: str, segment: Mapping[str, str], since_us: int, limit: int
) -> list[dict[str, Any]]:
    """At most ``limit`` facts as they are now, the newest first.

    Of the group ``by`` with the values ``segment``; called ``fact_prefix``, or so with ``/`` and more behind it; that
    happened at or after ``since_us``. Facts that were retracted are left out, and so are those written so long ago
    that `MOST_RECORDS` came after them. Raises UnavailableError when Kafka does not answer.
    """
    query = FactQuery(kind=fact_prefix, by=by, segment=segment, since_us=since_us)
    return (await find_facts(settings, query, limit)).facts


async def find_facts(settings: Settings, query: FactQuery, limit: int) -> FoundFacts:
    """Like `recent_facts`, and whether that is all."""
    tail = FactTail(query)
    try:
        async with asyncio.timeout(READ_WITHIN_SECONDS):
            is_whole = await _read_tail(settings, tail, query.since_us)
    except (KafkaError, OSError, TimeoutError) as error:
        raise unavailable(settings.kafka, error) from error
    found = list(islice(tail.newest(), limit + 1))
    return FoundFacts(found[:limit], truncated=len(found) > limit or not is_whole)


async def _read_tail(settings: Settings, tail: FactTail, since_us: int) -> bool:
    """Read all that may have been written since then, up to the last stable offset; False: only the newest of it."""
    topic = settings.topic_names["facts"]
    # Not from the cluster: asking for a topic by name makes a broker that creates topics by itself create it.
    places = [TopicPartition(topic, number) for number in range(settings.topics.first_partitions)]
    async with reader(settings.kafka, _PARTITION_FETCH_BYTES, _FETCH_BYTES) as consumer:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        written_ms = max(since_us // 1000 - _MARGIN_MS, 0)
        since = await consumer.offsets_for_times(dict.fromkeys(places, written_ms))
        firsts = [ends[place] if (found := since[place]) is None else found.offset for place in places]
        starts = tail_starts(firsts, [ends[place] for place in places], MOST_RECORDS)
        for place, start in zip(places, starts, strict=True):
            consumer.seek(place, start)
        await _read_to(consumer, ends, tail)
    return starts == [min(first, ends[place]) for place, first in zip(places, firsts, strict=True)]


async def _read_to(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], tail: FactTail) -> None:
    pending = list(ends)
    while True:
        # Control records at the end have no place in a batch, but move the position.
        done = [place for place in pending if await consumer.position(place) >= ends[place]]
        if done:
            consumer.pause(*done)
            pending = [place for place in pending if place not in done]
        if not pending:
            return
        for records in (await consumer.getmany(*pending, timeout_ms=500)).values():
            for record in records:
                tail.take(record.key, record.value)
