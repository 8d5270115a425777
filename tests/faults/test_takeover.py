"""The owner of the roll-up dies: its gauges are back on another worker soon, and are what they were."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from stream.broker.embedded import EmbeddedKafka
from tests.faults.content import last_values, read_all
from tests.faults.exported import HTTP, Samples, lasting, samples
from tests.faults.fleet import Fleet
from tests.faults.proof import contact_events, plan, run

pytestmark = pytest.mark.long

PARTITIONS = 16
SEGMENTS = 500
WITHIN_SECONDS = 15
USUAL_GROUP = {
    "DESKPULSE_KAFKA__SESSION_TIMEOUT_SECONDS": "10",
    "DESKPULSE_KAFKA__REBALANCE_TIMEOUT_SECONDS": "10",
    "DESKPULSE_KAFKA__HEARTBEAT_INTERVAL_SECONDS": "1",
}


def test_gauges_are_back_within_seconds(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    here = plan(broker.bootstrap_servers, namespace, {**HTTP, **USUAL_GROUP}, PARTITIONS)

    def look(fleet: Fleet) -> None:
        owner = fleet.rollup_owner()
        rows = last_values(asyncio.run(read_all(here.settings, "partials")))
        assert len({key.rsplit(b"|", 1)[1] for _, key in rows if b"|p|" in key}) >= SEGMENTS
        before: Samples = {}

        def exported() -> bool:
            before.update(lasting(samples(fleet, owner)))
            return bool(before)

        fleet.wait_until(exported, "gauges")
        other = next(index for index in fleet.running() if index != owner)
        fleet.retire(owner, signal.SIGKILL)
        took = fleet.wait_until(lambda: lasting(samples(fleet, other)) == before, "the same gauges on another worker")
        print(f"{len(before)} series of {SEGMENTS} segments back after {took:.1f} s")
        assert took < WITHIN_SECONDS

    run(here, _many_segments(contact_events(60_000, seed=5)), tmp_path, workers=2, finally_look=look)


def _many_segments(lines: Sequence[bytes]) -> list[bytes]:
    """The same events with each team made a dozen; a ticket stays with one."""
    return [_renamed(line) if b'"team":' in line else line for line in lines]


def _renamed(line: bytes) -> bytes:
    event = orjson.loads(line)
    data = event.get("data", {})
    if data.get("team"):
        data["team"] += f"-{sum(event['subject'].encode()) % 14}"
    return orjson.dumps(event)
