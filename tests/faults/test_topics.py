"""The derived topics after trouble, record by record, as the two kinds of readers see them."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path

from stream.broker.embedded import EmbeddedKafka
from stream.replay.compare import number_of
from tests.faults.content import last_values, read_all
from tests.faults.fleet import Fleet
from tests.faults.proof import Outcome, assert_each_change_once, assert_revisions_complete, assert_same, plan, run
from tests.faults.sender import paced


def test_every_published_change_is_there_once(
    broker: EmbeddedKafka, namespace: str, lines: list[bytes], undisturbed: Outcome, tmp_path: Path
) -> None:
    dice = random.Random(5)

    def kill(fleet: Fleet) -> None:
        for _ in range(3):
            owner = fleet.rollup_owner()
            time.sleep(dice.uniform(0.5, 1.5))
            fleet.kill(owner)
        fleet.settle()

    here = plan(broker.bootstrap_servers, namespace)
    outcome = run(here, lines, tmp_path, workers=2, disturb=kill, send=paced)
    assert_same(outcome, undisturbed)
    assert_revisions_complete(asyncio.run(read_all(here.settings, "metrics")))
    assert_each_change_once(asyncio.run(read_all(here.settings, "facts")))
    metrics, facts = [
        last_values(asyncio.run(read_all(here.settings, logical, "read_uncommitted")))
        for logical in ("metrics", "facts")
    ]
    assert {key: number_of(row) for (_, key), row in metrics.items()} == undisturbed.rows["metrics"]
    assert {key: row for (_, key), row in facts.items()} == undisturbed.rows["facts"]
