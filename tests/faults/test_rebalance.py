"""Workers that come and go under load, and more of them than there is work."""

from __future__ import annotations

import signal
from pathlib import Path

from stream.broker.embedded import EmbeddedKafka
from tests.faults.fleet import Fleet
from tests.faults.proof import PATIENT_GROUP, Outcome, assert_same, plan, run
from tests.faults.sender import paced


def test_joining_and_leaving_under_load_ends_no_worker(
    broker: EmbeddedKafka, namespace: str, lines: list[bytes], undisturbed: Outcome, tmp_path: Path
) -> None:
    def come_and_go(fleet: Fleet) -> None:
        fleet.settle()
        fleet.start(2)
        fleet.wait_until(lambda: fleet.held(2) is not None, "a third worker")
        fleet.settle()
        assert fleet.retire(0, signal.SIGTERM) == 0
        fleet.settle()

    # Who gets no turn of a busy machine for a whole session is taken for dead, and has to end: here nobody is.
    settings = plan(broker.bootstrap_servers, namespace, PATIENT_GROUP)
    outcome = run(settings, lines, tmp_path, workers=2, disturb=come_and_go, send=paced)
    assert_same(outcome, undisturbed)
    assert outcome.ends == {}, "a rebalance alone ended a worker"


def test_joining_leaving_and_dying_under_load(
    broker: EmbeddedKafka, namespace: str, lines: list[bytes], undisturbed: Outcome, tmp_path: Path
) -> None:
    def come_and_go(fleet: Fleet) -> None:
        fleet.settle()
        fleet.start(2)
        fleet.settle()
        assert fleet.retire(0, signal.SIGTERM) == 0
        fleet.settle()
        fleet.kill(1)
        fleet.settle()

    settings = plan(broker.bootstrap_servers, namespace)
    outcome = run(settings, lines, tmp_path, workers=2, disturb=come_and_go, send=paced)
    assert_same(outcome, undisturbed)


def test_more_workers_than_partitions(
    broker: EmbeddedKafka, namespace: str, lines: list[bytes], undisturbed: Outcome, tmp_path: Path
) -> None:
    """The numbers do not depend on the number of partitions either."""

    def take_turns(fleet: Fleet) -> None:
        fleet.settle()
        busy = [index for index in fleet.processes if (held := fleet.held(index)) and (held.shards or held.rollup)]
        fleet.retire(busy[0], signal.SIGKILL)
        fleet.settle()

    settings = plan(broker.bootstrap_servers, namespace, partitions=1)
    outcome = run(settings, lines, tmp_path, workers=3, disturb=take_turns, send=paced)
    # State and dead letters lie in other partitions here, and what is late is so within its partition.
    assert_same(outcome, undisturbed, but=frozenset({"panes", "partials", "levels", "dead_letters", "late"}))
