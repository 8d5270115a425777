"""Brokers that die, that leave their cluster, and that do not answer for a minute: with workers under load."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedKafka
from tests.faults.fleet import MENDABLE, Fleet
from tests.faults.proof import Outcome, assert_same, plan, run
from tests.faults.sender import over

pytestmark = pytest.mark.long

UNAVAILABLE = 3
REPLICATED = {"DESKPULSE_KAFKA__REPLICATION_FACTOR": "3"}


def _survive(
    kafka: EmbeddedKafka, disturb: Callable[[Fleet], None], lines: list[bytes], folder: Path, copies: int
) -> Outcome:
    def disturb_and_settle(fleet: Fleet) -> None:
        fleet.settle()
        time.sleep(2)
        disturb(fleet)
        fleet.settle()

    return run(
        plan(kafka.bootstrap_servers, "survivor", REPLICATED if copies == 3 else {}),
        lines,
        folder,
        workers=2,
        disturb=disturb_and_settle,
        send=over(90),
        mendable=MENDABLE | {UNAVAILABLE},
    )


def test_one_broker_killed_and_restarted(lines: list[bytes], undisturbed: Outcome, tmp_path: Path) -> None:
    with EmbeddedKafka(data_dir=tmp_path / "kafka") as kafka:

        def crash(_: Fleet) -> None:
            kafka.kill()
            time.sleep(3)
            kafka.restart()

        outcome = _survive(kafka, crash, lines, tmp_path / "run", copies=1)
    assert_same(outcome, undisturbed)


def test_broker_does_not_answer_for_a_minute(lines: list[bytes], undisturbed: Outcome, tmp_path: Path) -> None:
    with EmbeddedKafka() as kafka:

        def freeze(_: Fleet) -> None:
            os.kill(kafka.pid(), signal.SIGSTOP)
            try:
                time.sleep(60)
            finally:
                os.kill(kafka.pid(), signal.SIGCONT)

        outcome = _survive(kafka, freeze, lines, tmp_path / "run", copies=1)
    assert_same(outcome, undisturbed)


def test_cluster_of_three_loses_a_node_and_then_its_controller(
    lines: list[bytes], undisturbed: Outcome, tmp_path: Path
) -> None:
    with EmbeddedKafka(nodes=3) as kafka:

        def lose_two_in_turn(fleet: Fleet) -> None:
            controller = _controller(kafka)
            other = 1 + controller % 3
            kafka.kill(other)
            fleet.settle()
            time.sleep(5)
            kafka.restart(other)
            kafka.kill(controller)
            fleet.settle()
            time.sleep(5)
            assert _controller(kafka, without=controller) != controller
            kafka.restart(controller)

        outcome = _survive(kafka, lose_two_in_turn, lines, tmp_path / "run", copies=3)
    assert_same(outcome, undisturbed)


def _controller(kafka: EmbeddedKafka, without: int = 0) -> int:
    """The active controller: the leader of the metadata quorum, as a node that runs has noted it."""
    node = next(node for node in (1, 2, 3) if node != without)
    state = kafka.data_dir / f"node-{node}" / "data" / "__cluster_metadata-0" / "quorum-state"
    return int(json.loads(state.read_text())["leaderId"])
