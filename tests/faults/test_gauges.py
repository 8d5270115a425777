"""State hygiene: every gauge comes from exactly one worker, and what left a worker leaves its gauges at once."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from pathlib import Path

from stream.broker.embedded import EmbeddedKafka
from tests.faults.content import last_values, read_all
from tests.faults.exported import HTTP, Samples, lasting, samples
from tests.faults.fleet import Fleet
from tests.faults.proof import Outcome, assert_same, plan, run


def test_each_segment_is_exported_by_exactly_one_worker(
    broker: EmbeddedKafka, namespace: str, lines: list[bytes], undisturbed: Outcome, tmp_path: Path
) -> None:
    settings = plan(broker.bootstrap_servers, namespace, HTTP)

    def numbers(fleet: Fleet) -> Samples:
        """The only copy of all series, once there is only one and every shard tells its tickets."""
        found: list[Samples] = []

        def complete() -> bool:
            found[:] = [samples(fleet, index) for index in fleet.running()]
            times = Counter(key for one in found for key in one)
            tickets = [key for key in times if key[0] == "deskpulse_shard_tickets"]
            rollups = sum("deskpulse_view_timestamp_seconds" in {name for name, _ in one} for one in found)
            return len(tickets) == 4 and rollups == 1 and set(times.values()) == {1}

        fleet.settle()
        fleet.wait_until(complete, "one exporter of everything")
        return {key: value for one in found for key, value in one.items()}

    def look(fleet: Fleet) -> None:
        alone = numbers(fleet)
        changelog = last_values(asyncio.run(read_all(settings.settings, "changelog")))
        tickets = sum(key.startswith(b"t|") for _, key in changelog)

        def check_the_same() -> None:
            now = numbers(fleet)
            assert sum(value for (name, _), value in now.items() if name == "deskpulse_shard_tickets") == tickets
            assert lasting(now) == lasting(alone)

        check_the_same()
        fleet.start(1)  # half of the shards leave the first worker
        fleet.wait_until(lambda: fleet.held(1) is not None, "a second worker")
        check_the_same()
        fleet.start(2)
        fleet.wait_until(lambda: fleet.held(2) is not None, "a third worker")
        check_the_same()
        owner = fleet.rollup_owner()
        fleet.hit(owner, signal.SIGSTOP)
        fleet.wait_until(lambda: _is_rollup_owner_beside(fleet, owner), "another owner of the roll-up")
        fleet.hit(owner, signal.SIGCONT)  # it has missed that, and still holds numbers of its own
        check_the_same()
        owner = fleet.rollup_owner()
        assert samples(fleet, owner)
        fleet.retire(owner, signal.SIGKILL)
        check_the_same()
        owner = fleet.rollup_owner()
        assert fleet.retire(owner, signal.SIGTERM) == 0
        check_the_same()

    assert_same(run(settings, lines, tmp_path, finally_look=look), undisturbed)


def _is_rollup_owner_beside(fleet: Fleet, sleeper: int) -> bool:
    held = [fleet.held(index) for index in fleet.running() if index != sleeper]
    return any(one is not None and one.rollup for one in held)
