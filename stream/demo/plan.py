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
    "DESKPULSE_TARGETS__SLA_ATTAINMENT_RATIO": "0.9",
}
"""What the demo's centre can reach; the environment of whoever starts it wins."""
DEMO_SETTINGS: Final = Path(__file__).with_name("settings.toml")

_ANOTHER_INSTALLATION = (
    "DESKPULSE_CONFIG",
    "DESKPULSE_KAFKA__",
    "DESKPULSE_HTTP__",
    "DESKPULSE_GATEWAY__",
    "DESKPULSE_CONNECT__",
)
_HOOK = "demo"


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """The choices of one run. ``gateway_port`` 0: no gateway; ``hook_secret``: what its hook is called with."""

    data_dir: Path
    http_port: int
    kafka_port: int
    contacts_per_minute: float
    gateway_port: int = 0
    hook_secret: str = ""

    @property
    def servers(self) -> str:
        """Where the demo's Kafka listens."""
        return f"127.0.0.1:{self.kafka_port}"

    @property
    def last_seen_file(self) -> Path:
        """Its modification time is when the demo last ran: the simulator fills the gap since."""
        return self.data_dir / "last-seen"


def child_environment(environ: Mapping[str, str], plan: DemoPlan) -> dict[str, str]:
    """The given environment with the demo's broker, port, targets and promises.

    Another Kafka, logins or TLS do not reach in.
    """
    kept = {name: value for name, value in environ.items() if not name.startswith(_ANOTHER_INSTALLATION)}
    kept = DEMO_TARGETS | kept
    kept |= {
        "DESKPULSE_CONFIG": str(DEMO_SETTINGS),
        "DESKPULSE_KAFKA__BOOTSTRAP_SERVERS": plan.servers,
        "DESKPULSE_HTTP__PORT": str(plan.http_port),
    }
    if plan.gateway_port:
        hook = f"DESKPULSE_CONNECT__{_HOOK.upper()}__"
        kept |= {
            "DESKPULSE_GATEWAY__PORT": str(plan.gateway_port),
            # Health and numbers are asked for there, too: all of it is on loopback.
            "DESKPULSE_GATEWAY__METRICS_PORT": str(plan.gateway_port),
            f"{hook}VENDOR": "cloudevents",
            f"{hook}SECRETS": plan.hook_secret,
        }
    return kept


def history_seconds(seconds_since_last_run: float | None) -> int:
    """How much of the past to simulate: two hours at first, later only what was missed since the last run."""
    if seconds_since_last_run is None:
        return _HISTORY_SECONDS
    return round(min(max(seconds_since_last_run, 0.0), _HISTORY_SECONDS))


def children(plan: DemoPlan, environment: Mapping[str, str], history: int) -> list[Child]:
    """The worker, then the gateway where there is one, then the simulator."""
    deskpulse = [sys.executable, "-m", "stream"]
    simulate = [*deskpulse, "simulate", "--bootstrap-servers", plan.servers, "--live"]
    simulate += ["--rate", f"{plan.contacts_per_minute:g}", "--history"]
    gateway = [Child("gateway", [*deskpulse, "gateway"], environment)] if plan.gateway_port else []
    return [
        Child("worker", [*deskpulse, "worker"], environment),
        *gateway,
        # The history again would be other contacts at the same times: every number of the last hours would double.
        Child("simulator", [*simulate, f"{history}s"], environment, grace_seconds=5.0, again=[*simulate, "0m"]),
    ]


def hook_command(plan: DemoPlan) -> str:
    """What to type in another terminal for one more contact that waits, in the queue "Gateway". For any POSIX shell."""
    shell = {"id": "'$id'", "at": "'$at'"}
    event = (
        '{{"specversion":"1.0","source":"/curl","subject":"{id}","time":"{at}","id":"{id}-{kind}",'
        '"type":"support.ticket.{kind}","data":{data}}}'
    )
    body = ",".join(
        event.format(kind=kind, data=data, **shell)
        for kind, data in (("created", '{"channel":"phone"}'), ("queued", '{"team":"Gateway"}'))
    )
    return (
        f"id=curl-$(date +%s) at=$(date -u +%FT%TZ); curl -i http://127.0.0.1:{plan.gateway_port}/hooks/{_HOOK} "
        f"-H 'X-Webhook-Secret: {plan.hook_secret}' -H 'Content-Type: application/json' -d '[{body}]'"
    )


def incident_command(plan: DemoPlan) -> str:
    """What to type in another terminal, in any folder, so that callers begin to give up."""
    script = Path(sys.executable).with_name("deskpulse")
    deskpulse = [str(script)] if script.exists() else [sys.executable, "-m", "stream"]
    simulate = ["simulate", "--bootstrap-servers", plan.servers, "--live", "--history", "0m", "--seed", "2"]
    return shlex.join([*deskpulse, *simulate, "--spike", "4@0m+5m"])
