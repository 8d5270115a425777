"""The example for kcat does what docs/consuming.md says, on topics a real worker wrote."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from stream.broker.embedded import EmbeddedKafka
from stream.edge.owners.derived import fact_key
from tests.integration.running import RealWorker, environment, event, send, with_topics
from tests.integration.small_desk import CONSUMERS, FEW_ROWS, output, rows_of, send_tickets, without_progress

pytestmark = pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed")

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
