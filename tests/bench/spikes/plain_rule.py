"""The plain rule to compare with: the share of a rolling window is above a threshold for a while. No broker."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from tests.bench.spikes.contacts import Contact

STEP_SECONDS = 10


class PlainRule(NamedTuple):
    """Fires when more than ``share`` of at least ``min_contacts`` in the window gave up, for ``for_seconds``."""

    window_seconds: int
    min_contacts: int
    for_seconds: int
    share: float = 1.0


def shares(rule: PlainRule, contacts: Sequence[Contact], first: int, end: int) -> list[tuple[int, float]]:
    """Every 10 s: the window's share, 0 where it holds too few."""
    times = [contact.time_us // 1_000_000 for contact in contacts]
    sums = [0]
    for contact in contacts:
        sums.append(sums[-1] + contact.abandoned)
    found = []
    for now in range(first, end, STEP_SECONDS):
        start, stop = bisect_left(times, now - rule.window_seconds), bisect_left(times, now)
        count = stop - start
        found.append((now, (sums[stop] - sums[start]) / count if count >= rule.min_contacts else 0.0))
    return found


def alarms(rule: PlainRule, series: Sequence[tuple[int, float]], quiet_seconds: int = 1800) -> list[int]:
    """When it fires; firing again within ``quiet_seconds`` of the last time it was above is the same alarm."""
    found: list[int] = []
    above_since: int | None = None
    last_above = -quiet_seconds - 1
    for now, share in series:
        if share <= rule.share:
            above_since = None
            continue
        if above_since is None:
            above_since = now
        if now - above_since >= rule.for_seconds:
            if now - last_above > quiet_seconds:
                found.append(now)
            last_above = now
    return found


def tuned(rule: PlainRule, series: Sequence[tuple[int, float]], most: int) -> PlainRule:
    """The most sensitive threshold (to half a per cent) down to which there are at most so many alarms."""
    best = rule
    for step in range(200, 0, -1):
        candidate = rule._replace(share=step / 200)
        if len(alarms(candidate, series)) > most:
            break
        best = candidate
    return best
