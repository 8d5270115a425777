"""Watches all groups: counts by pane in, alerts out. Pure: what it finds follows from panes, open alerts and now.

An alert fires when `sequential` finds a rise beyond its threshold, and resolves when the calm since is as evident, or
nobody came for long. Meanwhile what was expected stays as it was at firing: a long spike does not become usual. Nothing
from before the end of an alert counts towards the next one. Where the same hour of no day before is known when it
fires, an alert is a warning, and stays one: whoever takes it over finds that in its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from msgspec.structs import replace

from stream.domain.segments import Segment, dimensions_named
from stream.domain.spikes.alert import SEVERITY_NUMBERS, Alert, Baseline, Severity, Signal, alert_id
from stream.domain.spikes.baseline import PRIOR_RATIO, Expectation, expect, overall_ratio
from stream.domain.spikes.counts import GroupCounts, Span
from stream.domain.spikes.kept_alerts import Group, KeptAlerts
from stream.domain.spikes.rule import DISPERSION_SECONDS, LOOK_BACK_SECONDS, SpikeRule, needed_retention
from stream.domain.spikes.sequential import (
    CALM_THRESHOLD,
    Finding,
    chance_of_as_many,
    find_calm,
    find_rise,
    raised_share,
    threshold,
)
from stream.domain.windows import FINE_SECONDS, MIDDLE_SECONDS

Pane: TypeAlias = tuple[int, int, int]
"""Start, abandoned, count."""

SHORTEST_ALERT_SECONDS: Final = 60
REFRESH_SECONDS: Final = 60
SILENCE_SECONDS: Final = 900
"""An alert of a group in which no contact has ended for so long is over."""
BEHIND_SECONDS: Final = 60
"""While events are counted no further than so long ago, nobody knows whether an alert is over."""

_ALL: Final[Group] = ("all", "")
_MOST_REMEMBERED: Final = 4096
_WIDTHS: Final = frozenset(needed_retention())


class SpikeWatch(KeptAlerts):
    """``signals``: of every group that can be judged."""

    def __init__(self, rule: SpikeRule) -> None:
        super().__init__(rule.keep_days)
        self.rule = rule
        self._dimensions = dimensions_named(rule.dimensions)
        self.signals: Mapping[Group, Signal] = {}
        self._groups: dict[Segment, frozenset[Group]] = {}
        """Of each segment, those that it counts in."""
        self._counts: dict[Group, GroupCounts] = {_ALL: GroupCounts()}
        self._expectations: dict[Group, Expectation] = {}
        self._prior = (-1, PRIOR_RATIO)
        self._minute = self._moment = 0
        self._changed: set[Group] = set()
        self._stirred: set[Group] = set()
        self._spans: dict[Group, list[Span]] = {}
        self._refreshed: dict[str, int] = {}

    def add(self, width_seconds: int, start_seconds: int, segment: Segment, abandoned: int, count: int) -> None:
        """Add to a pane of a finest segment: ``abandoned`` of the ``count`` contacts that were answered or gave up.

        Either may be negative. A width that is not needed is ignored: call it for all.
        """
        if width_seconds not in _WIDTHS or not (abandoned or count):
            return
        groups = self._groups_of(segment)
        for group in groups:
            counts = self._counts.get(group)
            if counts is None:
                counts = self._counts[group] = GroupCounts()
            counts.add(width_seconds, start_seconds, abandoned, count)
        if width_seconds == FINE_SECONDS:
            # An answered contact makes no rise likelier: without it being looked at, nothing fires later than it would.
            (self._changed if abandoned > 0 else self._stirred).update(groups)
        elif start_seconds < self._moment * MIDDLE_SECONDS - LOOK_BACK_SECONDS:
            # Late contacts, or those of before the start: what is expected has to be found again.
            self._prior = (-1, PRIOR_RATIO)
            for group in groups:
                self._expectations.pop(group, None)

    def _groups_of(self, segment: Segment) -> frozenset[Group]:
        groups = self._groups.get(segment)
        if groups is None:
            if len(self._groups) >= _MOST_REMEMBERED:
                self._groups.clear()
            found = {_ALL, *((by, self._dimensions.rolled_up(segment, by)) for by in self.rule.group_bys)}
            groups = self._groups[segment] = frozenset(found)
        return groups

    def restore(self, alert: Alert) -> None:
        """Take over an alert that was published, whatever its status. Call it before the first `step`."""
        self.alerts[alert.alert] = alert
        group = (alert.by, alert.segment)
        if alert.by in self.rule.group_bys:
            if alert.status == "firing":
                self._open[group] = alert
            else:
                self._note_span(alert)
        elif alert.status == "firing":
            self._unwatched.append(alert)

    def step(self, now_us: int, complete_us: int | None = None) -> list[Alert]:
        """Judge the groups that changed; gives the alerts that fired, changed or resolved since the last call.

        ``complete_us``: the time up to which all contacts have been added (the watermark); without it, now. Alerts of
        groups that are not watched any more resolve at once.
        """
        found: list[Alert] = []
        for _ in self.judge(now_us, complete_us, found):
            pass
        return found

    def judge(self, now_us: int, complete_us: int | None, found: list[Alert]) -> Iterator[None]:
        """`step`, a group at a time; nothing may be added before the last, which completes ``found``."""
        now = now_us // 1_000_000
        is_behind = complete_us is not None and now - complete_us // 1_000_000 > BEHIND_SECONDS
        if now // 60 != self._minute:
            self._minute = now // 60
            # With time alone contacts leave the look-back, and the signals of groups where nobody calls with them.
            self._changed.update(self.signals, self._stirred)
            self._stirred.clear()
            if now // MIDDLE_SECONDS != self._moment:
                self._moment = now // MIDDLE_SECONDS
                self._expectations.clear()
                self._drop_empty()
        groups, self._changed = self._changed | self._open.keys(), set()
        signals = dict(self.signals)
        found += self._resolve_unwatched(now_us)
        for group in sorted(groups):
            if group[0] not in self.rule.group_bys:
                continue
            counts = self._counts.get(group, GroupCounts())
            latest = list(counts.newest_first(FINE_SECONDS, (now - LOOK_BACK_SECONDS, now + 1)))
            if group in self._open:
                found += self._follow(group, counts, now_us, is_behind=is_behind)
            else:
                found += self._look(group, counts, latest, now_us)
            signal = self._signal(group, counts, latest, now)
            if signal is None:
                signals.pop(group, None)
            else:
                signals[group] = signal
            yield
        self.signals = signals
        for alert in found:
            self.alerts[alert.alert] = alert

    @property
    def is_firing(self) -> bool:
        """True while any alert is open."""
        return bool(self._open)

    def _drop_empty(self) -> None:
        for group in [group for group, counts in self._counts.items() if counts.is_empty() and group != _ALL]:
            del self._counts[group]

    def _expect(self, group: Group, counts: GroupCounts, now: int) -> Expectation:
        known = self._expectations.get(group)
        if known is None:
            moment = now - now % MIDDLE_SECONDS
            prior = PRIOR_RATIO if group == _ALL else self._overall(moment)
            spans = [*self._spans.get(group, ())]
            if group in self._open:
                spans.append((self._open[group].onset_us // 1_000_000, now + 1))
            known = self._expectations[group] = expect(counts, moment, prior, spans)
        return known

    def _look(self, group: Group, counts: GroupCounts, latest: list[Pane], now_us: int) -> list[Alert]:
        now, rule = now_us // 1_000_000, self.rule
        spans = self._spans.get(group)
        if spans:
            latest = [pane for pane in latest if pane[0] >= spans[-1][1]]
        if sum(pane[2] for pane in latest) < rule.min_contacts:
            return []
        usual = self._expect(group, counts, now)
        if usual.baseline_contacts < rule.min_baseline_contacts:
            return []
        finding = find_rise(latest, usual.ratio, usual.dispersion, rule.min_contacts, rule.min_abandoned)
        if finding.score < threshold(usual.contacts_a_day, len(self._counts), rule.days_between_false_alarms):
            return []
        alert = self._fired(group, finding, usual, now_us)
        self._open[group] = alert
        self._refreshed[alert.alert] = now
        return [alert]

    def _fired(self, group: Group, finding: Finding, usual: Expectation, now_us: int) -> Alert:
        onset_us = finding.onset_seconds * 1_000_000
        value = finding.abandoned / finding.count
        return Alert(
            alert=alert_id(*group, onset_us),
            status="firing",
            severity=self._severity(value, usual.ratio, usual.baseline),
            by=group[0],
            segment=group[1],
            onset_us=onset_us,
            fired_us=now_us,
            abandoned=finding.abandoned,
            count=finding.count,
            value=value,
            expected=usual.ratio,
            baseline=usual.baseline,
            dispersion=usual.dispersion,
            probability=chance_of_as_many(finding.abandoned, finding.count, usual.ratio),
        )

    def _severity(self, value: float, expected: float, baseline: Baseline) -> Severity:
        is_critical = baseline.is_established and value >= self.rule.critical_ratio * expected
        return "critical" if is_critical else "warning"

    def _follow(self, group: Group, counts: GroupCounts, now_us: int, *, is_behind: bool) -> list[Alert]:
        now, alert = now_us // 1_000_000, self._open[group]
        over = None if is_behind else self._over_since(alert, counts, now)
        changed = self._with_numbers(alert, counts, now + 1 if over is None else over)
        if over is not None:
            changed = replace(_with_probability(changed), status="resolved", resolved_us=now_us)
            del self._open[group]
            self._refreshed.pop(alert.alert, None)
            self._expectations.pop(group, None)
            self._note_span(changed)
            return [changed]
        self._open[group] = changed
        due = now - self._refreshed.get(alert.alert, 0) >= REFRESH_SECONDS
        if changed.severity == alert.severity and not due:
            return []
        self._refreshed[alert.alert] = now
        changed = self._open[group] = _with_probability(changed)
        return [changed] if changed != self.alerts.get(alert.alert) else []

    def _with_numbers(self, alert: Alert, counts: GroupCounts, end: int) -> Alert:
        panes = _panes_since(counts, alert.onset_us // 1_000_000, end)
        abandoned, count = sum(pane[1] for pane in panes), sum(pane[2] for pane in panes)
        if not 0 < abandoned <= count:
            return alert  # events were taken back, or panes are kept no more: the last numbers stand
        value = abandoned / count
        severity = alert.severity
        if severity != "critical":
            severity = self._severity(value, alert.expected, alert.baseline)
        return replace(alert, abandoned=abandoned, count=count, value=value, severity=severity)

    def _over_since(self, alert: Alert, counts: GroupCounts, now: int) -> int | None:
        """When the spike ended, to the second; None while it goes on."""
        fired = alert.fired_us // 1_000_000
        if now - fired < SHORTEST_ALERT_SECONDS:
            return None
        panes = _panes_since(counts, alert.onset_us // 1_000_000, now + 1)
        if now - max(panes[0][0] if panes else 0, fired) >= SILENCE_SECONDS:
            return now + 1
        at_firing = [pane for pane in panes if pane[0] <= fired] or panes
        value = sum(pane[1] for pane in at_firing) / max(sum(pane[2] for pane in at_firing), 1)
        raised = raised_share(alert.expected, value)
        score, since = find_calm(panes, alert.expected, raised, alert.dispersion)
        return since if score >= CALM_THRESHOLD else None

    def _overall(self, moment: int) -> float:
        if self._prior[0] != moment:
            self._prior = (moment, overall_ratio(self._counts[_ALL], moment)[0])
        return self._prior[1]

    def _note_span(self, alert: Alert) -> None:
        if alert.resolved_us is None:
            return
        spans = self._spans.setdefault((alert.by, alert.segment), [])
        spans.append((alert.onset_us // 1_000_000, alert.resolved_us // 1_000_000))
        spans.sort(key=lambda span: span[1])
        # Baselines look back a day and the look-back; older spikes matter to none.
        oldest = spans[-1][1] - DISPERSION_SECONDS - 2 * LOOK_BACK_SECONDS
        spans[:] = [span for span in spans if span[1] > oldest]

    def _signal(self, group: Group, counts: GroupCounts, latest: list[Pane], now: int) -> Signal | None:
        alert = self._open.get(group)
        if alert is not None:
            known = int(alert.baseline.is_established)
            return Signal(SEVERITY_NUMBERS[alert.severity], alert.value, alert.expected, known)
        count = sum(pane[2] for pane in latest)
        if count < self.rule.min_contacts:
            return None
        usual = self._expect(group, counts, now)
        if usual.baseline_contacts < self.rule.min_baseline_contacts:
            return None
        observed = sum(pane[1] for pane in latest) / count
        return Signal(0, observed, usual.ratio, int(usual.baseline.is_established))


def _with_probability(alert: Alert) -> Alert:
    """Its numbers may have changed every second; this takes long, and only rows that are given out need it."""
    return replace(alert, probability=chance_of_as_many(alert.abandoned, alert.count, alert.expected))


def _panes_since(counts: GroupCounts, onset: int, end: int) -> list[Pane]:
    """Panes from the onset to ``end``, the newest first: fine ones while they are surely kept, then coarser ones."""
    edge = max(onset, end - LOOK_BACK_SECONDS)
    edge += -edge % MIDDLE_SECONDS if edge > onset else 0
    panes = list(counts.newest_first(FINE_SECONDS, (edge, end)))
    if edge > onset:
        first = max(onset, end - DISPERSION_SECONDS)
        panes += counts.newest_first(MIDDLE_SECONDS, (first + -first % MIDDLE_SECONDS, edge))
    return panes
