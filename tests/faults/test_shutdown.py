"""SIGTERM under load: what was folded is committed, and the next worker goes on exactly there."""

from __future__ import annotations

import asyncio
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.broker.embedded import EmbeddedKafka
from stream.edge.kafka.topics import ensure_topics
from stream.settings import Settings
from tests.faults.content import last_values, read_all
from tests.faults.fleet import Fleet
from tests.faults.proof import Outcome, assert_same, plan, run
from tests.faults.sender import paced

ROUNDS = 2
_STARTS = re.compile(r"shard (\d+) reads (\S+) from (\d+)")


def test_clean_shutdown_under_load_goes_on_where_it_ended(
    broker: EmbeddedKafka, namespace: str, lines: list[bytes], undisturbed: Outcome, tmp_path: Path
) -> None:
    here = plan(broker.bootstrap_servers, namespace, {"DESKPULSE_LOG_LEVEL": "debug"})

    def stored() -> dict[tuple[int, str], int]:
        """The positions in the changelog."""
        changelog = last_values(asyncio.run(read_all(here.settings, "changelog")))
        rows = [(partition, orjson.loads(row)) for (partition, key), row in changelog.items() if key == b"="]
        return {
            (partition, here.settings.topic_names[topic]): offset
            for partition, row in rows
            for topic, offset in row["status"]["positions"].items()
        }

    def hand_over(fleet: Fleet) -> None:
        fleet.settle()
        fleet.wait_until(lambda: sum(stored().values()) > len(lines) / 10, "the middle of the stream")
        assert fleet.retire(0, signal.SIGTERM) == 0
        ended = stored()
        # The group's offsets are for lag tools: nobody may read on from there.
        asyncio.run(_commit_the_ends(here.settings))
        fleet.start(1)
        fleet.wait_until(lambda: len(_STARTS.findall(fleet.log(1))) >= 8, "reading of all partitions")
        began = {(int(partition), topic): int(start) for partition, topic, start in _STARTS.findall(fleet.log(1))}
        # A partition of which nothing was committed yet has no position: it is read from its beginning.
        assert began == {**dict.fromkeys(began, 0), **ended}
        assert sum(ended.values()) < len(lines) * 0.9, "not in the middle of the stream any more"

    assert_same(run(here, lines, tmp_path, disturb=hand_over, send=paced), undisturbed)


async def _commit_the_ends(settings: Settings) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=list(settings.kafka.addresses), group_id=settings.application_id, enable_auto_commit=False
    )
    names = [settings.topic_names[logical] for logical in ("tickets", "surveys")]
    places = [TopicPartition(name, partition) for name in names for partition in range(settings.topics.partitions)]
    await consumer.start()
    try:
        consumer.assign(places)
        await consumer.commit(await consumer.end_offsets(places))
    finally:
        await consumer.stop()


def test_workers_that_stop_while_their_group_rebalances_end_in_order(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    """Each that leaves calls the others to a rebalance, which finds them stopping."""
    here = plan(broker.bootstrap_servers, namespace)
    asyncio.run(ensure_topics(here.settings, create=True)).require_usable()
    with Fleet(0, here.environ, tmp_path) as fleet, ThreadPoolExecutor() as pool:
        for _ in range(ROUNDS):
            for index in range(3):
                fleet.start(index)
            fleet.settle()
            assert list(pool.map(fleet.retire, range(3))) == [0, 0, 0], fleet.log_tail()
