"""Spikes with a known onset: from then on, contacts that were answered give up with a probability."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random

from stream.domain.segments import Segment
from stream.domain.spikes.rule import SpikeRule
from stream.domain.spikes.watch import SpikeWatch
from stream.domain.windows import COARSE_SECONDS, FINE_SECONDS, MIDDLE_SECONDS
from tests.bench.spikes.contacts import Contact

HORIZON_SECONDS = 1800
LEAD_SECONDS = 2400
_DAY = 86_400


class Past:
    """Panes of all contacts, to fill a watch with what was known at an onset."""

    def __init__(self, contacts: Sequence[Contact]) -> None:
        self.contacts = contacts
        self._times = [contact.time_us // 1_000_000 for contact in contacts]
        self._panes: dict[int, Counter[tuple[int, Segment]]] = {w: Counter() for w in (MIDDLE_SECONDS, COARSE_SECONDS)}
        self._abandoned: dict[int, Counter[tuple[int, Segment]]] = {w: Counter() for w in self._panes}
        self._hours: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for seconds, contact in zip(self._times, contacts, strict=True):
            for width in self._panes:
                pane = (seconds - seconds % width, contact.segment)
                self._panes[width][pane] += 1
                self._abandoned[width][pane] += contact.abandoned
            hour = self._hours[seconds // 3600 % 24]
            hour[0] += contact.abandoned
            hour[1] += 1

    def usual_share(self, seconds: int) -> float:
        """Share of all contacts in this hour of all days."""
        abandoned, count = self._hours[seconds // 3600 % 24]
        return abandoned / count

    def between(self, first: int, end: int) -> list[Contact]:
        """Contacts that ended in [first, end)."""
        return list(self.contacts[bisect_left(self._times, first) : bisect_left(self._times, end)])

    def watch(self, rule: SpikeRule, onset: int) -> SpikeWatch:
        """A watch that knows the days before; the fine panes are still to be added."""
        watch = SpikeWatch(rule)
        for width, reach in ((MIDDLE_SECONDS, 2 * _DAY), (COARSE_SECONDS, 16 * _DAY)):
            for (start, segment), count in self._panes[width].items():
                if onset - reach <= start < onset + HORIZON_SECONDS:
                    watch.add(width, start, segment, self._abandoned[width][(start, segment)], count)
        return watch


def onsets(past: Past, first: int, end: int, count: int, seed: int, hours: range) -> list[int]:
    """Random times in these hours (UTC) of the days, in which enough contacts come to tell anything."""
    random = Random(seed)
    found: list[int] = []
    while len(found) < count:
        onset = random.randrange(first, end - HORIZON_SECONDS)
        if onset // 3600 % 24 in hours and len(past.between(onset, onset + 600)) >= 5:
            found.append(onset)
    return found


def with_spike(past: Past, onset: int, multiple: float, random: Random) -> list[Contact]:
    """Contacts around the onset; after it ``multiple`` times as many give up as is usual at this hour."""
    share = past.usual_share(onset)
    chance = min(1.0, (multiple - 1) * share / (1 - share))
    return [
        contact._replace(abandoned=contact.abandoned or random.random() < chance)
        if contact.time_us >= onset * 1_000_000
        else contact
        for contact in past.between(onset - LEAD_SECONDS, onset + HORIZON_SECONDS)
    ]


def seconds_to_alert(watch: SpikeWatch, contacts: Sequence[Contact], onset: int) -> int | None:
    """From the onset to the first alert of all contacts together; None: not within the horizon.

    An alert that was open when the spike began counts as none: who is paged already is not paged again.
    """
    fine: dict[int, Counter[tuple[Segment, bool]]] = defaultdict(Counter)
    for contact in contacts:
        seconds = contact.time_us // 1_000_000
        fine[seconds - seconds % FINE_SECONDS][(contact.segment, contact.abandoned)] += 1
    for start in sorted(fine):
        for (segment, abandoned), count in fine[start].items():
            watch.add(FINE_SECONDS, start, segment, count * abandoned, count)
        fired = watch.step((start + FINE_SECONDS) * 1_000_000)
        if any(alert.by == "all" and alert.status == "firing" for alert in fired):
            return start + FINE_SECONDS - onset if start + FINE_SECONDS > onset else None
    return None
