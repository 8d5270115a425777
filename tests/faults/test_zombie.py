"""A worker that sleeps past its session and wakes up as the owner of shards that are somebody else's by then."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedKafka
from tests.faults.content import read_all
from tests.faults.fleet import Fleet
from tests.faults.proof import Outcome, assert_each_change_once, assert_revisions_complete, assert_same, plan, run
from tests.faults.sender import paced


@pytest.mark.parametrize(("point", "passage"), [("in_transaction", 6), ("rollup_in_transaction", 3)])
def test_asleep_in_a_transaction_past_its_session_it_is_fenced(
    point: str,
    passage: int,
    broker: EmbeddedKafka,
    namespace: str,
    lines: list[bytes],
    undisturbed: Outcome,
    tmp_path: Path,
) -> None:
    def take_over_and_wake(fleet: Fleet) -> None:
        zombie = fleet.processes[0]
        fleet.wait_until(lambda: _is_asleep(zombie.pid), "sleep")
        fleet.start(1)

        def taken_over() -> bool:
            held = fleet.held(1)
            return held is not None and len(held.shards) == 4 and held.rollup

        fleet.wait_until(taken_over, "another worker to hold everything")
        fleet.hit(0, signal.SIGCONT)
        fleet.wait_until(lambda: zombie.poll() is not None or fleet.is_settled(), "the zombie's end or return")
        fleet.settle()

    here = plan(broker.bootstrap_servers, namespace)
    first = {0: ["--sleep-at", point, str(passage)]}
    outcome = run(here, lines, tmp_path, disturb=take_over_and_wake, send=paced, first=first)
    assert_same(outcome, undisturbed)
    assert_revisions_complete(asyncio.run(read_all(here.settings, "metrics")))
    assert_each_change_once(asyncio.run(read_all(here.settings, "facts")))
    assert set(outcome.ends) == {70}, "it trusted its memory after a failed commit"


def _is_asleep(pid: int) -> bool:
    # The state is the first word behind the command, which is in brackets and may hold anything.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
