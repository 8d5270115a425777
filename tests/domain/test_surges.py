"""The last day against the usual one: days that end with the window, and which of them count."""

from __future__ import annotations

import pytest

from stream.domain.surges import surge_of

WEEK = (0, 168 * 3600)
MONTH = (0, 720 * 3600)


def days(*counts: int, end: int = 168) -> dict[int, int]:
    """So many in the middle of each day, of which the last ends at hour ``end``."""
    return {end - 24 * age - 12: n for age, n in enumerate(reversed(counts)) if n}


@pytest.mark.parametrize(
    ("counts", "value", "latest", "usual", "compared"),
    [
        ((10, 10, 10, 10, 10, 10, 50), 5.0, 50, 10.0, 6),
        ((10, 10, 10, 10, 10, 10, 0), 0.0, 0, 10.0, 6),
        # A wave of before is not usual; nor is a weekend.
        ((10, 900, 10, 10, 0, 0, 20), 2.0, 20, 10.0, 6),
        # Of an even number of days the two in the middle.
        ((8, 8, 8, 12, 12, 12, 15), 1.5, 15, 10.0, 6),
        # Who began two days ago.
        ((0, 0, 0, 0, 4, 6, 10), 2.0, 10, 5.0, 2),
        ((0, 0, 0, 0, 0, 0, 10), None, 10, None, 0),
        # Fewer than half of the days have any.
        ((9, 0, 0, 0, 0, 0, 9), None, 9, 0.0, 6),
    ],
)
def test_a_day_against_the_median_of_those_before(
    counts: tuple[int, ...], value: float | None, latest: int, usual: float | None, compared: int
) -> None:
    found = surge_of(days(*counts), WEEK)
    assert (found.value, found.latest, found.usual, found.days) == (value, latest, usual, compared)
    assert found.count == sum(counts)


def test_a_day_begins_and_ends_with_its_hours() -> None:
    # The hours 144 to 167 are the last day, 120 to 143 the one before.
    bins = {120: 1, 143: 2, 144: 4, 167: 8}
    found = surge_of(bins, WEEK)
    assert (found.latest, found.usual, found.days) == (12, 3.0, 1)


def test_a_day_that_the_window_has_a_part_of_is_not_compared() -> None:
    # Two days and a half: of the first day half is missing.
    found = surge_of({0: 50, 20: 4, 50: 8}, (0, 60 * 3600))
    assert (found.latest, found.usual, found.days, found.count) == (8, 4.0, 1, 62)
    assert surge_of(days(5, 5, end=24), (0, 24 * 3600)).days == 0


def test_a_window_that_ends_within_an_hour_ends_with_it() -> None:
    assert surge_of({23: 7}, (0, 23 * 3600 + 300)).latest == 7


@pytest.mark.parametrize("bounds", [None, MONTH])
def test_of_nothing_or_of_all_time_there_is_no_day(bounds: tuple[int, int] | None) -> None:
    found = surge_of({} if bounds else {5: 3}, bounds)
    assert (found.value, found.usual, found.latest, found.days) == (None, None, 0, 0)
    assert found.count == (0 if bounds else 3)
