"""From events to deliveries: what a network between the centre and Kafka does to them, where asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from typing import NamedTuple

import orjson

from stream.simulate.bad import damaged
from stream.simulate.emit import SimulatedEvent, Topic

LATE_MEAN_US = 60_000_000
LATE_MOST_US = 600_000_000
DUPLICATE_MEAN_US = 20_000_000


class Delivery(NamedTuple):
    """One record on its way: when it arrives, the logical topic, key and value."""

    arrival_us: int
    topic: Topic
    key: bytes
    value: bytes


@dataclass(frozen=True)
class Disturbance:
    """Shares of the events that come twice or late, and of bad events that come beside them."""

    duplicates: float = 0.0
    late: float = 0.0
    bad: float = 0.0


def deliveries(events: Iterable[SimulatedEvent], disturbance: Disturbance, seed: int = 0) -> Iterator[Delivery]:
    """Every event as a delivery, in order of arrival. The same events, disturbance and seed: the same bytes."""
    if disturbance == Disturbance():
        for event in events:
            yield Delivery(event.time_us, event.topic, event.key.encode(), orjson.dumps(event.event))
        return
    yield from _disturbed(events, disturbance, Random(seed))


def _disturbed(events: Iterable[SimulatedEvent], disturbance: Disturbance, random: Random) -> Iterator[Delivery]:
    under_way: list[tuple[int, int, Delivery]] = []
    count = 0

    def arrives_after(delay_us: float, delivery: Delivery) -> None:
        nonlocal count
        count += 1
        arrival_us = delivery.arrival_us + int(delay_us)
        heappush(under_way, (arrival_us, count, delivery._replace(arrival_us=arrival_us)))

    for event in events:
        while under_way and under_way[0][0] <= event.time_us:
            yield heappop(under_way)[2]
        delivery = Delivery(event.time_us, event.topic, event.key.encode(), orjson.dumps(event.event))
        if random.random() < disturbance.late:
            arrives_after(min(random.expovariate(1 / LATE_MEAN_US), LATE_MOST_US), delivery)
        else:
            yield delivery
        if random.random() < disturbance.duplicates:
            arrives_after(random.expovariate(1 / DUPLICATE_MEAN_US), delivery)
        if random.random() < disturbance.bad:
            arrives_after(0, delivery._replace(value=damaged(random, event)))
    while under_way:
        yield heappop(under_way)[2]
