"""SIGKILL: the hardest end of a worker, at random moments and at the worst ones."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

from stream.broker.embedded import EmbeddedKafka
from tests.faults.fleet import Fleet
from tests.faults.proof import Outcome, assert_same, plan, run


def test_killed_in_mid_stream_counts_every_event_once(
    broker: EmbeddedKafka, namespace: str, lines: list[bytes], undisturbed: Outcome, tmp_path: Path
) -> None:
    dice = random.Random(3)

    def kill(fleet: Fleet) -> None:
        time.sleep(3)
        for _ in range(5):
            time.sleep(dice.uniform(0.5, 2.5))
            fleet.hit(dice.choice((0, 1)), signal.SIGKILL)

    outcome = run(
        plan(broker.bootstrap_servers, namespace), lines, tmp_path, workers=2, disturb=kill, events_per_second=4000
    )
    assert outcome.ends[-signal.SIGKILL] == 5
    assert_same(outcome, undisturbed)
