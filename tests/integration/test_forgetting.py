"""A customer that is to be forgotten, in a real Kafka: once it has compacted, no topic of ours holds the id."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from stream.broker.embedded import EmbeddedKafka
from stream.edge.kafka.partitioning import murmur2_partition
from stream.settings import Settings
from tests.faults.content import read_all
from tests.integration.running import RealWorker, environment, event, send, with_topics
from tests.patience import wait_until

pytestmark = pytest.mark.broker
PLANTED = "planted-4711"
PARTITIONS = 2
COMPACTED = ("changelog", "partials", "customer_events", "metrics")
OURS = (*COMPACTED, "facts", "dead_letter", "alerts")
AT_ONCE = {
    "cleanup.policy": "compact",
    "segment.ms": "500",
    "min.cleanable.dirty.ratio": "0.001",
    "delete.retention.ms": "0",
    "max.message.bytes": "8388608",
}
"""What Kafka does within a day or a month, within seconds."""


def a_desk() -> Iterator[dict[str, Any]]:
    for number in range(20):
        yield event(f"T-{number}", "ticket.created", 600, channel="chat", customer_id=PLANTED)
    yield event(PLANTED, "customer.joined", 3600, tier="gold")
    yield event(PLANTED, "customer.purchase", 3000, amount="12.50", currency="EUR")
    yield event(PLANTED, "customer.purchase", 3000, amount="twelve", currency="EUR")
    yield event("T-bad", "ticket.created", 600, channel=7, customer_id=PLANTED)
    yield event("merged-1", "customer.joined", 3600, tier="gold")
    yield event("merged-1", "customer.merged", 900, into=PLANTED)


def others(number: int) -> Iterator[dict[str, Any]]:
    """Something in every partition of every topic, so that what was there before is no last segment any more."""
    names = (f"c-{number}-{attempt}" for attempt in range(1000))
    places: dict[int, str] = {}
    for name in names:
        places.setdefault(murmur2_partition(name.encode(), PARTITIONS), name)
        if len(places) == PARTITIONS:
            break
    for name in places.values():
        yield event(f"o-{name}", "ticket.created", 1, channel="chat", customer_id=name)


async def compact_at_once(settings: Settings) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=list(settings.kafka.addresses))
    await admin.start()
    try:
        topics = [settings.topic_names[logical] for logical in COMPACTED]
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=AT_ONCE) for name in topics])
    finally:
        await admin.close()


def holders(settings: Settings) -> dict[str, int]:
    """By topic of ours, records (committed or not, tombstones too) that hold the id, plain or as base64."""
    found: dict[str, int] = {}
    for logical in OURS:
        for entry in asyncio.run(read_all(settings, logical, "read_uncommitted")):
            content = entry.key + b" " + (entry.value or b"")
            carried = [base64.b64decode(text) for text in re.findall(rb'_base64":"([A-Za-z0-9+/=]*)"', content)]
            if PLANTED.encode() in b" ".join((content, *carried)):
                found[logical] = found.get(logical, 0) + 1
    return found


def test_once_kafka_has_compacted_no_topic_of_ours_holds_the_id(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    more = {"TOPICS__PARTITIONS": str(PARTITIONS), "CUSTOMERS__ENABLED": "true"}
    variables = environment(broker.bootstrap_servers, namespace, **more)
    settings = with_topics(variables)
    with RealWorker(variables, tmp_path / "worker.log") as worker:
        worker.wait_ready()
        send(settings, a_desk())
        worker.wait_until(lambda: worker.samples("open_tickets", by="all") == [20], "tickets counted")
        worker.wait_until(lambda: worker.samples("customers", by="all") == [1], "customers counted")
        assert {"changelog", "customer_events"} <= holders(settings).keys()
        asyncio.run(compact_at_once(settings))
        send(settings, [event(PLANTED, "customer.removed", 0)])
        seen: dict[str, int] = {}
        rounds = iter(range(10_000))

        def is_gone() -> bool:
            send(settings, others(next(rounds)))
            seen.clear()
            seen.update(holders(settings))
            return not seen

        wait_until(is_gone, "no topic holds the id", lambda: seen)
        assert worker.samples("customers", by="all") == [0]
        # Tickets stay counted.
        assert sum(worker.samples("open_tickets", by="all")) > 20
