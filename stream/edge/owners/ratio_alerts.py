"""The ratios that the settings name, each with its watch; the roll-up's owner tells them all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from stream.domain.cells import Cells
from stream.domain.remainders import PaneKey
from stream.domain.segments import Segment
from stream.domain.spikes.alert import Alert, Signal
from stream.domain.spikes.ratio_rule import RatioRule
from stream.domain.spikes.ratio_watch import RatioWatch, signals_of


class RatioAlerts:
    """Nothing costs anything where no ratio is named."""

    def __init__(self, rules: tuple[RatioRule, ...], keep_days: int) -> None:
        self._keep_us = keep_days * 86_400_000_000
        self._watches = {rule.name: RatioWatch(rule) for rule in rules}
        self._gone: list[Alert] = []
        """Of ratios that are not watched any more."""

    @property
    def signals(self) -> Mapping[tuple[str, str, Segment], Signal]:
        """By name of the ratio and group, of all that can be judged."""
        return signals_of(self._watches)

    def fact_of(self, alert: Alert) -> str:
        """Key that facts behind an alert begin with; empty where nobody knows."""
        watch = self._watches.get(alert.ratio)
        return watch.rule.fact if watch is not None else ""

    def add(self, pane: PaneKey, delta: Cells) -> None:
        """Count what a pane has gained or lost."""
        for watch in self._watches.values():
            watch.add(pane, delta)

    def restore(self, alert: Alert) -> None:
        """Take over an alert that was published."""
        watch = self._watches.get(alert.ratio)
        if watch is not None:
            watch.restore(alert)
        else:
            self._gone.append(alert)

    def judge(self, now_us: int, watermark_us: int, found: list[Alert]) -> Iterator[None]:
        """Judge all ratios, a group at a time; what fires of one that is not watched any more resolves."""
        for place, alert in enumerate(self._gone):
            if alert.status == "firing":
                self._gone[place] = replace(alert, status="resolved", resolved_us=now_us)
                found.append(self._gone[place])
        for watch in self._watches.values():
            yield from watch.judge(now_us, watermark_us, found)

    def expire(self, now_us: int) -> list[str]:
        """Ids of alerts that were resolved long ago, which are forgotten."""
        limit_us = now_us - self._keep_us
        old = [one.alert for one in self._gone if one.resolved_us is not None and one.resolved_us < limit_us]
        self._gone = [one for one in self._gone if one.alert not in old]
        return old + [key for watch in self._watches.values() for key in watch.expire(now_us)]

    @property
    def alerts(self) -> Mapping[str, Alert]:
        """By id, all that are kept of ratios that are watched."""
        return {key: alert for watch in self._watches.values() for key, alert in watch.alerts.items()}

    def note_evidence(self, key: str, tickets: tuple[str, ...]) -> Alert | None:
        """Put ids of tickets to the alert; gives it, or None where it is not kept any more."""
        told = (watch.note_evidence(key, tickets) for watch in self._watches.values())
        return next((alert for alert in told if alert is not None), None)
