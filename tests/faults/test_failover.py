"""The roll-up's owner dies: with 500 segments on 16 partitions its gauges are back within 15 s, equal to before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import orjson
import pytest

from stream.broker.embedded import EmbeddedKafka
from tests.faults.exported import HTTP, Samples, samples
from tests.faults.fleet import Fleet
from tests.faults.proof import plan, run
from tests.patience import slowness

pytestmark = [pytest.mark.long, pytest.mark.alone]

BACK_WITHIN_SECONDS = 15
TICKETS_EACH = 48
START = datetime(2026, 1, 1, tzinfo=UTC)


def _lines() -> Iterator[bytes]:
    segments = list(product(range(5), range(25), range(4)))
    for round_ in range(TICKETS_EACH):
        for number, (channel, team, priority) in enumerate(segments):
            created = START + timedelta(seconds=60 * round_ + number / 10)
            name = f"T-{round_}-{number}"
            route = {"channel": f"c{channel}", "team": f"team-{team}", "priority": f"p{priority}"}
            solved = created + timedelta(seconds=30 + number)
            for at, kind, data in ((created, "created", route), (solved, "status", {"status": "solved"})):
                yield orjson.dumps(
                    {
                        "specversion": "1.0",
                        "id": f"{name}-{kind}",
                        "source": "/failover",
                        "type": f"support.ticket.{kind}",
                        "subject": name,
                        "time": at.isoformat(),
                        "data": data,
                    }
                )


def test_gauges_are_back_in_seconds_when_the_owner_of_the_roll_up_dies(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    took: list[float] = []
    slow: list[float] = []

    def business(fleet: Fleet, index: int) -> Samples:
        found = samples(fleet, index)
        return {key: value for key, value in found.items() if key[0].startswith("deskpulse_first_resolution_time")}

    def fail_over(fleet: Fleet) -> None:
        owner = fleet.rollup_owner()
        before = business(fleet, owner)
        groups = {labels for name, labels in before if name.endswith("_samples")}
        assert len(groups) > 25 * 5
        slow.append(slowness())
        began = time.monotonic()
        fleet.kill(owner)
        fleet.wait_until(lambda: any(business(fleet, index) == before for index in fleet.running()), "the same gauges")
        took.append(time.monotonic() - began)
        slow.append(slowness())

    extra = {**HTTP, "DESKPULSE_TOPICS__PARTITIONS": "16", "DESKPULSE_KAFKA__SESSION_TIMEOUT_SECONDS": "6"}
    extra["DESKPULSE_GROUP_BY__NAMES"] = "all,channel,team,priority,channel_team,channel_team_priority"
    extra |= {f"DESKPULSE_EXPORT__{name}": "*" for name in ("WINDOWS", "GROUP_BYS", "DEFINITIONS")}
    settings = plan(broker.bootstrap_servers, namespace, extra, partitions=16)
    run(settings, list(_lines()), tmp_path, workers=2, finally_look=fail_over)
    print(f"gauges back after {took[0]:.1f} s on a machine {max(slow):.1f} times slower than an idle one")
    assert took[0] < BACK_WITHIN_SECONDS * max(slow)
