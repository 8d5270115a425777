"""A topic that is deleted and created anew, which nothing but its id tells: nothing is passed over without a word."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedKafka
from stream.edge.owners.shard_rows import POSITION_KEY
from stream.errors import LossError
from tests.faults.content import last_values, read_all
from tests.faults.producing import make_anew, producer, send, tickets
from tests.integration.running import RealWorker, environment, with_topics
from tests.patience import PATIENCE_SECONDS

FEW_ROWS = {"TOPICS__PARTITIONS": "1", "GROUP_BY__NAMES": "all", "WINDOWS__ROLLING": "1h"}
OPEN = {"by": "all", "window": "now"}


def counts(worker: RealWorker, tickets_open: int, gaps: int = 0) -> None:
    """Wait until so many tickets are open, and so many losses are counted."""
    worker.wait_until(lambda: worker.samples("open_tickets", **OPEN) == [tickets_open], f"{tickets_open} tickets")
    worker.wait_until(lambda: worker.samples("pipeline_gaps_total") == [gaps], f"{gaps} losses")
    worker.wait_ready()


def ended(worker: RealWorker) -> tuple[int, str]:
    """Exit code and log of a worker that is about to end by itself."""
    return worker.process.wait(PATIENCE_SECONDS), worker.log()


@pytest.mark.parametrize("on_gap", ["stop", "count"])
def test_a_source_that_holds_more_than_the_one_before_is_a_loss_and_read_from_its_beginning(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path, on_gap: str
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, PIPELINE__ON_GAP=on_gap, **FEW_ROWS)
    settings = with_topics(variables)
    with RealWorker(variables, tmp_path / "first.log").wait_ready() as worker:
        asyncio.run(send(settings, tickets(0, 5)))
        counts(worker, 5)
        assert worker.end(signal.SIGTERM) == 0
    make_anew(settings, "tickets")
    asyncio.run(send(settings, tickets(5, 20)))
    with RealWorker(variables, tmp_path / "second.log") as worker:
        if on_gap == "stop":
            code, log = ended(worker)
            assert code == LossError.exit_code
            assert (
                f"{settings.topics.tickets} was deleted and created anew since partition 0 had been read up to 5" in log
            )
            assert "Set pipeline.on_gap to 'count' to go on from the beginning of the new one" in log
            return
        counts(worker, 25, gaps=1)
        assert worker.end(signal.SIGTERM) == 0
    with RealWorker(variables, tmp_path / "third.log") as worker:
        counts(worker, 25, gaps=1)


def test_surveys_that_nobody_ever_sent_are_no_reason_to_pass_over_their_topics_id(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    with RealWorker(variables, tmp_path / "first.log").wait_ready() as worker:
        asyncio.run(send(settings, tickets(0, 1)))
        counts(worker, 1)
        assert worker.end(signal.SIGTERM) == 0
    make_anew(settings, "surveys")
    with RealWorker(variables, tmp_path / "second.log") as worker:
        code, log = ended(worker)
    assert code == LossError.exit_code
    assert f"{settings.topics.surveys} was deleted and created anew" in log


def test_a_source_made_anew_under_a_worker_is_noticed(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(broker.bootstrap_servers, namespace, PIPELINE__ON_GAP="count", **FEW_ROWS)
    settings = with_topics(variables)
    with RealWorker(variables, tmp_path / "first.log").wait_ready() as worker:
        asyncio.run(send(settings, tickets(0, 5)))
        counts(worker, 5)
        make_anew(settings, "tickets")
        asyncio.run(send(settings, tickets(5, 20)))
        # Whether the watch or the group sees it first is a matter of chance.
        assert ended(worker)[0] == 70
    with RealWorker(variables, tmp_path / "second.log") as worker:
        counts(worker, 25, gaps=1)


def test_snapshots_are_told_again_to_partials_made_anew(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    with RealWorker(variables, tmp_path / "first.log").wait_ready() as worker:
        asyncio.run(send(settings, tickets(0, 5)))
        counts(worker, 5)
        before = worker.samples("pipeline_events_total"), worker.samples("tickets_created_total")
        make_anew(settings, "partials")
        assert ended(worker)[0] == 70
    with RealWorker(variables, tmp_path / "second.log") as worker:
        counts(worker, 5)
        assert (worker.samples("pipeline_events_total"), worker.samples("tickets_created_total")) == before


def test_a_changelog_made_anew_under_a_worker_is_not_taken_for_the_state(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    changelog = settings.topic_names["changelog"]

    async def write(value: bytes) -> None:
        async with producer(settings) as made:
            await made.send_and_wait(changelog, value, key=POSITION_KEY, partition=0)

    with RealWorker(variables, tmp_path / "first.log").wait_ready() as worker:
        asyncio.run(send(settings, tickets(0, 5)))
        counts(worker, 5)
        assert worker.end(signal.SIGTERM) == 0
    position = last_values(asyncio.run(read_all(settings, "changelog")))[0, POSITION_KEY]
    make_anew(settings, "changelog")
    # What a worker writes that has not noticed yet: the next one would go on from there, with nothing before it.
    asyncio.run(write(position))
    with RealWorker(variables, tmp_path / "second.log") as worker:
        code, log = ended(worker)
        assert code == LossError.exit_code
        assert f"{changelog} was deleted and created anew under a worker" in log
    make_anew(settings, "changelog")
    with RealWorker(variables, tmp_path / "third.log") as worker:
        counts(worker, 5)
