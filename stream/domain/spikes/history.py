"""Alerts of history: the same watch, stepping through event time, over counts that are all known beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from stream.domain.segments import Segment
from stream.domain.spikes.alert import Alert
from stream.domain.spikes.rule import SpikeRule
from stream.domain.spikes.watch import SpikeWatch
from stream.domain.windows import COARSE_SECONDS, FINE_SECONDS, MIDDLE_SECONDS

Ended: TypeAlias = tuple[int, Segment, bool]
"""A contact that was answered or gave up: when (microseconds), its finest segment, and whether it gave up."""

_STEP_US: Final = 60_000_000


def alerts_of_history(rule: SpikeRule, contacts: Iterable[Ended]) -> list[Alert]:
    """All alerts as they were when last given out, by onset and id; the order of ``contacts`` does not matter.

    Time moves from pane to pane in which contacts ended, so an alert fires at a pane's end: up to 10 s later than live.
    What has not resolved by the last contact stays firing.
    """
    watch = SpikeWatch(rule)
    fine: dict[int, dict[Segment, list[int]]] = {}
    for time_us, segment, abandoned in contacts:
        seconds = time_us // 1_000_000
        # Of these widths the watch reads only panes that ended half an hour ago: none is from the future.
        for width in (MIDDLE_SECONDS, COARSE_SECONDS):
            watch.add(width, seconds - seconds % width, segment, int(abandoned), 1)
        pane = fine.setdefault(seconds - seconds % FINE_SECONDS, {}).setdefault(segment, [0, 0])
        pane[0] += abandoned
        pane[1] += 1
    now_us = 0
    for start in sorted(fine):
        while watch.is_firing and now_us < start * 1_000_000:
            watch.step(now_us)
            now_us += _STEP_US
        for segment, (its_abandoned, its_count) in sorted(fine[start].items()):
            watch.add(FINE_SECONDS, start, segment, its_abandoned, its_count)
        now_us = (start + FINE_SECONDS) * 1_000_000
        watch.step(now_us)
    return sorted(watch.alerts.values(), key=lambda alert: (alert.onset_us, alert.alert))
