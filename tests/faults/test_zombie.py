"""A worker that sleeps past its session and wakes up as the owner of shards that are somebody else's by then."""

from __future__ import annotations

import signal
from pathlib import Path

from stream.broker.embedded import EmbeddedKafka
from tests.faults.fleet import Fleet
from tests.faults.proof import Outcome, assert_same, plan, run
from tests.faults.sender import paced


def test_paused_past_its_session_it_is_fenced(
    broker: EmbeddedKafka, namespace: str, lines: list[bytes], undisturbed: Outcome, tmp_path: Path
) -> None:
    def pause(fleet: Fleet) -> None:
        owner = fleet.rollup_owner()
        fleet.hit(owner, signal.SIGSTOP)
        other = 1 - owner

        def taken_over() -> bool:
            held = fleet.held(other)
            return held is not None and len(held.shards) == 4 and held.rollup

        fleet.wait_until(taken_over, "the other worker to hold everything")
        zombie = fleet.processes[owner]
        fleet.hit(owner, signal.SIGCONT)
        # Its next commit fails and it ends, or the group tells it first and it joins anew: both are well.
        fleet.wait_until(lambda: zombie.poll() is not None or fleet.is_settled(), "the zombie's end or return")
        fleet.settle()

    settings = plan(broker.bootstrap_servers, namespace)
    outcome = run(settings, lines, tmp_path, workers=2, disturb=pause, send=paced)
    assert set(outcome.ends) <= {70}
    assert_same(outcome, undisturbed)
