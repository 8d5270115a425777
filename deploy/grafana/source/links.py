"""Where a click leads: to the runbook of an alert, to those behind a number, to what a worker says of itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

DEFAULT_WORKER_URL: Final = "http://127.0.0.1:8087"
DEFAULT_RUNBOOKS_URL: Final = "https://deskpulse.example/docs/runbooks.md"

# Values are encoded one by one: a team may be called "R&D".
CHOSEN_GROUP: Final = "by=${by}${group_parameter:raw}${group:percentencode}"
ALL_GROUP: Final = "by=all"
TEAM_GROUP: Final = "by=team&team=${team:percentencode}"
SERIES_CHANNEL: Final = "by=channel_team&channel=${__field.labels.channel:percentencode}&team=${team:percentencode}"
SERIES_TEAM: Final = "by=team&team=${__field.labels.team:percentencode}"
ROW_TEAM_CHANNEL: Final = "by=channel_team&channel=${__data.fields.channel:percentencode}&team=${team:percentencode}"
ROW_CHANNEL: Final = "by=channel&channel=${__data.fields.channel:percentencode}"
ROW_TEAM: Final = "by=team&team=${__data.fields.team:percentencode}"

WINDOW_MINUTES: Final = "${window:text}"
DAY_MINUTES: Final = "1440"
"""As far back as ``/api/facts`` looks."""


@dataclass(frozen=True)
class Link:
    """Title, and a URL with variables of Grafana."""

    title: str
    url: str


def runbooks(alerts: Iterable[str]) -> tuple[Link, ...]:
    """The runbook of each alert."""
    return tuple(Link(f"Runbook: {alert}", f"${{runbooks_url:raw}}#{alert.lower()}") for alert in alerts)


def facts(title: str, fact: str, group: str, minutes: str) -> Link:
    """The tickets behind a number: facts of one group, the newest first."""
    return Link(f"{title} (JSON)", f"${{worker_url:raw}}/api/facts?fact={fact}&{group}&minutes={minutes}")


def listed(title: str, level: str, group: str) -> Link:
    """The tickets, or customers, in a level of one group now, the first first: what is due, or lasts for longest."""
    return Link(f"{title} (JSON)", f"${{worker_url:raw}}/api/facts?level={level}&{group}")


def readiness() -> Link:
    """Whether a worker is ready, and if not, why."""
    return Link("Is the worker ready? (JSON)", "${worker_url:raw}/readyz")
