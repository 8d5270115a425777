"""SIGKILL: the hardest end of a worker, at random moments and at the worst ones."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedKafka
from tests.faults.fleet import Fleet
from tests.faults.proof import Outcome, assert_same, plan, run
from tests.faults.sender import paced


def test_killed_in_mid_stream_counts_every_event_once(
    broker: EmbeddedKafka, namespace: str, lines: list[bytes], undisturbed: Outcome, tmp_path: Path
) -> None:
    dice = random.Random(3)

    def kill(fleet: Fleet) -> None:
        fleet.settle()
        for _ in range(4):
            time.sleep(dice.uniform(0.2, 1.5))
            fleet.wait_until(lambda: fleet.hit(dice.choice((0, 1)), signal.SIGKILL), "a worker to kill")
        fleet.settle()

    outcome = run(plan(broker.bootstrap_servers, namespace), lines, tmp_path, workers=2, disturb=kill, send=paced)
    assert outcome.ends[-signal.SIGKILL] == 4
    assert_same(outcome, undisturbed)


@pytest.mark.parametrize(
    ("point", "passage"),
    [
        ("taken_over", 1),
        ("loaded", 2),
        ("in_transaction", 3),
        ("offsets_sent", 4),
        ("committed", 5),
    ],
)
def test_newcomer_that_dies_at_the_worst_moment(
    point: str,
    passage: int,
    broker: EmbeddedKafka,
    namespace: str,
    lines: list[bytes],
    undisturbed: Outcome,
    tmp_path: Path,
) -> None:
    """A second worker takes over half of the shards under load, with state in them, and dies at ``point``."""

    def join(fleet: Fleet) -> None:
        fleet.settle()
        fleet.start(1)
        fleet.wait_until(lambda: fleet.ends[-signal.SIGKILL] == 1, f"death at {point}")

    settings = plan(broker.bootstrap_servers, namespace)
    first = {1: ["--die-at", point, str(passage)]}
    outcome = run(settings, lines, tmp_path, disturb=join, send=paced, first=first)
    assert_same(outcome, undisturbed)


@pytest.mark.parametrize(("point", "passage"), [("rollup_in_transaction", 2), ("rollup_committed", 3)])
def test_rollup_owner_that_dies_while_publishing(
    point: str,
    passage: int,
    broker: EmbeddedKafka,
    namespace: str,
    lines: list[bytes],
    undisturbed: Outcome,
    tmp_path: Path,
) -> None:
    def wait_for_it(fleet: Fleet) -> None:
        fleet.wait_until(lambda: fleet.ends[-signal.SIGKILL] >= 1, f"death at {point}")

    settings = plan(broker.bootstrap_servers, namespace)
    first = {index: ["--die-at", point, str(passage)] for index in (0, 1)}
    outcome = run(settings, lines, tmp_path, workers=2, disturb=wait_for_it, send=paced, first=first)
    assert_same(outcome, undisturbed)
