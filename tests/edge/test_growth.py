"""Partitions are added on a real broker, whatever it shows of a topic that was made a moment ago."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream.edge.kafka import growth
from stream.edge.kafka.connection import admin_client
from stream.errors import ConfigError
from stream.settings import KafkaSettings

pytestmark = pytest.mark.broker


class Broker(Protocol):
    bootstrap_servers: str


async def grown(broker: Broker, first: int, wanted: int) -> int:
    """A topic of ``first`` partitions is made to have ``wanted``: how many it has then."""
    topic = f"t{uuid4().hex[:8]}"
    async with admin_client(KafkaSettings(bootstrap_servers=broker.bootstrap_servers)) as admin:
        await admin.create_topics([NewTopic(topic, first, 1)])
        await growth.grow(admin, topic, wanted)
        return (await growth.partition_counts(admin, [topic]))[topic]


class Lagging:
    """Shows no topic for so many answers."""

    def __init__(self, answers: float) -> None:
        self.answers = answers
        self._true = growth.partition_counts

    async def __call__(self, admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, int]:
        self.answers -= 1
        return {} if self.answers >= 0 else await self._true(admin, names)


def test_partitions_are_added(broker: Broker) -> None:
    assert asyncio.run(grown(broker, 1, 3)) == 3


def test_a_topic_that_the_broker_does_not_show_yet_has_them_already(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "partition_counts", Lagging(3))
    assert asyncio.run(grown(broker, 2, 2)) == 2


def test_what_kafka_refuses_for_good_is_said(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "partition_counts", Lagging(float("inf")))
    monkeypatch.setattr(growth, "_SHOWN_WITHIN_SECONDS", 0.5)
    with pytest.raises(ConfigError, match="already has 2 partition"):
        asyncio.run(grown(broker, 2, 2))
