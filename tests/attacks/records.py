"""Sending whatever one likes to the source topics: any key, any headers, any partition, any codec."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from stream.domain.times import format_time_us
from stream.edge.kafka.partitioning import murmur2_partition
from stream.settings import Settings

_BATCH_BYTES = 512 << 10
_REQUEST_BYTES = 64 << 20
_numbers = count()

Headers = Sequence[tuple[str, bytes]]


class Record(NamedTuple):
    """One record for a source topic; ``partition`` None: that of the key."""

    logical: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None


def envelope(ticket: str, kind: str, seconds_ago: float = 0.0, /, **attributes: Any) -> dict[str, Any]:
    """``support.<kind>`` of ``ticket`` without data; ``attributes`` win, those that are None are left out."""
    chosen = {
        "specversion": "1.0",
        "id": f"attack-{next(_numbers)}",
        "source": "/attack",
        "type": f"support.{kind}",
        "subject": ticket,
        "time": format_time_us(time.time_ns() // 1000 - round(seconds_ago * 1_000_000)),
        **attributes,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def event(ticket: str, kind: str, seconds_ago: float = 0.0, /, **data: Any) -> Record:
    """A proper event, to the topic of its kind."""
    return record(ticket, kind, json.dumps(envelope(ticket, kind, seconds_ago, data=data)).encode())


def record(ticket: str, kind: str, value: bytes | None, headers: Headers = ()) -> Record:
    """Any value as the record of ``support.<kind>`` of ``ticket``."""
    return Record("surveys" if kind.startswith("survey.") else "tickets", ticket.encode(), value, headers)


def with_raw(ticket: str, kind: str, raw: str, /, **attributes: Any) -> Record:
    """An event in which every text ``"RAW"`` is replaced by ``raw`` as it is: what JSON's writers would not write."""
    text = json.dumps(envelope(ticket, kind, **attributes)).replace('"RAW"', raw)
    return record(ticket, kind, text.encode())


def producer(settings: Settings, **options: Any) -> Any:
    """A producer without scruples."""
    return AIOKafkaProducer(
        bootstrap_servers=list(settings.kafka.addresses),
        max_batch_size=_BATCH_BYTES,
        max_request_size=_REQUEST_BYTES,
        request_timeout_ms=120_000,
        **options,
    )


def deliver(settings: Settings, records: Iterable[Record], codec: str | None = None) -> int:
    """Send all, in batches of one partition, in their order; gives how many."""
    return asyncio.run(_deliver(settings, records, codec))


async def _deliver(settings: Settings, records: Iterable[Record], codec: str | None) -> int:
    sender = producer(settings, compression_type=codec)
    await sender.start()
    opened: dict[tuple[str, int], Any] = {}
    waiting = []
    sent = 0

    async def close(place: tuple[str, int]) -> None:
        batch = opened.pop(place)
        batch.close()
        topic, partition = place
        waiting.append(await sender.send_batch(batch, topic, partition=partition))

    try:
        for one in records:
            sent += 1
            place = (settings.topic_names[one.logical], _partition(settings, one))
            batch = opened.setdefault(place, sender.create_batch())
            what = {"timestamp": None, "key": one.key, "value": one.value, "headers": list(one.headers)}
            if batch.append(**what) is None:
                await close(place)
                opened[place] = sender.create_batch()
                opened[place].append(**what)
        for place in list(opened):
            await close(place)
        await asyncio.gather(*waiting)
    finally:
        await sender.stop()
    return sent


def _partition(settings: Settings, one: Record) -> int:
    if one.partition is not None:
        return one.partition
    return _partition_of(one.key, settings.topics.partitions) if one.key is not None else 0


_partition_of = lru_cache(maxsize=10_000)(murmur2_partition)
"""The hash is pure Python, and would cost more than the rest."""


class ReadyBatch(BatchBuilder):  # type: ignore[misc]  # aiokafka has no usable types
    """A batch whose bytes are made already."""

    def __init__(self, content: bytes, records: int) -> None:
        super().__init__(1, 0)
        self._buffer = bytearray(content)
        self._relative_offset = records
        self.close()


def deliver_batch(settings: Settings, logical: str, batch: ReadyBatch, partition: int = 0) -> int:
    """Send one ready batch; gives how many records that are."""

    async def send() -> None:
        sender = producer(settings)
        await sender.start()
        try:
            await (await sender.send_batch(batch, settings.topic_names[logical], partition=partition))
        finally:
            await sender.stop()

    asyncio.run(send())
    records: int = batch.record_count()
    return records
