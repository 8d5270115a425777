"""Watches one ratio in all groups: counts by the hour in, alerts out. Pure.

The test is that of abandonment (`sequential`): the largest log-likelihood ratio over all onsets in the look-back, here
on the edges of hours. So a test begins anew with every hour in which anybody answers, and not with everyone who does:
that often may chance deceive. An alert resolves when calm is as evident, when nobody came for the length of the
look-back, or when it has lasted for as long as what is usual is taken from: by then it is usual.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from stream.domain.cells import Cells
from stream.domain.remainders import PaneKey
from stream.domain.segments import dimensions_named
from stream.domain.spikes.alert import RATIO_KIND, SEVERITY_NUMBERS, Alert, Baseline, Severity, Signal, alert_id
from stream.domain.spikes.counts import GroupCounts, Span
from stream.domain.spikes.kept_alerts import Group, KeptAlerts
from stream.domain.spikes.ratio_baseline import Usual, usual_share
from stream.domain.spikes.ratio_rule import HISTORY_SECONDS, RatioRule
from stream.domain.spikes.sequential import (
    CALM_THRESHOLD,
    chance_of_as_many,
    find_calm,
    find_rise,
    raised_share,
    threshold,
)
from stream.domain.spikes.watch import BEHIND_SECONDS, Pane
from stream.domain.windows import COARSE_SECONDS

SHORTEST_ALERT_SECONDS: Final = 3600
REFRESH_SECONDS: Final = 3600

_ALL: Final[Group] = ("all", "")
_DAY_SECONDS: Final = 86_400


class RatioWatch(KeptAlerts):
    """``signals``: of every group that can be judged."""

    def __init__(self, rule: RatioRule) -> None:
        super().__init__(rule.keep_days)
        self.rule = rule
        self.signals: dict[Group, Signal] = {}
        self._dimensions = dimensions_named(rule.dimensions)
        self._counts: dict[Group, GroupCounts] = {_ALL: GroupCounts()}
        self._usual: dict[Group, Usual] = {}
        self._hour = -1
        self._changed: set[Group] = set()
        self._spans: dict[Group, list[Span]] = {}
        self._refreshed: dict[str, int] = {}

    def add(self, pane: PaneKey, delta: Cells) -> None:
        """Count what a pane has gained or lost; other panes than those of hours are passed over."""
        width, start, segment = pane
        if width != COARSE_SECONDS:
            return
        bad, count = self.rule.counted(delta)
        if not (bad or count):
            return
        for group in {_ALL, *((by, self._dimensions.rolled_up(segment, by)) for by in self.rule.group_bys)}:
            counts = self._counts.get(group)
            if counts is None:
                counts = self._counts[group] = GroupCounts()
            counts.add(COARSE_SECONDS, start, bad, count)
            self._changed.add(group)
            if start < self._hour * COARSE_SECONDS - self.rule.look_back_seconds:
                self._usual.pop(group, None)

    def restore(self, alert: Alert) -> None:
        """Take over an alert that was published, whatever its status. Call it before the first `judge`."""
        self.alerts[alert.alert] = alert
        if alert.status != "firing":
            self._note_span(alert)
        elif alert.by in self.rule.group_bys and alert.definition == self.rule.definition:
            self._open[alert.by, alert.segment] = alert
        else:
            self._unwatched.append(alert)

    def judge(self, now_us: int, complete_us: int | None, found: list[Alert]) -> Iterator[None]:
        """Judge the groups that changed, and at every hour all; appends the alerts that fired, changed or resolved.

        ``complete_us``: the time up to which all has been added. In steps; nothing may be added before the last.
        """
        now = now_us // 1_000_000
        is_behind = complete_us is not None and now - complete_us // 1_000_000 > BEHIND_SECONDS
        if now // COARSE_SECONDS != self._hour:
            self._hour = now // COARSE_SECONDS
            self._usual.clear()
            for group in [group for group, counts in self._counts.items() if counts.is_empty() and group != _ALL]:
                del self._counts[group]
            self._changed.update(self._counts, self.signals)
        begun = len(found)
        found += self._resolve_unwatched(now_us)
        groups, self._changed = self._changed | self._open.keys(), set()
        for group in sorted(groups):
            if group[0] not in self.rule.group_bys:
                continue
            counts = self._counts.get(group, GroupCounts())
            if group in self._open:
                found += self._follow(group, counts, now_us, is_behind=is_behind)
            else:
                found += self._look(group, counts, now_us)
            yield
        for alert in found[begun:]:
            self.alerts[alert.alert] = alert

    def _panes(self, counts: GroupCounts, since: int, end: int) -> list[Pane]:
        return list(counts.newest_first(COARSE_SECONDS, (since, end)))

    def _usual_of(self, group: Group, counts: GroupCounts, now: int) -> Usual:
        known = self._usual.get(group)
        if known is None:
            prior = None if group == _ALL else self._usual_of(_ALL, self._counts[_ALL], now).seen
            spans = self._spans.get(group, ())
            known = usual_share(counts, now, self.rule.look_back_seconds, prior, spans)
            self._usual[group] = known
        return known

    def _look(self, group: Group, counts: GroupCounts, now_us: int) -> list[Alert]:
        now, rule = now_us // 1_000_000, self.rule
        since = now - now % COARSE_SECONDS - rule.look_back_seconds
        # Nothing from before the end of an alert counts towards the next one.
        since = max([since, *(end for _, end in self._spans.get(group, ()))])
        latest = self._panes(counts, since, now + 1)
        bad, count = sum(pane[1] for pane in latest), sum(pane[2] for pane in latest)
        usual = self._usual_of(group, counts, now)
        if count < rule.min_count or usual.count < rule.min_baseline_count:
            self.signals.pop(group, None)
            return []
        self.signals[group] = Signal(0, bad / count, usual.ratio)
        finding = find_rise(latest, usual.ratio, usual.dispersion, rule.min_count, rule.min_bad, rule.multiples)
        starts_a_day = min(usual.a_day, _DAY_SECONDS / COARSE_SECONDS)
        least = threshold(starts_a_day, len(self._counts), rule.days_between_false_alarms, len(rule.multiples))
        if finding.score < least:
            return []
        onset_us = finding.onset_seconds * 1_000_000
        value = finding.abandoned / finding.count
        alert = Alert(
            alert=alert_id(*group, onset_us, f"{RATIO_KIND}|{rule.name}"),
            kind=RATIO_KIND,
            status="firing",
            severity=self._severity(value, usual.ratio),
            by=group[0],
            segment=group[1],
            onset_us=onset_us,
            fired_us=now_us,
            abandoned=finding.abandoned,
            count=finding.count,
            value=value,
            expected=usual.ratio,
            baseline=Baseline(None, 0.0, usual.seen, usual.count),
            dispersion=usual.dispersion,
            probability=chance_of_as_many(finding.abandoned, finding.count, usual.ratio),
            ratio=rule.name,
            definition=rule.definition,
        )
        self._open[group] = alert
        self._refreshed[alert.alert] = now
        self.signals[group] = self._signal(alert)
        return [alert]

    def _severity(self, value: float, expected: float) -> Severity:
        return "critical" if value >= self.rule.critical_factor * expected else "warning"

    def _follow(self, group: Group, counts: GroupCounts, now_us: int, *, is_behind: bool) -> list[Alert]:
        now, alert = now_us // 1_000_000, self._open[group]
        over = None if is_behind else self._over_since(alert, counts, now)
        changed = self._with_numbers(alert, counts, now + 1 if over is None else over)
        if over is not None:
            changed = replace(changed, status="resolved", resolved_us=now_us)
            del self._open[group]
            self._refreshed.pop(alert.alert, None)
            self._note_span(changed)
            self._usual.pop(group, None)
            self._changed.add(group)
            return [changed]
        self._open[group] = changed
        self.signals[group] = self._signal(changed)
        if changed.severity == alert.severity and now - self._refreshed.get(alert.alert, 0) < REFRESH_SECONDS:
            return []
        self._refreshed[alert.alert] = now
        return [changed] if changed != self.alerts.get(alert.alert) else []

    def _with_numbers(self, alert: Alert, counts: GroupCounts, end: int) -> Alert:
        panes = self._panes(counts, alert.onset_us // 1_000_000, end)
        bad, count = sum(pane[1] for pane in panes), sum(pane[2] for pane in panes)
        if not 0 < bad <= count:
            return alert  # taken back, or kept no more: the last numbers stand
        value = bad / count
        severity = "critical" if alert.severity == "critical" else self._severity(value, alert.expected)
        chance = alert.probability
        if (bad, count) != (alert.abandoned, alert.count):
            chance = chance_of_as_many(bad, count, alert.expected)
        return replace(alert, abandoned=bad, count=count, value=value, severity=severity, probability=chance)

    def _over_since(self, alert: Alert, counts: GroupCounts, now: int) -> int | None:
        """When it ended, to the second; None while it goes on."""
        onset, fired = alert.onset_us // 1_000_000, alert.fired_us // 1_000_000
        if now - fired < SHORTEST_ALERT_SECONDS:
            return None
        panes = self._panes(counts, onset, now + 1)
        newest = panes[0][0] + COARSE_SECONDS if panes else 0
        if now - max(newest, fired) >= self.rule.look_back_seconds or now - onset >= HISTORY_SECONDS:
            return now + 1
        at_firing = [pane for pane in panes if pane[0] <= fired] or panes
        value = sum(pane[1] for pane in at_firing) / max(sum(pane[2] for pane in at_firing), 1)
        score, since = find_calm(panes, alert.expected, raised_share(alert.expected, value), alert.dispersion)
        return max(since, onset + COARSE_SECONDS) if score >= CALM_THRESHOLD else None

    def _note_span(self, alert: Alert) -> None:
        if alert.resolved_us is None:
            return
        spans = self._spans.setdefault((alert.by, alert.segment), [])
        spans.append((alert.onset_us // 1_000_000, alert.resolved_us // 1_000_000))
        oldest = max(end for _, end in spans) - 2 * HISTORY_SECONDS
        spans[:] = [span for span in spans if span[1] > oldest]

    def _signal(self, alert: Alert) -> Signal:
        return Signal(SEVERITY_NUMBERS[alert.severity], alert.value, alert.expected)


def signals_of(watches: Mapping[str, RatioWatch]) -> dict[tuple[str, str, str], Signal]:
    """By name of the ratio and group."""
    return {
        (name, *group): signal for name, watch in watches.items() for group, signal in sorted(watch.signals.items())
    }
