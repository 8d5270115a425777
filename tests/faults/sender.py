"""Sending the input at a pace, through a producer that outlasts an outage of its broker without a duplicate.

Trouble must come while there is something to count, however long it takes to come. So the end of the input is held back
until it is over, but for a trickle.
"""

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
_HELD_BACK = 3000
"""Lines: a trickle of one a tick lasts five minutes."""


def over(seconds: float) -> Callable[[Plan, Sequence[bytes], Callable[[], bool]], dict[Place, int]]:
    """Send for as long as there is trouble: at a pace of ``seconds`` for all, then a trickle. Then the rest at once."""
    return lambda plan, lines, calm: asyncio.run(send_paced(plan.settings, lines, len(lines) / seconds, calm))


paced = over(20)


async def send_paced(
    settings: Settings, lines: Sequence[bytes], events_per_second: float, calm: Callable[[], bool]
) -> dict[Place, int]:
    """Send all ``lines`` and say how many went to each partition, which is where each of them now ends.

    ``calm``: whether the trouble is over.
    """
    topics = settings.topic_names
    route = Router(settings.topics.partitions, bool(settings.customers))
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
        trickle_from = len(lines) - min(_HELD_BACK, len(lines) // 4)
        first, due = 0, time.monotonic()
        while first < len(lines):
            end = first + (step if calm() or first < trickle_from else 1)
            for line in lines[first:end]:
                logical, partition, key = route(line)
                topic = topics[logical]
                waiting.append(await producer.send(topic, line, key, partition))
                sent[topic, partition] += 1
            first, due = end, due + 1 / _TICKS_PER_SECOND
            if not calm():
                await asyncio.sleep(max(0.0, due - time.monotonic()))
        await asyncio.gather(*waiting)
    finally:
        await producer.stop()
    return dict(sent)
