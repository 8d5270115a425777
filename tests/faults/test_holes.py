"""Holes in a source topic: transactions of producers and compaction leave them and lose nothing; deletion does."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedKafka
from stream.edge.kafka.connection import admin_client
from stream.edge.kafka.topics import ensure_topics
from stream.errors import LossError
from stream.settings import Settings
from tests.faults.producing import bounds, configure, delete_up_to, offsets_in, producer, send, tickets, transact
from tests.integration.running import RealWorker, environment, with_topics
from tests.patience import PATIENCE_SECONDS, wait_until

FEW_ROWS = {"TOPICS__PARTITIONS": "1", "GROUP_BY__NAMES": "all", "WINDOWS__ROLLING": "1h"}
OPEN = {"by": "all", "window": "now"}


def counts(worker: RealWorker, tickets_open: int) -> None:
    """Wait until so many tickets are open, nothing is left to read, and the worker is ready."""
    worker.wait_until(lambda: worker.samples("open_tickets", **OPEN) == [tickets_open], f"{tickets_open} tickets")
    worker.wait_until(lambda: worker.samples("shard_lag_events") == [0], "no lag")
    worker.wait_ready()
    assert worker.samples("pipeline_gaps_total") == [0]


def test_transactions_of_a_producer_are_no_loss(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    asyncio.run(transact(settings, [(tickets(0, 2), True), (tickets(2, 1), False), (tickets(3, 2), True)]))
    with RealWorker(variables, tmp_path / "first.log") as worker:
        counts(worker, 4)
        # Three transactions while it runs: an abort is the last of them.
        asyncio.run(transact(settings, [(tickets(5, 1), True), (tickets(6, 1), True), (tickets(7, 3), False)]))
        counts(worker, 6)
        worker.end(signal.SIGKILL)
    # Read on in the middle of it, from a position that is a marker's.
    asyncio.run(transact(settings, [(tickets(10, 3), False), (tickets(13, 1), True), (tickets(14, 1), False)]))
    with RealWorker(variables, tmp_path / "second.log") as worker:
        counts(worker, 7)
        assert worker.end(signal.SIGTERM) == 0
    with RealWorker(variables, tmp_path / "third.log") as worker:
        counts(worker, 7)
        asyncio.run(send(settings, tickets(20, 1)))
        counts(worker, 8)
        assert worker.samples("pipeline_duplicates_total") == [0]


def test_while_a_transaction_is_open_it_lags_and_nothing_is_lost(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)

    async def hold_open(worker: RealWorker) -> None:
        async with producer(settings, transactional_id=f"{namespace}-slow") as slow:
            await slow.begin_transaction()
            for key, value in tickets(0, 2):
                await slow.send_and_wait(settings.topics.tickets, value, key=key, partition=0)
            await send(settings, tickets(2, 1))
            await asyncio.to_thread(
                worker.wait_until, lambda: worker.samples("shard_lag_events") == [3], "the lag behind it"
            )
            assert worker.samples("open_tickets", **OPEN) in ([], [0])
            await slow.commit_transaction()

    with RealWorker(variables, tmp_path / "worker.log").wait_ready() as worker:
        asyncio.run(hold_open(worker))
        counts(worker, 3)


def test_a_compacted_source_topic_is_no_loss(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    with RealWorker(variables, tmp_path / "first.log").wait_ready() as worker:
        asyncio.run(send(settings, tickets(0, 1)))
        counts(worker, 1)
        worker.end(signal.SIGTERM)
    topic = settings.topics.tickets
    asyncio.run(
        configure(settings, topic, cleanup_policy="compact", segment_ms="500", min_cleanable_dirty_ratio="0.001")
    )
    _, end = asyncio.run(bounds(settings, topic))
    asyncio.run(send(settings, tickets(1, 1) * 3))

    def is_compacted() -> bool:
        if end not in asyncio.run(offsets_in(settings, topic)):
            return True
        asyncio.run(send(settings, tickets(1, 1)))  # the segment that is written to is never compacted
        return False

    wait_until(is_compacted, f"Kafka has compacted {topic}", lambda: asyncio.run(offsets_in(settings, topic)))
    asyncio.run(configure(settings, topic, cleanup_policy="delete"))
    with RealWorker(variables, tmp_path / "second.log") as worker:
        counts(worker, 2)


def missed(settings: Settings, variables: Mapping[str, str], folder: Path) -> int:
    """Count one ticket, stop, send two more and delete the first of them; gives where the log begins then."""
    with RealWorker(variables, folder / "first.log").wait_ready() as worker:
        asyncio.run(send(settings, tickets(0, 1)))
        counts(worker, 1)
        assert worker.end(signal.SIGTERM) == 0
    asyncio.run(send(settings, tickets(1, 2)))
    _, end = asyncio.run(bounds(settings, settings.topics.tickets))
    asyncio.run(delete_up_to(settings, settings.topics.tickets, end - 1))
    return end - 1


def ended(worker: RealWorker) -> tuple[int, str]:
    """Exit code and log of a worker that is about to end by itself."""
    return worker.process.wait(PATIENCE_SECONDS), worker.log()


def test_what_was_deleted_before_it_was_read_is_a_loss_and_ends_the_worker(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    first = missed(settings, variables, tmp_path)
    with RealWorker(variables, tmp_path / "second.log") as worker:
        code, log = ended(worker)
    assert code == LossError.exit_code
    assert re.search(
        rf"events are missing: {re.escape(settings.topics.tickets)} partition 0 begins at offset {first}, "
        rf"and had been read up to {first - 1}: what lay between was deleted before it was read", log
    )  # fmt: skip
    assert f"Set pipeline.on_gap to 'count' to go on from offset {first}" in log


def test_a_loss_may_be_counted(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(broker.bootstrap_servers, namespace, PIPELINE__ON_GAP="count", **FEW_ROWS)
    settings = with_topics(variables)
    missed(settings, variables, tmp_path)
    for log in ("second.log", "third.log"):
        with RealWorker(variables, tmp_path / log) as worker:
            worker.wait_samples("open_tickets", [2], "what is left", **OPEN)
            worker.wait_samples("pipeline_gaps_total", [1], "one loss, once")
            worker.wait_ready()
            assert worker.end(signal.SIGTERM) == 0


def make_anew(settings: Settings) -> None:
    async def delete() -> None:
        async with admin_client(settings.kafka) as admin:
            await admin.delete_topics([settings.topics.tickets])

    asyncio.run(delete())
    wait_until(lambda: asyncio.run(ensure_topics(settings, create=True)).created, "the topic is gone, and there anew")


@pytest.mark.parametrize("on_gap", ["stop", "count"])
def test_a_topic_made_anew_is_a_loss(broker: EmbeddedKafka, namespace: str, tmp_path: Path, on_gap: str) -> None:
    variables = environment(broker.bootstrap_servers, namespace, PIPELINE__ON_GAP=on_gap, **FEW_ROWS)
    settings = with_topics(variables)
    with RealWorker(variables, tmp_path / "first.log").wait_ready() as worker:
        asyncio.run(send(settings, tickets(0, 5)))
        counts(worker, 5)
        assert worker.end(signal.SIGTERM) == 0
    make_anew(settings)
    asyncio.run(send(settings, tickets(5, 1)))
    with RealWorker(variables, tmp_path / "second.log") as worker:
        if on_gap == "stop":
            code, log = ended(worker)
            assert code == LossError.exit_code
            assert "was deleted and created anew since partition 0 had been read up to 5" in log
        else:
            worker.wait_until(lambda: worker.samples("open_tickets", **OPEN) == [6], "what the new topic holds")
            assert worker.samples("pipeline_gaps_total") == [1]
