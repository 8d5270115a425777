"""The alerts that a watch keeps: what it has given out, and which of these are open. Pure."""

from __future__ import annotations

from typing import TypeAlias

from msgspec.structs import replace

from stream.domain.segments import Segment
from stream.domain.spikes.alert import Alert

Group: TypeAlias = tuple[str, Segment]


class KeptAlerts:
    """``alerts``: by id, all that are kept, as last given out. ``keep_days``: for so long after they were resolved."""

    def __init__(self, keep_days: int) -> None:
        self.alerts: dict[str, Alert] = {}
        self._keep_us = keep_days * 86_400_000_000
        self._open: dict[Group, Alert] = {}
        self._unwatched: list[Alert] = []
        """Open ones of groups that are not watched any more."""

    def expire(self, now_us: int) -> list[str]:
        """Forget alerts that were resolved long enough ago; gives their ids."""
        limit_us = now_us - self._keep_us
        gone = [key for key, one in self.alerts.items() if one.resolved_us is not None and one.resolved_us < limit_us]
        for key in gone:
            del self.alerts[key]
        return gone

    def note_evidence(self, key: str, tickets: tuple[str, ...]) -> Alert | None:
        """Put ids of tickets to an alert; gives it, or None where it is not kept any more."""
        alert = self.alerts.get(key)
        if alert is None:
            return None
        alert = self.alerts[key] = replace(alert, evidence=tickets)
        group = (alert.by, alert.segment)
        if group in self._open:
            self._open[group] = replace(self._open[group], evidence=tickets)
        return alert

    def _resolve_unwatched(self, now_us: int) -> list[Alert]:
        resolved = [replace(alert, status="resolved", resolved_us=now_us) for alert in self._unwatched]
        self._unwatched.clear()
        return resolved
