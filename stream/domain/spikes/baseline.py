"""What share of contacts is expected to give up now, and how much that share varies by itself.

The expected share is that of the same hour on the days before, drawn towards the group's share at all hours where it
stands on few contacts, and raised by how far the last hour is above its own same hours. It is never lowered: what is
called a spike is above both. Days count less the longer they are ago, and hours run into each other.

What is not known well is not relied on: in its first week a group is taken to vary as queues do (`FIRST_DISPERSION`),
whatever its first days show, and its usual share to be higher than seen, by what so few contacts leave open.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from stream.domain.spikes.alert import Baseline
from stream.domain.spikes.counts import GroupCounts, Span, touches
from stream.domain.spikes.rule import BASELINE_DAYS, DISPERSION_SECONDS, LOOK_BACK_SECONDS, RECENT_SECONDS
from stream.domain.windows import COARSE_SECONDS, MIDDLE_SECONDS

PRIOR_RATIO: Final = 0.05
"""Where nothing at all is known: a usual share of contacts that give up."""

DAY_WEIGHT: Final = 0.85
SHRINK_CONTACTS: Final = 50
LEVEL_SHRINK: Final = 5
DISPERSION_SHRINK: Final = 20
FIRST_DISPERSION: Final = 4.0
"""Customers of a queue give up together when it gets long: simulated queues vary 1.5 to 3.5 times as much as by chance.
Of that a group's first days may show nothing: bursts are rare, and each makes up most of what varies."""
FIRST_SECONDS: Final = 7 * 86_400
"""In this time, in which each day of the week comes once, what a group is taken for gives way to what is seen of it."""
FIRST_STANDARD_ERRORS: Final = 2.0
ESTABLISHED_CONTACTS: Final = 10
"""So many contacts in the same hour of the days before are a baseline: fewer would be raised threefold by one more."""
LOWEST_RATIO: Final = 0.01
HIGHEST_RATIO: Final = 0.9
_DAY_SECONDS: Final = 86_400


class Expectation(Struct, frozen=True):
    """``ratio``: expected now. ``dispersion``: 1 or more. ``contacts_a_day``: that end, at the rate of late.

    ``baseline_contacts``: of the last `BASELINE_DAYS` days and of the last hour, what ``ratio`` stands on.
    """

    ratio: float
    dispersion: float
    contacts_a_day: float
    baseline: Baseline
    baseline_contacts: float


