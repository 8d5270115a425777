"""What share of contacts is expected to give up now, and how much that share varies by itself.

The expected share is that of the same hour on the days before, drawn towards the group's share at all hours where it
stands on few contacts, and raised by how far the last hour is above its own same hours. It is never lowered: what is
called a spike is above both. Days count less the longer they are ago, and hours run into each other.
"""

from __future__ import annotations

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
    day = counts.within(MIDDLE_SECONDS, (end - _DAY_SECONDS, end))[1]
    return Expectation(
        ratio=min(max(same_hour.ratio(now_seconds) * level, LOWEST_RATIO), HIGHEST_RATIO),
        dispersion=dispersion(counts, end, left_out),
        contacts_a_day=max(day, count * _DAY_SECONDS / RECENT_SECONDS),
        baseline=Baseline(known_ratio, known_count, observed / count if count else None, count),
        baseline_contacts=history + count,
    )


def dispersion(counts: GroupCounts, end_seconds: int, without: Sequence[Span] = ()) -> float:
    """Variation of 5-minute shares around that of their hour, as a multiple of chance: Pearson's statistic by degree
    of freedom, over a day, drawn towards 1, and never below it.
    """
    hours: dict[int, list[tuple[int, int]]] = {}
    for start, abandoned, count in counts.newest_first(MIDDLE_SECONDS, (end_seconds - DISPERSION_SECONDS, end_seconds)):
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


def _whole(seconds: int, width: int) -> int:
    return seconds - seconds % width
