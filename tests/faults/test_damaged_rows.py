"""Somebody else's row in a topic that a real worker keeps its state in: code 4 and where it lies, not a traceback."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from stream.broker.embedded import EmbeddedKafka
from stream.errors import LossError
from stream.settings import Settings
from tests.integration.running import RealWorker, environment, with_topics
from tests.patience import PATIENCE_SECONDS


async def _write_foreign_row(settings: Settings, topic: str) -> int:
    """Its offset."""
    async with AIOKafkaProducer(bootstrap_servers=list(settings.kafka.addresses)) as producer:
        told = await producer.send_and_wait(topic, b'{"hello": "jo@example.org"}', key=b"jo@example.org", partition=0)
    return int(told.offset)


def _assert_ended(worker: RealWorker, topic: str, offset: int) -> None:
    assert worker.process.wait(PATIENCE_SECONDS) == LossError.exit_code, worker.log()
    log = worker.log()
    assert f"{topic} partition 0 holds at offset {offset} a row that this version does not write" in log
    assert "A restart does not help" in log
    assert "Traceback" not in log
    assert "jo@example.org" not in log


@pytest.mark.parametrize("logical", ["changelog", "partials", "metrics", "alerts"])
def test_a_foreign_row_ends_the_start(logical: str, broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(broker.bootstrap_servers, namespace, TOPICS__PARTITIONS="1")
    settings = with_topics(variables)
    topic = settings.topic_names[logical]
    offset = asyncio.run(_write_foreign_row(settings, topic))
    with RealWorker(variables, tmp_path / "log") as worker:
        _assert_ended(worker, topic, offset)


def test_a_foreign_row_in_the_partials_ends_a_worker_that_runs(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, TOPICS__PARTITIONS="1")
    settings = with_topics(variables)
    topic = settings.topic_names["partials"]
    with RealWorker(variables, tmp_path / "log").wait_ready() as worker:
        _assert_ended(worker, topic, asyncio.run(_write_foreign_row(settings, topic)))
