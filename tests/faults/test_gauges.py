"""State hygiene: every gauge comes from exactly one worker, and what left a worker leaves its gauges at once."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from stream.broker.embedded import EmbeddedKafka
from tests.faults.content import last_values, read_all
from tests.faults.fleet import Fleet
from tests.faults.proof import Outcome, assert_same, plan, run

HTTP = {"DESKPULSE_HTTP__ENABLED": "true", "DESKPULSE_HTTP__PORT": "0"}
_OF_EVERY_WORKER = ("deskpulse_worker_", "deskpulse_build_", "python_", "process_")
_CHANGING = ("deskpulse_rollup_", "deskpulse_shard_", "deskpulse_view_", "deskpulse_watermark_")

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(fleet: Fleet, index: int) -> Samples:
    """What a worker exports, but for what every worker has."""
    try:
        with urlopen(f"{fleet.address(index)}metrics", timeout=10) as answer:
            text = answer.read().decode()
    except (URLError, IndexError):
        return {}
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.startswith(_OF_EVERY_WORKER)
    }


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
        fleet.wait_until(complete, "one exporter of everything", seconds=30)
        return {key: value for one in found for key, value in one.items()}

    def look(fleet: Fleet) -> None:
        alone = numbers(fleet)
        changelog = last_values(asyncio.run(read_all(settings.settings, "changelog")))
        tickets = sum(key.startswith(b"t|") for _, key in changelog)

        def check_the_same() -> None:
            now = numbers(fleet)
            assert sum(value for (name, _), value in now.items() if name == "deskpulse_shard_tickets") == tickets
            assert _lasting(now) == _lasting(alone)

        check_the_same()
        fleet.start(1)  # half of the shards leave the first worker
        fleet.wait_until(lambda: fleet.held(1) is not None, "a second worker")
        check_the_same()
        fleet.start(2)
        fleet.wait_until(lambda: fleet.held(2) is not None, "a third worker")
        check_the_same()
        owner = fleet.rollup_owner()
        assert samples(fleet, owner)
        fleet.retire(owner, signal.SIGKILL)  # another takes over half-way: the same numbers come from there
        check_the_same()
        owner = fleet.rollup_owner()
        assert fleet.retire(owner, signal.SIGTERM) == 0
        check_the_same()

    assert_same(run(settings, lines, tmp_path, finally_look=look), undisturbed)


def _lasting(numbers: Samples) -> Samples:
    return {key: value for key, value in numbers.items() if not key[0].startswith(_CHANGING)}
