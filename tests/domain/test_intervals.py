"""Intervals of shares and of the net promoter score."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.intervals import net_promoter_interval, net_promoter_score, wilson

counts = st.integers(1, 10**12).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count)))


def test_values_of_a_large_survey() -> None:
    """13,612 answers; the score by hand from its counts."""
    promoters, detractors, count = 9254, 1983, 13_612
    assert net_promoter_score(promoters, detractors, count) == pytest.approx(53.416, abs=0.001)
    low, high = net_promoter_interval(promoters, detractors, count) or (0, 0)
    assert [low, high] == pytest.approx([52.18, 54.65], abs=0.02)


def test_nothing_is_none() -> None:
    assert wilson(0, 0) is None
    assert net_promoter_score(0, 0, 0) is None
    assert net_promoter_interval(0, 0, 0) is None


@pytest.mark.parametrize(
    ("successes", "count", "low", "high"), [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 10, 0.0179, 0.4042)]
)
def test_wilson_at_the_ends(successes: int, count: int, low: float, high: float) -> None:
    assert wilson(successes, count) == pytest.approx((low, high), abs=1e-4)


@given(counts)
def test_the_share_lies_in_its_interval_and_both_in_0_to_1(pair: tuple[int, int]) -> None:
    successes, count = pair
    found = wilson(successes, count)
    assert found is not None
    assert 0.0 <= found[0] <= successes / count + 1e-12
    assert successes / count - 1e-12 <= found[1] <= 1.0


@given(counts, st.data())
def test_the_score_lies_in_its_interval(pair: tuple[int, int], data: st.DataObject) -> None:
    promoters, count = pair
    detractors = data.draw(st.integers(0, count - promoters))
    score = net_promoter_score(promoters, detractors, count)
    found = net_promoter_interval(promoters, detractors, count)
    assert score is not None
    assert found is not None
    assert -100.0 <= found[0] <= score + 1e-9
    assert score - 1e-9 <= found[1] <= 100.0
