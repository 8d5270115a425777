"""Sending lines to the source topics in bulk: whole batches per partition, built here, byte for byte."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from stream.edge.kafka.connection import aiokafka_security, unavailable
from stream.files.lines import MAX_LINE_BYTES
from stream.replay.routing import Router
from stream.settings import Settings

Place = tuple[str, int]
"""Topic and partition."""

_BATCH_BYTES: Final = 512 << 10
_REQUEST_BYTES: Final = 2 * MAX_LINE_BYTES
_LINES_BETWEEN_BREATHS: Final = 2_000


async def send_lines(settings: Settings, lines: Iterable[bytes], tell: Callable[[int], None]) -> dict[Place, int]:
    """Send all ``lines`` and return how many went to each partition. ``tell`` hears of the number sent so far.

    The producer is idempotent: a request sent again does not make a duplicate that is not in the file.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=list(settings.kafka.addresses),
        enable_idempotence=True,
        acks="all",
        max_batch_size=_BATCH_BYTES,
        max_request_size=_REQUEST_BYTES,
        **aiokafka_security(settings.kafka),
    )
    try:
        await producer.start()
        try:
            return await _Batches(producer, settings).send(lines, tell)
        finally:
            await producer.stop()
    except (KafkaError, TimeoutError, ConnectionError) as error:
        raise unavailable(settings.kafka, error) from error


class _Batches:
    def __init__(self, producer: Any, settings: Settings) -> None:
        self._producer = producer
        topics = settings.topic_names
        self._topics = {logical: topics[logical] for logical in settings.source_topics}
        self._route = Router(settings.topics.partitions, bool(settings.customers))
        self._open: dict[Place, Any] = {}
        self._sent: Counter[Place] = Counter()
        self._under_way: set[asyncio.Future[Any]] = set()

    async def send(self, lines: Iterable[bytes], tell: Callable[[int], None]) -> dict[Place, int]:
        route, topics, opened = self._route, self._topics, self._open
        number = 0
        for number, line in enumerate(lines, 1):
            logical, partition, key = route(line)
            place = (topics[logical], partition)
            batch = opened.get(place)
            if batch is None:
                batch = opened[place] = self._producer.create_batch()
            if batch.append(timestamp=None, key=key, value=line) is None:
                await self._close(place)
                batch = opened[place] = self._producer.create_batch()
                batch.append(timestamp=None, key=key, value=line)
            if not number % _LINES_BETWEEN_BREATHS:
                tell(number)
                await asyncio.sleep(0)
        for place in list(opened):
            await self._close(place)
        for future in list(self._under_way):
            await future
        tell(number)
        return dict(self._sent)

    async def _close(self, place: Place) -> None:
        batch = self._open.pop(place)
        batch.close()
        self._sent[place] += batch.record_count()
        topic, partition = place
        self._under_way.add(await self._producer.send_batch(batch, topic, partition=partition))
        for future in [future for future in self._under_way if future.done()]:
            self._under_way.discard(future)
            await future
