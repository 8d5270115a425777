"""What the demo runs: ports, folder, the children's environment and commands."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stream.demo.supervisor import Child

_HISTORY_SECONDS = 2 * 3600
# Of its centre's healthy hours 66 to 88 % are answered in 20 s, 2 to 7 % of contacts give up, 82 to 89 % of answers are
# good (three seeds, seven hours each; late in a wave of traffic the queues are full). The usual targets of 80, 5 and
# 80 % would be missed every other hour, and red would say nothing.
DEMO_TARGETS: Final = {
    "DESKPULSE_TARGETS__SERVICE_LEVEL_RATIO": "0.6",
    "DESKPULSE_TARGETS__ABANDONMENT_RATIO": "0.08",
    "DESKPULSE_TARGETS__CSAT_RATIO": "0.75",
}
"""What the demo's centre can reach; the environment of whoever starts it wins."""

_ANOTHER_INSTALLATION = ("DESKPULSE_CONFIG", "DESKPULSE_KAFKA__", "DESKPULSE_HTTP__")


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """The choices of one run."""

    data_dir: Path
    http_port: int
    kafka_port: int
    contacts_per_minute: float

    @property
    def servers(self) -> str:
        """Where the demo's Kafka listens."""
        return f"127.0.0.1:{self.kafka_port}"

    @property
    def last_seen_file(self) -> Path:
        """Its modification time is when the demo last ran: the simulator fills the gap since."""
        return self.data_dir / "last-seen"


def child_environment(environ: Mapping[str, str], plan: DemoPlan) -> dict[str, str]:
    """The given environment with the demo's broker, port and targets. Another Kafka, logins or TLS do not reach in."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_ANOTHER_INSTALLATION)}
    return (
        DEMO_TARGETS
        | kept
        | {
            "DESKPULSE_KAFKA__BOOTSTRAP_SERVERS": plan.servers,
            "DESKPULSE_HTTP__PORT": str(plan.http_port),
        }
    )


def history_seconds(seconds_since_last_run: float | None) -> int:
    """How much of the past to simulate: two hours at first, later only what was missed since the last run."""
    if seconds_since_last_run is None:
        return _HISTORY_SECONDS
    return round(min(max(seconds_since_last_run, 0.0), _HISTORY_SECONDS))


def children(plan: DemoPlan, environment: Mapping[str, str], history: int) -> list[Child]:
    """The worker, then the simulator that feeds it."""
    deskpulse = [sys.executable, "-m", "stream"]
    simulate = [*deskpulse, "simulate", "--bootstrap-servers", plan.servers, "--live"]
    simulate += ["--rate", f"{plan.contacts_per_minute:g}", "--history"]
    return [
        Child("worker", [*deskpulse, "worker"], environment),
        # The history again would be other contacts at the same times: every number of the last hours would double.
        Child("simulator", [*simulate, f"{history}s"], environment, grace_seconds=5.0, again=[*simulate, "0m"]),
    ]


def incident_command(plan: DemoPlan) -> str:
    """What to type in another terminal, in any folder, so that callers begin to give up."""
    script = Path(sys.executable).with_name("deskpulse")
    deskpulse = [str(script)] if script.exists() else [sys.executable, "-m", "stream"]
    simulate = ["simulate", "--bootstrap-servers", plan.servers, "--live", "--history", "0m", "--seed", "2"]
    return shlex.join([*deskpulse, *simulate, "--spike", "4@0m+5m"])
