"""The examples for kcat do what docs/consuming.md and docs/connect/kafka.md say, with topics of a real worker."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from stream.broker.embedded import EmbeddedKafka
from stream.edge.kafka.partitioning import murmur2_partition
from stream.edge.owners.fact_rows import fact_key
from tests.faults.content import read_all
from tests.integration.running import RealWorker, environment, event, send, with_topics
from tests.integration.small_desk import CONSUMERS, FEW_ROWS, output, rows_of, send_tickets, without_progress
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed")

SENDER = Path(__file__).parents[2] / "examples/producers/send_events.sh"
SCRIPT = str(CONSUMERS / "latest_rows.sh")


def test_latest_rows_are_those_of_the_worker_and_nothing_else(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    send_tickets(settings)

    def latest(topic: str) -> dict[str, str]:
        lines = output(SCRIPT, broker.bootstrap_servers, settings.topic_names[topic]).splitlines()
        return dict(line.split("\t") for line in lines)

    with RealWorker(variables, tmp_path / "worker.log") as worker:
        worker.wait_ready()
        worker.wait_until(lambda: worker.samples("pipeline_events_total") == [12], "all counted")

        def is_same() -> bool:
            # Windows move on between the two; a moment later they have met again.
            shown = sorted(map(without_progress, rows_of(worker)))
            table = latest("metrics").values()
            return len(shown) > 20 and sorted(without_progress(json.loads(row)) for row in table) == shown

        worker.wait_until(is_same, "the table equals the view")
        assert {"T-1|answered/1", "T-2|abandoned/1"} < latest("facts").keys()
        send(settings, [event("T-2", "ticket.removed", reason="spam")])
        worker.wait_until(lambda: "T-2|abandoned/1" not in latest("facts"), "what was retracted is gone")
        assert "T-1|answered/1" in latest("facts")

    async def write_and_abort() -> None:
        async with AIOKafkaProducer(
            bootstrap_servers=broker.bootstrap_servers, transactional_id=f"{namespace}-test"
        ) as producer:
            await producer.begin_transaction()
            await producer.send_and_wait(
                settings.topic_names["facts"], key=fact_key("T-9", "offered/1"), value=b"{}", partition=0
            )
            await producer.abort_transaction()

    asyncio.run(write_and_abort())
    assert "T-9|offered/1" not in latest("facts")


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_events_that_kcat_sends_lie_where_other_clients_put_them(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    settings = with_topics(environment(broker.bootstrap_servers, namespace))
    names = settings.topic_names
    events = [event(f"T-{number}", "ticket.created", channel='say "hi"\\n\\t') for number in range(40)]
    events += [event(f"T-{number}", "survey.sent", survey_id=f"{number}", score=5) for number in range(20)]
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in events))
    subprocess.run(
        [SENDER, broker.bootstrap_servers, file],
        env={**os.environ, "TICKETS": names["tickets"], "SURVEYS": names["surveys"]},
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    for logical, kind in (("tickets", "support.ticket.created"), ("surveys", "support.survey.sent")):
        sent = [one for one in events if one["type"] == kind]
        found = asyncio.run(read_all(settings, logical))
        assert sorted((json.loads(entry.value or b"") for entry in found), key=str) == sorted(sent, key=str)
        for entry in found:
            assert entry.key.decode() == json.loads(entry.value or b"")["subject"]
            assert entry.partition == murmur2_partition(entry.key, settings.topics.partitions)
