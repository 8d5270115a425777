from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest

from stream.domain.spikes.baseline import (
    FIRST_DISPERSION,
    HIGHEST_RATIO,
    LOWEST_RATIO,
    dispersion,
    expect,
    overall_ratio,
)
from stream.domain.spikes.counts import GroupCounts
from tests.domain.spikes.traffic import DAY, START, WIDTHS, contacts

NOON = START + 15 * DAY + 12 * 3600
HOUR = 3600


def counts_of(*parts: Iterable[tuple[int, str, bool]]) -> GroupCounts:
    counts = GroupCounts()
    for part in parts:
        for time_us, _, abandoned in part:
            seconds = time_us // 1_000_000
            for width in WIDTHS:
                counts.add(width, seconds - seconds % width, int(abandoned), 1)
    return counts


def days(share: float, every_seconds: int = 60, hours: tuple[int, int] = (0, 24), count: int = 14) -> GroupCounts:
    return counts_of(
        *(
            contacts(
                NOON - NOON % DAY - day * DAY + hours[0] * HOUR, (hours[1] - hours[0]) * HOUR, every_seconds, share
            )
            for day in range(1, count + 1)
        )
    )


def test_where_nothing_is_known_more_than_the_prior_may_be_usual() -> None:
    usual = expect(GroupCounts(), NOON, prior=0.07)
    assert 0.15 < usual.ratio < 0.3
    assert (usual.baseline.same_hour_ratio, usual.baseline.recent_ratio, usual.baseline_contacts) == (None, None, 0)
    assert (usual.dispersion, usual.contacts_a_day) == (FIRST_DISPERSION, 0)
    assert not usual.baseline.is_established


def test_in_the_first_days_what_is_taken_for_usual_gives_way_to_what_is_seen() -> None:
    """The same contacts in the same hours, known for longer: less variation is feared, and a lower share expected."""
    by_age = [expect(days(0.1, every_seconds=30, count=count), NOON, prior=0.1) for count in (0, 2, 4, 7)]
    assert [usual.dispersion for usual in by_age] == sorted((usual.dispersion for usual in by_age), reverse=True)
    assert by_age[0].dispersion > 2.5
    assert by_age[3].dispersion == 1.0
    assert [usual.ratio for usual in by_age] == sorted((usual.ratio for usual in by_age), reverse=True)
    assert by_age[3].ratio == pytest.approx(0.1, abs=0.01)


def test_an_hour_in_which_nobody_gave_up_yet_is_no_promise() -> None:
    """A desk that is switched on with empty queues: its first hour shows next to nobody who gives up."""
    first = counts_of(contacts(NOON - 5400, 5400, 20, 0.0))
    assert expect(first, NOON, prior=0.05).ratio > 0.03


