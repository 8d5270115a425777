"""A worker whose Kafka is gone, or is not as it must be, says so; its log stays readable meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path

from aiokafka.admin import NewPartitions

from stream.broker.embedded import EmbeddedKafka
from stream.edge.kafka.connection import admin_client
from stream.errors import ConfigError
from stream.settings import LOGICAL_TOPICS
from tests.faults.producing import configure
from tests.integration.running import RealWorker, environment, with_topics
from tests.patience import FOR_EVER_SECONDS, PATIENCE_SECONDS

FEW_ROWS = {"TOPICS__PARTITIONS": "1", "GROUP_BY__NAMES": "all", "WINDOWS__ROLLING": "1h"}
FROZEN_SECONDS = 8


def told(worker: RealWorker, *words: str) -> bool:
    """Whether the worker is not ready, and has a reason with each of these words."""
    status, reasons = worker.readiness()
    return status == 503 and all(any(word in reason for reason in reasons) for word in words)


def test_a_broker_that_is_gone_is_told_and_the_log_counts_what_repeats(namespace: str, tmp_path: Path) -> None:
    with EmbeddedKafka(data_dir=tmp_path / "kafka") as kafka:
        variables = environment(kafka.bootstrap_servers, namespace, **FEW_ROWS)
        with_topics(variables)
        log = tmp_path / "worker.log"
        with RealWorker(variables, log).wait_ready() as worker:
            before = len(log.read_text().splitlines())
            kafka.kill()
            worker.wait_until(lambda: told(worker, f"Kafka at {kafka.bootstrap_servers} has not answered"), "the truth")
            worker.wait_until(lambda: " times in 10 s)" in log.read_text(), "a line that counts")
            lines = log.read_text().splitlines()[before:]
            assert len(lines) < 150, "\n".join(lines)
            assert worker.readiness()[0] == 503


def test_every_topic_that_is_gone_is_told(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    names = [settings.topic_names[logical] for logical in LOGICAL_TOPICS]

    async def delete_all() -> None:
        async with admin_client(settings.kafka) as admin:
            await admin.delete_topics(names)

    with RealWorker(variables, tmp_path / "worker.log").wait_ready() as worker:
        asyncio.run(delete_all())
        worker.wait_until(lambda: told(worker, *(f"topic {name}: does not exist" for name in names)), "all of them")


def test_partitions_that_were_added_are_told(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    topic = settings.topics.facts  # of a source topic the group would notice as well

    async def add() -> None:
        async with admin_client(settings.kafka) as admin:
            await admin.create_partitions({topic: NewPartitions(total_count=3)})

    with RealWorker(variables, tmp_path / "worker.log").wait_ready() as worker:
        asyncio.run(add())
        worker.wait_until(lambda: told(worker, f"topic {topic}: partitions is 3, should be 1"), "the truth")


def test_partitions_added_to_a_source_are_told_and_then_end_the_worker(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    sources = [settings.topics.tickets, settings.topics.surveys]

    async def add() -> None:
        async with admin_client(settings.kafka) as admin:
            await admin.create_partitions({topic: NewPartitions(total_count=2) for topic in sources})

    log = tmp_path / "worker.log"
    with RealWorker(variables, log).wait_ready() as worker:
        added_seconds = time.monotonic()
        asyncio.run(add())
        words = [f"topic {topic}: partitions is 2, should be 1" for topic in sources]
        worker.wait_until(lambda: told(worker, *words), "the truth")
        worker.wait_until(lambda: worker.samples("worker_wrong_topics") == [2], "what an alert can see")
        code = worker.process.wait(PATIENCE_SECONDS)
        assert code == ConfigError.exit_code, log.read_text()
        assert time.monotonic() - added_seconds > 20, "a scrape has time to see it"
        assert 'follow docs/operations.md, "More partitions"' in log.read_text()
    code, output = run(variables, "worker")  # what a supervisor gets that starts it again
    assert code == ConfigError.exit_code
    assert words[0] in output


def test_the_first_answer_after_a_freeze_is_not_an_old_one(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(
        broker.bootstrap_servers, namespace, KAFKA__SESSION_TIMEOUT_SECONDS=f"{FOR_EVER_SECONDS:g}", **FEW_ROWS
    )
    with_topics(variables)
    with RealWorker(variables, tmp_path / "worker.log").wait_ready() as worker:
        asked = HTTPConnection("127.0.0.1", worker.port, timeout=PATIENCE_SECONDS)
        worker.process.send_signal(signal.SIGSTOP)
        try:
            time.sleep(FROZEN_SECONDS)  # the time it sleeps is what is tried
            # Asked while it is frozen, so that it has this to answer before anything else.
            asked.request("GET", "/readyz")
        finally:
            worker.process.send_signal(signal.SIGCONT)
        answer = asked.getresponse()
        reasons = json.loads(answer.read())["reasons"]
        asked.close()
        assert answer.status == 503, reasons
        assert any("has not run for" in reason or "has not answered for" in reason for reason in reasons)
        worker.wait_ready()


def run(variables: Mapping[str, str], command: str) -> tuple[int, str]:
    """Exit code and whole output of a command that ends by itself."""
    done = subprocess.run(
        [sys.executable, "-m", "stream", command],
        env={**os.environ, **variables, "DESKPULSE_HTTP__PORT": "0", "COLUMNS": "400"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_what_can_be_borne_is_said_alike_by_the_command_the_start_and_readyz(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    topic = settings.topics.facts
    asyncio.run(configure(settings, topic, cleanup_policy="compact", max_message_bytes="2097152"))
    sentence = "max.message.bytes is 2097152, should be 1048576"
    code, output = run(variables, "topics")
    assert code == 1
    assert sentence in output
    log = tmp_path / "worker.log"
    with RealWorker(variables, log).wait_ready() as worker:
        assert f"topic {topic}: {sentence}" in log.read_text()
        worker.wait_until(lambda: f"topic {topic}: {sentence}" in worker.get("/readyz")[1], "the warning")
        assert worker.readiness()[0] == 200


def test_what_cannot_work_stops_the_start_in_the_same_words(broker: EmbeddedKafka, namespace: str) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    asyncio.run(
        configure(settings, settings.topic_names["changelog"], cleanup_policy="compact", max_message_bytes="1048576")
    )
    sentence = "max.message.bytes is 1048576, should be 8388608 (transactions of a worker would be refused, for ever)"
    code, output = run(variables, "worker")
    assert code == ConfigError.exit_code
    assert f"topic {settings.topic_names['changelog']}: {sentence}" in output
    assert "Run `deskpulse topics --fix`" in output
    assert sentence in run(variables, "topics")[1]
