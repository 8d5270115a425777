"""Producers that write in transactions, under rebalances and kills: what is committed counts once, the rest never."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.broker.embedded import EmbeddedKafka
from stream.errors import LossError
from stream.replay.plan import Plan
from stream.replay.routing import Router
from stream.replay.send import Place
from stream.settings import Settings
from tests.faults.fleet import Fleet
from tests.faults.producing import bounds, delete_up_to, producer, send, tickets, transact
from tests.faults.proof import Outcome, assert_same, plan, run
from tests.integration.running import RealWorker, environment, with_topics
from tests.patience import PATIENCE_SECONDS

FEW_ROWS = {"TOPICS__PARTITIONS": "1", "GROUP_BY__NAMES": "all", "WINDOWS__ROLLING": "1h"}
OPEN = {"by": "all", "window": "now"}
_LINES_A_TRANSACTION = 150


async def send_in_transactions(
    settings: Settings, lines: Sequence[bytes], calm: Callable[[], bool]
) -> dict[Place, int]:
    """Send all ``lines`` in transactions, every third of them aborted first; gives where each partition ends.

    Two producers take turns, so that transactions lie in one another. The last one is aborted: partitions end with its
    records and its marker.
    """
    dice = random.Random(17)
    route = Router(settings.topics.partitions)
    topics = settings.topic_names
    used: set[Place] = set()

    async def write(made: object, part: Sequence[bytes]) -> None:
        for line in part:
            logical, partition, key = route(line)
            place = topics[logical], partition
            used.add(place)
            await made.send(place[0], line, key=key, partition=partition)  # type: ignore[attr-defined]  # aiokafka's

    names = [f"{settings.application_id}-source-{number}" for number in range(2)]
    async with (
        producer(settings, transactional_id=names[0]) as one,
        producer(settings, transactional_id=names[1]) as two,
    ):
        parts = [lines[first : first + _LINES_A_TRANSACTION] for first in range(0, len(lines), _LINES_A_TRANSACTION)]
        for number, part in enumerate(parts):
            made, other = (one, two) if number % 2 else (two, one)
            await other.begin_transaction()
            await write(other, dice.sample(part, 5))
            await made.begin_transaction()
            await write(made, part)
            await other.abort_transaction()
            if number % 3 == 0:
                await made.abort_transaction()
                await made.begin_transaction()
                await write(made, part)
            await made.commit_transaction()
            if not calm():
                await asyncio.sleep(0.1)
        await one.begin_transaction()
        await write(one, lines[:500])
        await one.abort_transaction()
    return await _ends(settings, used)


async def _ends(settings: Settings, used: set[Place]) -> dict[Place, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=list(settings.kafka.addresses))
    await consumer.start()
    try:
        ends = await consumer.end_offsets([TopicPartition(*place) for place in used])
    finally:
        await consumer.stop()
    return {(place.topic, place.partition): end for place, end in ends.items()}


def transactional(plan: Plan, lines: Sequence[bytes], calm: Callable[[], bool]) -> dict[Place, int]:
    return asyncio.run(send_in_transactions(plan.settings, lines, calm))


def test_transactions_committed_and_aborted_under_rebalances_and_kills(
    broker: EmbeddedKafka, namespace: str, lines: list[bytes], undisturbed: Outcome, tmp_path: Path
) -> None:
    dice = random.Random(5)

    def disturb(fleet: Fleet) -> None:
        fleet.settle()
        fleet.start(2)  # joins
        for _ in range(3):
            time.sleep(dice.uniform(0.2, 1.5))
            fleet.wait_until(lambda: fleet.hit(dice.choice((0, 1)), signal.SIGKILL), "a worker to kill")
        fleet.retire(2)  # leaves
        fleet.settle()

    settings = plan(broker.bootstrap_servers, namespace)
    outcome = run(settings, lines, tmp_path, workers=2, disturb=disturb, send=transactional, count=len(lines))
    assert outcome.ends[-signal.SIGKILL] == 3
    assert outcome.tally.get("gaps", 0) == 0
    # Where the originals of dead letters lie is another matter behind markers and aborted records.
    assert_same(outcome, undisturbed, but=frozenset({"dead_letters"}))
    reasons = [sorted(map(str, one.rows["dead_letters"].values())) for one in (outcome, undisturbed)]
    assert reasons[0] == reasons[1]


def test_what_is_deleted_above_the_position_is_a_loss_among_transactions_too(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    with RealWorker(variables, tmp_path / "first.log") as worker:
        asyncio.run(transact(settings, [(tickets(0, 2), True), (tickets(2, 3), False)]))
        worker.wait_until(lambda: worker.samples("open_tickets", **OPEN) == [2], "2 tickets")
        worker.wait_until(lambda: worker.samples("shard_lag_events") == [0], "no lag behind the marker")
        assert worker.end(signal.SIGTERM) == 0
    _, read = asyncio.run(bounds(settings, settings.topics.tickets))
    # Deleted up to the position, markers and all: nothing is lost.
    asyncio.run(delete_up_to(settings, settings.topics.tickets, read))
    asyncio.run(transact(settings, [(tickets(10, 1), False), (tickets(11, 2), True), (tickets(13, 1), True)]))
    with RealWorker(variables, tmp_path / "second.log") as worker:
        worker.wait_until(lambda: worker.samples("open_tickets", **OPEN) == [5], "5 tickets")
        assert worker.samples("pipeline_gaps_total") == [0]
        assert worker.end(signal.SIGTERM) == 0
    # Deleted beyond it: the first of two committed transactions.
    _, read = asyncio.run(bounds(settings, settings.topics.tickets))
    asyncio.run(transact(settings, [(tickets(20, 2), True), (tickets(22, 1), True), (tickets(23, 1), False)]))
    asyncio.run(delete_up_to(settings, settings.topics.tickets, read + 3))
    with RealWorker(variables, tmp_path / "third.log") as worker:
        assert worker.process.wait(PATIENCE_SECONDS) == LossError.exit_code
        assert f"begins at offset {read + 3}, and had been read up to {read}" in worker.log()
    counted = {**variables, "DESKPULSE_PIPELINE__ON_GAP": "count"}
    with RealWorker(counted, tmp_path / "fourth.log") as worker:
        worker.wait_until(lambda: worker.samples("open_tickets", **OPEN) == [6], "what is left")
        worker.wait_until(lambda: worker.samples("pipeline_gaps_total") == [1], "one loss")
        asyncio.run(send(settings, tickets(30, 1)))
        worker.wait_until(lambda: worker.samples("open_tickets", **OPEN) == [7], "and on")
