"""Bins of durations and the quantiles they give."""

from __future__ import annotations

import pytest

from stream.domain.histogram import GAMMA, MIN_US, RELATIVE_ERROR, bin_of, quantiles, seconds_of


def test_up_to_a_millisecond_is_bin_zero_and_zero_seconds() -> None:
    assert [bin_of(us) for us in (0, 1, MIN_US)] == [0, 0, 0]
    assert seconds_of(0) == 0.0


def test_just_above_a_millisecond_is_bin_one() -> None:
    assert bin_of(MIN_US + 1) == 1


@pytest.mark.parametrize("seconds", [0.002, 1, 20, 3600, 86_400, 30 * 86_400, 10 * 365 * 86_400])
def test_a_bin_stands_for_a_span_within_the_relative_error(seconds: float) -> None:
    assert seconds_of(bin_of(round(seconds * 1e6))) == pytest.approx(seconds, rel=RELATIVE_ERROR)


def test_neighbouring_bins_are_gamma_apart() -> None:
    assert seconds_of(101) / seconds_of(100) == pytest.approx(GAMMA)


def test_no_sample_has_no_quantile() -> None:
    assert quantiles({}, (0.5, 0.9)) == [None, None]


def test_the_lower_of_two_is_their_median() -> None:
    assert quantiles({5: 1, 9: 1}, (0.5,)) == [seconds_of(5)]


def test_ranks_are_counted_over_all_bins() -> None:
    # 100 samples, ranks 0..99: 49 lies in the first bin, 89 and 98 in the second, 99 in the third.
    assert quantiles({1: 50, 2: 49, 3: 1}, (0.5, 0.9, 0.99, 1.0)) == [seconds_of(b) for b in (1, 2, 2, 3)]


def test_the_order_in_which_bins_were_filled_does_not_matter() -> None:
    assert quantiles({9: 1, 1: 1, 5: 1}, (0.0, 0.5, 1.0)) == [seconds_of(b) for b in (1, 5, 9)]