def test_the_same_hour_of_the_days_before_is_expected() -> None:
    counts = days(0.2, every_seconds=10, hours=(11, 14))
    for day in range(1, 15):
        for time_us, _, abandoned in contacts(NOON - NOON % DAY - day * DAY, 6 * HOUR, 10, 0.02):
            counts.add(HOUR, time_us // 1_000_000 // HOUR * HOUR, int(abandoned), 1)
    usual = expect(counts, NOON + 1800, prior=0.05)
    assert usual.ratio == pytest.approx(0.2, abs=0.01)
    assert usual.baseline.same_hour_ratio == pytest.approx(0.2, abs=0.01)
    night = expect(counts, NOON - NOON % DAY + DAY + 3 * HOUR, prior=0.05)
    assert night.baseline.same_hour_ratio == pytest.approx(0.02, abs=0.003)


def test_between_the_middles_of_two_hours_their_shares_run_into_each_other() -> None:
    counts = days(0.1, every_seconds=5, hours=(11, 12))
    for day in range(1, 15):
        for time_us, _, abandoned in contacts(NOON - day * DAY, HOUR, 5, 0.3):
            counts.add(HOUR, time_us // 1_000_000 // HOUR * HOUR, int(abandoned), 1)
    at = [expect(counts, NOON - 1800 + step * 900, prior=0.05).ratio for step in range(5)]
    assert at == sorted(at)
    assert at[0] == pytest.approx(0.1, abs=0.01)
    assert at[2] == pytest.approx(0.2, abs=0.01)
    assert at[4] == pytest.approx(0.3, abs=0.01)


def test_few_contacts_are_drawn_towards_the_share_at_all_hours() -> None:
    counts = days(0.1, every_seconds=60, hours=(0, 11))
    counts.add(HOUR, NOON - DAY, 4, 4)
    assert 0.1 < expect(counts, NOON + 1800, prior=0.05).ratio < 0.2


def test_a_worse_hour_today_raises_what_is_expected_and_a_better_one_does_not_lower_it() -> None:
    before = expect(days(0.1, every_seconds=30), NOON, prior=0.05).ratio
    worse, better = days(0.1, every_seconds=30), days(0.1, every_seconds=30)
    for counts, share in ((worse, 0.3), (better, 0.0)):
        for time_us, _, abandoned in contacts(NOON - 5400, 3600, 10, share):
            counts.add(300, time_us // 1_000_000 // 300 * 300, int(abandoned), 1)
    assert expect(worse, NOON, prior=0.05).ratio == pytest.approx(0.3, abs=0.03)
    assert expect(better, NOON, prior=0.05).ratio == before


def test_the_last_half_hour_and_known_spikes_are_no_part_of_the_baseline() -> None:
    calm, spiked = days(0.1), days(0.1)
    for time_us, _, _ in contacts(NOON - 1800, 1800, 5, 1.0):
        for width in WIDTHS:
            spiked.add(width, time_us // 1_000_000 // width * width, 1, 1)
    assert expect(spiked, NOON, prior=0.05) == expect(calm, NOON, prior=0.05)
    for time_us, _, _ in contacts(NOON - 4000, 600, 5, 1.0):
        spiked.add(300, time_us // 1_000_000 // 300 * 300, 1, 1)
    assert expect(spiked, NOON, prior=0.05).ratio > 0.2
    known = expect(spiked, NOON, prior=0.05, spikes=[(NOON - 4000, NOON - 3400)])
    assert known.ratio == expect(calm, NOON, prior=0.05).ratio


def test_yesterday_counts_more_than_the_week_before() -> None:
    counts = GroupCounts()
    counts.add(HOUR, NOON - DAY, 40, 100)
    counts.add(HOUR, NOON - 8 * DAY, 0, 100)
    assert expect(counts, NOON + 1800, prior=0.05).baseline.same_hour_ratio == pytest.approx(0.4 / (1 + 0.85**7))


def test_what_is_expected_stays_a_share_that_can_be_told_from_others() -> None:
    assert expect(days(0.0, every_seconds=10), NOON, prior=0.05).ratio == LOWEST_RATIO
    assert expect(days(1.0, every_seconds=10), NOON, prior=0.05).ratio == HIGHEST_RATIO


def test_days_that_are_too_long_ago_do_not_count() -> None:
    counts = GroupCounts()
    counts.add(HOUR, NOON - 16 * DAY, 50, 100)
    assert overall_ratio(counts, NOON, 0.05) == (0.05, 0.0)


def test_dispersion_is_near_one_by_chance_and_above_where_contacts_give_up_together() -> None:
    random = Random(3)
    by_chance = counts_of(contacts(NOON - DAY, DAY, 10, 0.1, random=random))
    together = GroupCounts()
    for start in range(NOON - DAY, NOON, 300):
        together.add(300, start, 12 if random.random() < 0.25 else 0, 30)
    day = (NOON - DAY, NOON)
    assert 1.0 <= dispersion(by_chance, day) < 1.2
    assert dispersion(together, day) > 5
    assert dispersion(GroupCounts(), day) == 1.0


def test_the_rate_is_that_of_the_day_or_of_the_last_hour() -> None:
    day = counts_of(contacts(NOON - 2 * DAY, 2 * DAY, 60, 0.1))
    assert expect(day, NOON, prior=0.05).contacts_a_day == 1440
    busy = counts_of(contacts(NOON - 5400, 3600, 1, 0.1))
    assert expect(busy, NOON, prior=0.05).contacts_a_day == 86_400
