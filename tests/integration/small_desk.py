"""A handful of tickets counted by a real worker, for those who read what it publishes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from stream.settings import Settings
from tests.integration.running import RealWorker, event, send
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
CONSUMERS = ROOT / "examples" / "consumers"
FEW_ROWS = {"TOPICS__PARTITIONS": "2", "GROUP_BY__NAMES": "all,channel", "WINDOWS__ROLLING": "1h"}


def send_tickets(settings: Settings) -> None:
    """Three calls: one answered, two abandoned; and an e-mail that was answered and rated."""
    for name, channel, seconds_ago in (("T-1", "phone", 300), ("T-2", "phone", 290), ("T/3", "phone", 280)):
        outcome = "answered" if name == "T-1" else "abandoned"
        send(
            settings,
            [
                event(name, "ticket.created", seconds_ago, channel=channel),
                event(name, "ticket.queued", seconds_ago),
                event(name, f"ticket.{outcome}", seconds_ago - 30),
            ],
        )
    send(
        settings,
        [
            event("T-4", "ticket.created", 200, channel="email"),
            event("T-4", "ticket.message", 100, author="agent", public=True),
        ],
    )
    rated = {"survey_id": "s 1", "kind": "csat", "score": 4}
    send(settings, [event("T-4", "survey.answered", 50) | {"data": rated}])


def rows_of(worker: RealWorker) -> list[dict[str, Any]]:
    """All rows of the worker's view."""
    status, body = worker.get("/api/rows")
    assert status == 200, body
    answer = json.loads(body)
    assert not answer["truncated"]
    found: list[dict[str, Any]] = answer["rows"]
    return found


def without_progress(row: dict[str, Any]) -> str:
    """The row as it is shown, without how often and how far along it was published."""
    return json.dumps({name: row[name] for name in sorted(row) if name not in {"revision", "watermark"}})


def command(consumer: str, *arguments: str) -> list[str]:
    """How a user runs one of the examples."""
    return [sys.executable, str(CONSUMERS / consumer), *arguments]


def output(*arguments: str) -> str:
    """What a command prints; it has to end well."""
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