def overall_ratio(counts: GroupCounts, now_seconds: int, prior: float = PRIOR_RATIO) -> tuple[float, float]:
    """Share at all hours of the last days, drawn towards ``prior``, and the contacts it stands on (weighted)."""
    end = _whole(now_seconds - LOOK_BACK_SECONDS, COARSE_SECONDS)
    abandoned = count = 0.0
    for start, its_abandoned, its_count in counts.newest_first(
        COARSE_SECONDS, (end - BASELINE_DAYS * _DAY_SECONDS, end)
    ):
        weight = DAY_WEIGHT ** ((end - start) // _DAY_SECONDS)
        abandoned += weight * its_abandoned
        count += weight * its_count
    return (abandoned + SHRINK_CONTACTS * prior) / (count + SHRINK_CONTACTS), count


def expect(counts: GroupCounts, now_seconds: int, prior: float, spikes: Iterable[Span] = ()) -> Expectation:
    """What is usual now. ``prior``: share where this group is unknown. ``spikes``: known ones, which do not count."""
    usual, history = overall_ratio(counts, now_seconds, prior)
    left_out = tuple(spikes)
    same_hour = _SameHour(counts, usual)
    end = _whole(now_seconds - LOOK_BACK_SECONDS, MIDDLE_SECONDS)
    first = -_whole(DISPERSION_SECONDS - now_seconds, MIDDLE_SECONDS)  # older panes are not kept
    observed = count = 0
    foreseen = 0.0
    for start in range(end - RECENT_SECONDS, end, MIDDLE_SECONDS):
        its_abandoned, its_count = counts.at(MIDDLE_SECONDS, start)
        if its_count and not touches(start, MIDDLE_SECONDS, left_out):
            observed += its_abandoned
            count += its_count
            foreseen += its_count * same_hour.ratio(start + MIDDLE_SECONDS // 2)
    level = max(1.0, (observed + LEVEL_SHRINK) / (foreseen + LEVEL_SHRINK))
    known_ratio, known_count = same_hour.known(now_seconds)
    day = counts.within(MIDDLE_SECONDS, (first, end))[1] * _DAY_SECONDS / (end - first)
    varies = dispersion(counts, (first, end), left_out)
    unknown = max(0.0, 1 - counts.known_seconds(COARSE_SECONDS, now_seconds) / FIRST_SECONDS)
    varies += max(0.0, FIRST_DISPERSION - varies) * unknown
    ratio = same_hour.ratio(now_seconds)
    open_error = FIRST_STANDARD_ERRORS * unknown * _standard_error(ratio, varies, known_count, history)
    ratio = max(ratio * level, ratio + open_error)
    return Expectation(
        ratio=min(max(ratio, LOWEST_RATIO), HIGHEST_RATIO),
        dispersion=varies,
        contacts_a_day=max(day, count * _DAY_SECONDS / RECENT_SECONDS),
        baseline=Baseline(
            same_hour_ratio=known_ratio,
            same_hour_count=known_count,
            recent_ratio=observed / count if count else None,
            recent_count=count,
            is_established=known_count >= ESTABLISHED_CONTACTS,
        ),
        baseline_contacts=history + count,
    )


def dispersion(counts: GroupCounts, span: Span, without: Sequence[Span] = ()) -> float:
    """Variation of 5-minute shares around that of their hour, as a multiple of chance: Pearson's statistic by degree
    of freedom, over a day, drawn towards 1, and never below it.
    """
    hours: dict[int, list[tuple[int, int]]] = {}
    for start, abandoned, count in counts.newest_first(MIDDLE_SECONDS, span):
        if not touches(start, MIDDLE_SECONDS, without):
            hours.setdefault(start // COARSE_SECONDS, []).append((abandoned, count))
    statistic, freedom = 0.0, 0
    for panes in hours.values():
        abandoned, count = sum(pane[0] for pane in panes), sum(pane[1] for pane in panes)
        if 0 < abandoned < count:
            ratio = abandoned / count
            statistic += sum((a - n * ratio) ** 2 / (n * ratio * (1 - ratio)) for a, n in panes if n)
            freedom += len(panes) - 1
    return max(1.0, (statistic + DISPERSION_SHRINK) / (freedom + DISPERSION_SHRINK))


class _SameHour:
    """The share at an hour of the day, from the days before; straight lines between the middles of the hours."""

    def __init__(self, counts: GroupCounts, usual: float) -> None:
        self._counts = counts
        self._usual = usual
        self._hours: dict[int, tuple[float, float]] = {}

    def _sums(self, hour: int) -> tuple[float, float]:
        sums = self._hours.get(hour)
        if sums is None:
            abandoned = count = 0.0
            for day in range(1, BASELINE_DAYS + 1):
                start = hour * COARSE_SECONDS - day * _DAY_SECONDS
                its_abandoned, its_count = self._counts.at(COARSE_SECONDS, start)
                abandoned += DAY_WEIGHT ** (day - 1) * its_abandoned
                count += DAY_WEIGHT ** (day - 1) * its_count
            sums = self._hours[hour] = (abandoned, count)
        return sums

    def _at(self, hour: int) -> float:
        abandoned, count = self._sums(hour)
        return (abandoned + SHRINK_CONTACTS * self._usual) / (count + SHRINK_CONTACTS)

    def ratio(self, seconds: int) -> float:
        """Expected at a time by its hour alone."""
        before, within = divmod(seconds - COARSE_SECONDS // 2, COARSE_SECONDS)
        part = within / COARSE_SECONDS
        return self._at(before) * (1 - part) + self._at(before + 1) * part

    def known(self, seconds: int) -> tuple[float | None, float]:
        """Share and weighted contacts of the hour that ``seconds`` lies in, as they are."""
        abandoned, count = self._sums(seconds // COARSE_SECONDS)
        return (abandoned / count if count else None), count


def _standard_error(ratio: float, varies: float, same_hour: float, history: float) -> float:
    """Of an expected share that is drawn from so many contacts of the same hour to so many of all hours."""
    own = same_hour / (same_hour + SHRINK_CONTACTS)
    by_contact = own / (same_hour + SHRINK_CONTACTS) + (1 - own) ** 2 / (history + SHRINK_CONTACTS)
    known_ratio = max(ratio, LOWEST_RATIO)
    return math.sqrt(varies * known_ratio * (1 - known_ratio) * by_contact)


def _whole(seconds: int, width: int) -> int:
    return seconds - seconds % width
