"""Sending the input at a pace, through a producer that outlasts an outage of its broker without a duplicate."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence

from aiokafka import AIOKafkaProducer

from stream.replay.plan import Plan
from stream.replay.routing import Router
from stream.replay.send import Place
from stream.settings import Settings

_OUTAGE_MILLISECONDS = 300_000
_TICKS_PER_SECOND = 10


def over(seconds: float) -> Callable[[Plan, Sequence[bytes], Callable[[], bool]], dict[Place, int]]:
    """Send for as long as there is trouble, ``seconds`` at most, then the rest as fast as it goes."""
    return lambda plan, lines, calm: asyncio.run(send_paced(plan.settings, lines, len(lines) / seconds, calm))


paced = over(20)


async def send_paced(
    settings: Settings, lines: Sequence[bytes], events_per_second: float, calm: Callable[[], bool] = lambda: False
) -> dict[Place, int]:
    """Send all ``lines`` and say how many went to each partition, which is where each of them now ends."""
    topics = settings.topic_names
    route = Router(settings.topics.partitions)
    producer = AIOKafkaProducer(
        bootstrap_servers=list(settings.kafka.addresses),
        enable_idempotence=True,
        acks="all",
        linger_ms=20,
        # One idempotent producer that goes on trying: were it given up and another one used, duplicates would be sent.
        request_timeout_ms=_OUTAGE_MILLISECONDS,
        metadata_max_age_ms=5_000,
    )
    sent: Counter[Place] = Counter()
    waiting: list[asyncio.Future[object]] = []
    await producer.start()
    try:
        step = max(1, round(events_per_second / _TICKS_PER_SECOND))
        began = time.monotonic()
        for first in range(0, len(lines), step):
            for line in lines[first : first + step]:
                is_survey, partition, key = route(line)
                topic = topics["surveys" if is_survey else "tickets"]
                waiting.append(await producer.send(topic, line, key, partition))
                sent[topic, partition] += 1
            if not calm():
                await asyncio.sleep(max(0.0, began + (first + step) / events_per_second - time.monotonic()))
        await asyncio.gather(*waiting)
    finally:
        await producer.stop()
    return dict(sent)
