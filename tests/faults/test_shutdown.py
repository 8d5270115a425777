"""SIGTERM: what was folded is committed, the group is left at once, and the next worker goes on exactly there."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from pathlib import Path

import orjson

from stream.broker.embedded import EmbeddedKafka
from tests.faults.content import last_values, read_all
from tests.faults.fleet import Fleet
from tests.faults.proof import Outcome, assert_same, plan, run
from tests.faults.sender import paced

_STARTS = re.compile(r"shard (\d+) reads (\S+) from (\d+)")


def test_clean_shutdown_under_load_goes_on_where_it_ended(
    broker: EmbeddedKafka, namespace: str, lines: list[bytes], undisturbed: Outcome, tmp_path: Path
) -> None:
    settings = plan(broker.bootstrap_servers, namespace, {"DESKPULSE_LOG_LEVEL": "debug"})

    def hand_over(fleet: Fleet) -> None:
        fleet.settle()
        time.sleep(2)  # let it get into the middle of the stream
        assert fleet.retire(0, signal.SIGTERM) == 0
        changelog = last_values(asyncio.run(read_all(settings.settings, "changelog")))
        stored = {
            (partition, topic): offset
            for (partition, key), row in changelog.items()
            if key == b"="
            for topic, offset in orjson.loads(row)["status"]["positions"].items()
        }
        fleet.start(1)
        fleet.wait_until(lambda: len(_STARTS.findall(fleet.log(1))) >= 8, "reading of all partitions")
        logical = {name: key for key, name in settings.settings.topic_names.items()}
        began = {
            (int(partition), logical[topic]): int(start) for partition, topic, start in _STARTS.findall(fleet.log(1))
        }
        assert began == stored
        assert 0 < sum(stored.values()) < len(lines), "not in the middle of the stream"

    assert_same(run(settings, lines, tmp_path, disturb=hand_over, send=paced), undisturbed)


def test_shutdown_leaves_the_group_at_once(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    sessions = {
        "DESKPULSE_KAFKA__SESSION_TIMEOUT_SECONDS": "60",
        "DESKPULSE_KAFKA__REBALANCE_TIMEOUT_SECONDS": "60",
    }

    def leave(fleet: Fleet) -> None:
        leaver = fleet.rollup_owner()
        assert fleet.retire(leaver, signal.SIGTERM) == 0
        assert fleet.settle() < 20, "the group waited for a session to end"

    run(plan(broker.bootstrap_servers, namespace, sessions), [], tmp_path, workers=2, disturb=leave)
