"""A newcomer that cannot go on with the state there is ends before it joins: nobody's shards move in vain."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from stream.broker.embedded import EmbeddedKafka
from stream.edge.owners.shard_rows import POSITION_KEY
from stream.errors import ConfigError, LossError
from tests.faults.producing import producer, send, tickets
from tests.integration.running import RealWorker, environment, with_topics
from tests.patience import PATIENCE_SECONDS

FEW_ROWS = {"TOPICS__PARTITIONS": "3", "GROUP_BY__NAMES": "all", "WINDOWS__ROLLING": "1h"}


def test_a_newcomer_with_settings_of_before_takes_no_shard_from_a_healthy_worker(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    before = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(before)
    with RealWorker(before, tmp_path / "before.log").wait_ready() as worker:
        asyncio.run(send(settings, tickets(0, 3)))
        worker.wait_until(lambda: worker.samples("open_tickets", by="all", window="now") == [3], "3 tickets")
        worker.end(signal.SIGTERM)
    after = {**before, "DESKPULSE_DEFINITIONS__ANSWER_WITHIN_SECONDS": "30", "DESKPULSE_WINDOWS__ROLLING": "1h,40d"}
    with RealWorker(after, tmp_path / "healthy.log").wait_ready() as healthy:
        healthy.wait_until(lambda: healthy.samples("open_tickets", by="all", window="now") == [3], "3 tickets")
        assert "booked anew from" in healthy.log()
        assert healthy.samples("worker_rebalances_total") == [1]
        with RealWorker(before, tmp_path / "wrong.log") as newcomer:
            code = newcomer.process.wait(PATIENCE_SECONDS)
            log = newcomer.log()
        assert code == ConfigError.exit_code, log
        assert "raise pipeline.settings_revision" in log
        assert "holding shards" not in log
        # One that joins after it is the next to cause a rebalance: with the wrong one's there would be two.
        with RealWorker(after, tmp_path / "right.log").wait_ready():
            healthy.wait_until(lambda: healthy.samples("worker_rebalances_total") == [2], "one rebalance")
            healthy.wait_ready()


def test_a_position_that_cannot_be_read_ends_a_worker_before_it_joins(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)

    async def damage() -> None:
        async with producer(settings) as made:
            await made.send_and_wait(settings.topic_names["changelog"], b"{", key=POSITION_KEY, partition=2)

    asyncio.run(damage())
    with RealWorker(variables, tmp_path / "worker.log") as worker:
        assert worker.process.wait(PATIENCE_SECONDS) == LossError.exit_code
        assert "partition 2" in worker.log()
        assert "holding shards" not in worker.log()


def test_the_newest_position_is_found_behind_aborted_transactions(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    wrong = {**variables, "DESKPULSE_LIMITS__MAX_SEGMENTS": "7"}
    with RealWorker(wrong, tmp_path / "zeroth.log").wait_ready() as worker:
        worker.wait_until(lambda: min(worker.samples("shard_transactions_total"), default=0) > 0, "transactions")
        worker.end(signal.SIGTERM)
    with RealWorker(variables, tmp_path / "first.log").wait_ready() as worker:
        asyncio.run(send(settings, tickets(0, 3)))
        worker.wait_until(lambda: worker.samples("open_tickets", by="all", window="now") == [3], "3 tickets")
    changelog = settings.topic_names["changelog"]

    async def abort(rows: int) -> None:
        async with producer(settings, transactional_id=f"{namespace}-aborts") as made:
            await made.begin_transaction()
            for number in range(rows):
                await made.send(changelog, b"{", key=POSITION_KEY if number % 2 else b"t|x", partition=0)
            await made.flush()
            await made.abort_transaction()

    asyncio.run(abort(3000))
    with RealWorker(wrong, tmp_path / "wrong.log") as newcomer:
        assert newcomer.process.wait(PATIENCE_SECONDS) == ConfigError.exit_code
        assert "holding shards" not in newcomer.log()
