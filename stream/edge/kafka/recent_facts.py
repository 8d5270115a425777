"""The tickets behind a number: the latest facts of a group, read from the end of the facts topic."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from itertools import islice
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from msgspec import Struct

from stream.domain.times import parse_time_us
from stream.edge.kafka.connection import unavailable
from stream.edge.kafka.fact_tail import FactQuery, FactTail, tail_starts
from stream.edge.kafka.loading import reader
from stream.settings import Settings

READ_WITHIN_SECONDS: Final = 10.0
MOST_RECORDS: Final = 200_000
"""So many offsets are read at most, the newest of every partition. A record is a few hundred bytes."""
FIRST_RECORDS: Final = 10_000
"""So many to begin with: most of what is asked for lies there, and it is there in time on a busy machine, too."""
_REACH_FURTHER: Final = 4

_PARTITION_FETCH_BYTES: Final = 1 << 20
_FETCH_BYTES: Final = 8 << 20
_MARGIN_MS: Final = 120_000
"""A fact is written after it happened, but the clocks of producers and brokers differ."""
_NEVER_MS: Final = 1 << 53


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
    """Like `recent_facts`, and whether that is all. What was not read in time is not there, as what is too far back."""
    found: FoundFacts | None = None
    try:
        async with asyncio.timeout(READ_WITHIN_SECONDS):
            async with aclosing(_tails(settings, query)) as tails:
                async for tail, is_whole, unread_until_us in tails:
                    facts = list(islice(tail.newest(), limit + 1))
                    found = FoundFacts(facts[:limit], truncated=len(facts) > limit or not is_whole)
                    # Nothing that was written before can be newer than these.
                    if len(facts) > limit and parse_time_us(facts[limit - 1]["time"]) > unread_until_us:
                        break
    except (KafkaError, OSError, TimeoutError) as error:
        if found is None or not isinstance(error, TimeoutError):
            raise unavailable(settings.kafka, error) from error
    assert found is not None
    return found


async def _tails(settings: Settings, query: FactQuery) -> AsyncGenerator[tuple[FactTail, bool, int], None]:
    """Longer and longer tails, up to the last stable offset, the last of which is all that may be read.

    With each: whether it holds all that may have been written since then, and when that happened at the latest
    (microseconds) which lies before it.
    """
    topic = settings.topic_names["facts"]
    # Not from the cluster: asking for a topic by name makes a broker that creates topics by itself create it.
    places = [TopicPartition(topic, number) for number in range(settings.topics.first_partitions)]
    async with reader(settings.kafka, _PARTITION_FETCH_BYTES, _FETCH_BYTES) as consumer:
        consumer.assign(places)
        ends_of = await consumer.end_offsets(places)
        written_ms = max(query.since_us // 1000 - _MARGIN_MS, 0)
        since = await consumer.offsets_for_times(dict.fromkeys(places, written_ms))
        ends = [ends_of[place] for place in places]
        firsts = [
            end if (found := since[place]) is None else min(found.offset, end)
            for place, end in zip(places, ends, strict=True)
        ]
        most = min(FIRST_RECORDS, MOST_RECORDS)
        while True:
            starts = tail_starts(firsts, ends, most)
            tail = FactTail(query)
            unread_until_us = await _read(consumer, places, starts, ends_of, tail, firsts)
            yield tail, starts == firsts, unread_until_us
            if starts == firsts or most >= MOST_RECORDS:
                return
            most = min(most * _REACH_FURTHER, MOST_RECORDS)


async def _read(
    consumer: AIOKafkaConsumer,
    places: Sequence[TopicPartition],
    starts: Sequence[int],
    ends: Mapping[TopicPartition, int],
    tail: FactTail,
    firsts: Sequence[int],
) -> int:
    """Read into ``tail``; gives when at the latest that happened which lies from ``firsts`` to ``starts``, if any."""
    consumer.resume(*places)
    for place, start in zip(places, starts, strict=True):
        consumer.seek(place, start)
    begun_ms = await _read_to(consumer, ends, tail)
    cut = [place for place, first, start in zip(places, firsts, starts, strict=True) if first < start]
    return max(((begun_ms.get(place, _NEVER_MS) + _MARGIN_MS) * 1000 for place in cut), default=0)


async def _read_to(
    consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], tail: FactTail
) -> dict[TopicPartition, int]:
    """Gives when the first record of each partition was written, in milliseconds."""
    begun_ms: dict[TopicPartition, int] = {}
    pending = list(ends)
    while True:
        # Control records at the end have no place in a batch, but move the position.
        done = [place for place in pending if await consumer.position(place) >= ends[place]]
        if done:
            consumer.pause(*done)
            pending = [place for place in pending if place not in done]
        if not pending:
            return begun_ms
        for place, records in (await consumer.getmany(*pending, timeout_ms=500)).items():
            for record in records:
                begun_ms.setdefault(place, record.timestamp)
                tail.take(record.key, record.value)
