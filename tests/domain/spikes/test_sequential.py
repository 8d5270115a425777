from __future__ import annotations

import math
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.spikes.sequential import (
    MULTIPLES,
    chance_of_as_many,
    find_calm,
    find_rise,
    raised_share,
    threshold,
)

PANES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda p: (p[0], p[0] + p[1])), max_size=12)


def newest_first(panes: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    return [(10 * number, *pane) for number, pane in reversed(list(enumerate(panes)))]


def log_likelihood(abandoned: int, count: int, share: float) -> float:
    return abandoned * math.log(share) + (count - abandoned) * math.log(1 - share)


@given(PANES, st.sampled_from([0.01, 0.05, 0.3]))
def test_the_score_is_the_best_of_all_onsets_and_alternatives(panes: list[tuple[int, int]], expected: float) -> None:
    best = 0.0
    for onset in range(len(panes)):
        abandoned, count = sum(p[0] for p in panes[onset:]), sum(p[1] for p in panes[onset:])
        for multiple in MULTIPLES:
            raised = min(multiple * expected, 0.97)
            best = max(best, log_likelihood(abandoned, count, raised) - log_likelihood(abandoned, count, expected))
    found = find_rise(newest_first(panes), expected, 1.0, 0, 1)
    assert found.score == pytest.approx(best, abs=1e-9)
    if found.score:
        since = panes[found.onset_seconds // 10 :]
        assert (found.abandoned, found.count) == (sum(p[0] for p in since), sum(p[1] for p in since))


def test_few_contacts_are_no_rise_however_unlikely() -> None:
    panes = newest_first([(4, 4)])
    assert find_rise(panes, 0.01, 1.0, 5, 1).score == 0
    assert find_rise(panes, 0.01, 1.0, 4, 5).score == 0
    assert find_rise(panes, 0.01, 1.0, 4, 4).score > 5


def test_what_varies_by_itself_needs_more_evidence() -> None:
    panes = newest_first([(0, 20), (12, 20)])
    assert find_rise(panes, 0.1, 2.0, 0, 1).score == pytest.approx(find_rise(panes, 0.1, 1.0, 0, 1).score / 2)


@pytest.mark.parametrize(("share", "seed"), [(0.03, 1), (0.2, 2)])
def test_false_alarms_are_as_rare_as_the_threshold_states(share: float, seed: int) -> None:
    random, limit, alarms, contacts = Random(seed), math.log(1000) + math.log(len(MULTIPLES)), 0, 60_000
    panes: list[tuple[int, int, int]] = []
    for number in range(contacts // 10):
        panes.insert(0, (10 * number, sum(random.random() < share for _ in range(10)), 10))
        del panes[100:]
        if find_rise(panes, share, 1.0, 1, 1).score >= limit:
            alarms += 1
            panes.clear()
    assert alarms <= contacts / 1000


def test_a_higher_rate_and_more_groups_raise_the_threshold() -> None:
    assert threshold(1000, 1, 7) < threshold(2000, 1, 7) < threshold(2000, 5, 7) < threshold(2000, 5, 30)
    assert threshold(0, 1, 1) == pytest.approx(math.log(len(MULTIPLES)))


@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from([0.01, 0.05, 0.5, 0.9]))
def test_the_probability_is_the_exact_binomial_tail(abandoned: int, answered: int, expected: float) -> None:
    count, share = abandoned + answered, Fraction(expected)
    exact = sum(
        math.comb(count, number) * share**number * (1 - share) ** (count - number)
        for number in range(abandoned, count + 1)
    )
    assert chance_of_as_many(abandoned, count, expected) == pytest.approx(float(exact), rel=1e-9, abs=1e-300)


def test_an_unlikely_tail_underflows_to_nothing_and_stays_a_probability() -> None:
    assert chance_of_as_many(5000, 5000, 0.01) == 0.0
    assert 0 < chance_of_as_many(5000, 100_000, 0.05) <= 1


def test_calm_is_as_evident_as_the_answered_contacts_make_it() -> None:
    raised = raised_share(0.05, 0.5)
    score, since = find_calm(newest_first([(5, 10), (0, 30), (1, 30)]), 0.05, raised, 1.0)
    assert since == 10
    assert score == pytest.approx(log_likelihood(1, 60, 0.05) - log_likelihood(1, 60, raised))
    assert find_calm(newest_first([(9, 10)]), 0.05, raised, 1.0) == (0.0, 0)
