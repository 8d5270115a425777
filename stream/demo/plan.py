"""What the demo runs: ports, folder, the children's environment and commands."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stream.demo.supervisor import Child

_HISTORY_SECONDS = 2 * 3600
_ANOTHER_INSTALLATION = ("DESKPULSE_CONFIG", "DESKPULSE_KAFKA__", "DESKPULSE_HTTP__ENABLED")


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """The choices of one run."""

    data_dir: Path
    http_port: int
    kafka_port: int
    contacts_per_minute: float

    @property
    def last_seen_file(self) -> Path:
        """Its modification time is when the demo last ran: the simulator fills the gap since."""
        return self.data_dir / "last-seen"


def child_environment(environ: Mapping[str, str], plan: DemoPlan) -> dict[str, str]:
    """The given environment with the demo's broker and port. Settings of another Kafka do not reach in."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_ANOTHER_INSTALLATION)}
    return kept | {
        "DESKPULSE_KAFKA__BOOTSTRAP_SERVERS": f"127.0.0.1:{plan.kafka_port}",
        "DESKPULSE_HTTP__PORT": str(plan.http_port),
    }


def history_seconds(seconds_since_last_run: float | None) -> int:
    """How much of the past to simulate: two hours at first, later only what was missed since the last run."""
    if seconds_since_last_run is None:
        return _HISTORY_SECONDS
    return round(min(max(seconds_since_last_run, 0.0), _HISTORY_SECONDS))


def children(plan: DemoPlan, environment: Mapping[str, str], history: int) -> list[Child]:
    """The worker, then the simulator that feeds it."""
    deskpulse = [sys.executable, "-m", "stream"]
    simulate = ["simulate", "--live", "--rate", f"{plan.contacts_per_minute:g}", "--history", f"{history}s"]
    servers = environment["DESKPULSE_KAFKA__BOOTSTRAP_SERVERS"]
    return [
        Child("worker", [*deskpulse, "worker"], environment),
        Child("simulator", [*deskpulse, *simulate, "--bootstrap-servers", servers], environment, grace_seconds=5.0),
    ]
