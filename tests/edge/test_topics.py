"""Topics on a real broker: created, checked, repaired, and partitions left alone."""

from __future__ import annotations

import asyncio
from typing import Protocol
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from stream.edge.kafka.connection import admin_client
from stream.edge.kafka.topics import ensure_topics
from stream.errors import ConfigError
from stream.settings import LOGICAL_TOPICS, KafkaSettings, Settings, TopicSettings
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.broker


class Broker(Protocol):
    bootstrap_servers: str


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """Settings with topics that no other test has."""
    own = f"t{uuid4().hex[:8]}"
    names = {logical: f"{own}.{logical}" for logical in LOGICAL_TOPICS}
    return Settings(
        application_id=own,
        kafka=KafkaSettings(bootstrap_servers=broker.bootstrap_servers),
        topics=TopicSettings(partitions=2, **names),
    )


def with_partitions(settings: Settings, count: int) -> Settings:
    return settings.model_copy(update={"topics": settings.topics.model_copy(update={"partitions": count})})


async def set_config(settings: Settings, topic: str, **config: str) -> None:
    values = {key.replace("_", "."): value for key, value in config.items()}
    async with admin_client(settings.kafka) as admin:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, values)])
        async with asyncio.timeout(PATIENCE_SECONDS):  # a broker shows a change a little after it has acknowledged it
            while True:
                if values.items() <= (await config_of(admin, topic)).items():
                    return
                await asyncio.sleep(0.05)


async def config_of(admin: AIOKafkaAdminClient, topic: str) -> dict[str, str]:
    (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic, None)])
    return {entry[0]: entry[1] for entry in response.resources[0][4]}


def test_without_create_what_is_missing_is_told_and_stays_missing(settings: Settings) -> None:
    for _ in range(2):
        report = asyncio.run(ensure_topics(settings))
        assert {item.kind for item in report.differences} == {"missing"}
        assert len(report.differences) == len(LOGICAL_TOPICS)


def test_created_topics_are_as_desired_and_creating_again_does_nothing(settings: Settings) -> None:
    first = asyncio.run(ensure_topics(settings, create=True))
    assert (len(first.created), first.differences) == (len(LOGICAL_TOPICS), ())
    second = asyncio.run(ensure_topics(settings, create=True))
    assert (second.created, second.differences) == ((), ())


def test_a_repair_sets_what_differs_and_keeps_what_others_set(settings: Settings) -> None:
    facts = settings.topics.facts
    asyncio.run(ensure_topics(settings, create=True))
    asyncio.run(set_config(settings, facts, cleanup_policy="delete", flush_ms="777"))
    differing = asyncio.run(ensure_topics(settings)).differences
    assert ("cleanup.policy", "delete") in [(item.key, item.found) for item in differing]

    report = asyncio.run(ensure_topics(settings, fix=True))
    assert (report.repaired, report.differences) == ((facts,), ())

    async def flush_ms() -> str:
        async with admin_client(settings.kafka) as admin:
            return (await config_of(admin, facts))["flush.ms"]

    assert asyncio.run(flush_ms()) == "777"


def test_with_other_partitions_nothing_is_created_and_nothing_changed(settings: Settings) -> None:
    asyncio.run(ensure_topics(settings, create=True))
    more = with_partitions(settings, 3)
    more = more.model_copy(update={"topics": more.topics.model_copy(update={"metrics": f"{more.topics.metrics}2"})})
    with pytest.raises(ConfigError, match="Nothing was created"):
        asyncio.run(ensure_topics(more, create=True, fix=True))
    kinds = {item.topic: item.kind for item in asyncio.run(ensure_topics(more)).differences}
    assert kinds[more.topics.tickets] == "partitions"
    assert kinds[more.topics.metrics] == "missing"


def test_more_copies_than_brokers_names_the_setting(settings: Settings) -> None:
    kafka = settings.kafka.model_copy(update={"replication_factor": 32})
    with pytest.raises(ConfigError, match="DESKPULSE_KAFKA__REPLICATION_FACTOR=32: the cluster has fewer brokers"):
        asyncio.run(ensure_topics(settings.model_copy(update={"kafka": kafka}), create=True))
