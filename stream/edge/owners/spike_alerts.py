"""Alerts in the hands of the roll-up's owner: panes in, rows for their topic out, evidence fetched meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from stream.domain.cells import Cell, Cells
from stream.domain.remainders import PaneKey
from stream.domain.segments import Segment, group_labels
from stream.domain.spikes.alert import RATIO_KIND, Alert, Signal, alert_row, parse_alert_row
from stream.domain.spikes.watch import SpikeWatch
from stream.edge.kafka.damage import DAMAGE, PUBLISHED_REMEDY, damaged_row
from stream.edge.kafka.recent_facts import recent_facts
from stream.edge.owners.publication import Publication
from stream.edge.owners.ratio_alerts import RatioAlerts
from stream.errors import DeskpulseError
from stream.metrics.abandonment import ABANDONED, ANSWERED
from stream.rules import ratio_rules_of, spike_rule_of, watches_spikes
from stream.settings import Settings

STEP_US: Final = 1_000_000
MOST_EVIDENCE: Final = 5
ASK_AGAIN_US: Final = 60_000_000
_NONE: Final = Cell()

log = logging.getLogger(__name__)


class SpikeAlerts:
    """``rows``: of all kept alerts with their revision, the newest onset first. ``signals``: by group.

    Where spikes are not looked for, alerts that were published before resolve and are forgotten in time. On the clock
    of events everything here is empty.
    """

    def __init__(self, settings: Settings) -> None:
        self.rows: tuple[Mapping[str, Any], ...] = ()
        self._settings = settings
        self._watch = SpikeWatch(spike_rule_of(settings)) if not settings.is_history else None
        self._looks = watches_spikes(settings)
        self._ratios = RatioAlerts(ratio_rules_of(settings), settings.alerts.keep_days)
        self._publication = Publication()
        self._stepped_us = 0
        self._shown: dict[str, Mapping[str, Any]] = {}
        self._asked: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def signals(self) -> Mapping[tuple[str, Segment], Signal]:
        """What is seen and expected in each group that can be judged."""
        return self._watch.signals if self._watch is not None else {}

    @property
    def ratio_signals(self) -> Mapping[tuple[str, str, Segment], Signal]:
        """The same of the ratios that the settings name, by name and group."""
        return self._ratios.signals

    def remember(self, records: Sequence[Any]) -> None:
        """Take over the alerts that an owner before this one has published; call it before the first `step`.

        LossError: one cannot be read.
        """
        if self._watch is None:
            return
        for record in records:
            try:
                self._publication.remember(record.key.decode(), record.value)
                if record.value is not None:
                    parse_alert_row(orjson.loads(record.value))
            except DAMAGE as error:
                topic = self._settings.topic_names["alerts"]
                raise damaged_row(topic, 0, record.offset, error, PUBLISHED_REMEDY) from error
        self._show((record.key, record.value) for record in records)

    def add(self, pane: PaneKey, delta: Cells) -> None:
        """Count what a pane has gained or lost."""
        if self._watch is None or not self._looks or not delta:
            return
        abandoned = delta.get(ABANDONED.name, _NONE).count
        answered = delta.get(ANSWERED.name, _NONE).count
        if abandoned or answered:
            width, start, segment = pane
            self._watch.add(width, start, segment, abandoned, answered + abandoned)
        self._ratios.add(pane, delta)

    def step(self, now_us: int, watermark_us: int) -> None:
        """Judge all groups, at most once a second; events are counted up to ``watermark_us``."""
        for _ in self.judge(now_us, watermark_us):
            pass

    def judge(self, now_us: int, watermark_us: int) -> Iterator[None]:
        """`step`, a group at a time; nothing may be added before the last."""
        if self._watch is None or 0 <= now_us - self._stepped_us < STEP_US:
            return
        if not self._stepped_us:
            self._take_over()
        self._stepped_us = now_us
        found: list[Alert] = []
        yield from self._watch.judge(now_us, watermark_us, found)
        yield from self._ratios.judge(now_us, watermark_us, found)
        for alert in found:
            self._take(alert)
            if alert.status == "resolved" or alert.alert not in self._shown:
                _tell(alert)
        for key in (*self._watch.expire(now_us), *self._ratios.expire(now_us)):
            self._publication.take([(key, None)])
        self._ask_for_evidence(now_us)

    def changed(self, watermark: str) -> list[tuple[bytes, bytes | None]]:
        """Keys and values of the topic's records that are to be written; a value of None deletes."""
        records = self._publication.changed(watermark) if self._watch is not None else []
        if records:
            self._show(records)
        return records

    def close(self) -> None:
        """Stop fetching evidence; the next owner goes on with it."""
        for task in self._tasks:
            task.cancel()

    def _take_over(self) -> None:
        # Not sooner: of several rows of an alert only the last says how it stands.
        if self._watch is not None:
            for row in self._shown.values():
                alert = parse_alert_row(row)
                (self._ratios if alert.kind == RATIO_KIND else self._watch).restore(alert)
                self._take(alert)

    def _show(self, records: Iterable[tuple[bytes, bytes | None]]) -> None:
        for key, value in records:
            if value is None:
                self._shown.pop(key.decode(), None)
            else:
                self._shown[key.decode()] = orjson.loads(value)
        rows = sorted(self._shown.values(), key=lambda row: (row["onset"], row["alert"]), reverse=True)
        self.rows = tuple(rows)

    def _take(self, alert: Alert) -> None:
        self._publication.take([(alert.alert, alert_row(alert))])

    def _ask_for_evidence(self, now_us: int) -> None:
        if self._watch is None:
            return
        for key, alert in {**self._watch.alerts, **self._ratios.alerts}.items():
            if alert.status != "firing" or alert.evidence:
                self._asked.pop(key, None)
            elif now_us - self._asked.get(key, 0) >= ASK_AGAIN_US:
                self._asked[key] = now_us
                task = asyncio.ensure_future(self._fetch_evidence(alert))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _fetch_evidence(self, alert: Alert) -> None:
        try:
            facts = await recent_facts(
                self._settings,
                fact_prefix=self._ratios.fact_of(alert) if alert.kind == RATIO_KIND else ABANDONED.name,
                by=alert.by,
                segment=group_labels(alert.by, alert.segment),
                since_us=alert.onset_us,
                limit=MOST_EVIDENCE,
            )
        except (DeskpulseError, OSError, TimeoutError) as error:
            log.warning("no evidence for %s: %s", alert.alert, error)
            return
        tickets = tuple(dict.fromkeys(fact["ticket"] for fact in facts))
        watch = self._ratios if alert.kind == RATIO_KIND else self._watch
        told = watch.note_evidence(alert.alert, tickets) if watch is not None and tickets else None
        if told is not None:
            self._take(told)


def _tell(alert: Alert) -> None:
    what = "bad" if alert.kind == RATIO_KIND else "abandoned"
    numbers = f"{alert.abandoned} of {alert.count} {what}, {alert.expected:.1%} expected"
    if not alert.baseline.is_established:
        numbers += ", no baseline yet"
    log.info("%s %s (%s): %s", alert.alert, alert.status, alert.severity, numbers)
