"""Erlang C and A: published values, each other at their limits, and a plain simulation of the queue."""

from __future__ import annotations

import heapq
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.staffing import Demand, agents_needed, erlang_b, outlook
from stream.domain.staffing import _erlang_a_by_sums as by_sums

CALLS = Demand(100 / 1800, 180)
IMPATIENT = Demand(100 / 1800, 180, patience_seconds=120)


@pytest.mark.parametrize(("agents", "level", "wait"), [(13, 0.795595, 17.1162), (14, 0.888350, 7.8359)])
def test_erlang_c(agents: int, level: float, wait: float) -> None:
    found = outlook(CALLS, agents, 20)
    assert (round(found.service_level, 6), round(found.mean_wait_seconds, 4)) == (level, wait)


@pytest.mark.parametrize(("agents", "abandonment", "wait"), [(10, 0.137464, 16.4957), (12, 0.061597, 7.3917)])
def test_erlang_a(agents: int, abandonment: float, wait: float) -> None:
    found = outlook(IMPATIENT, agents, 20)
    assert (round(found.abandonment, 6), round(found.mean_wait_seconds, 4)) == (abandonment, wait)


def test_agents_needed_are_the_fewest_that_do() -> None:
    found = agents_needed(CALLS, 20, 0.8)
    assert found is not None
    assert found.agents == 14
    assert outlook(CALLS, 13, 20).service_level < 0.8
    assert agents_needed(Demand(0, 180), 20, 0.8).agents == 1  # type: ignore[union-attr]  # nothing to do: one is enough
    assert agents_needed(Demand(1000, 1800), 20, 0.8) is None


def test_fewer_agents_than_work_never_catch_up_unless_people_leave() -> None:
    assert outlook(CALLS, 10, 20).mean_wait_seconds == math.inf
    assert 0 < outlook(IMPATIENT, 5, 20).service_level < 0.5
    assert outlook(IMPATIENT, 0, 20).abandonment == 1.0


@pytest.mark.parametrize(("agents", "within"), [(10, 20), (12, 20), (14, 5), (8, 60)])
def test_erlang_a_is_what_a_simulated_queue_does(agents: int, within: float) -> None:
    chance = random.Random(agents)
    now, answered, lost, count = 0.0, 0, 0, 60_000
    free = [0.0] * agents
    for _ in range(count):
        now += chance.expovariate(IMPATIENT.contacts_per_second)
        wait = max(now, free[0]) - now
        if wait > chance.expovariate(1 / 120):
            lost += 1
        else:
            heapq.heapreplace(free, now + wait + chance.expovariate(1 / IMPATIENT.handle_seconds))
            answered += wait <= within
    found = outlook(IMPATIENT, agents, within)
    assert found.service_level == pytest.approx(answered / count, abs=0.015)
    assert found.abandonment == pytest.approx(lost / count, abs=0.015)


@given(st.floats(0.001, 20), st.floats(10, 2000), st.floats(10, 2000), st.floats(0, 600), st.integers(1, 3000))
def test_more_agents_are_never_worse_and_shares_are_shares(
    arrivals: float, handle: float, patience: float, within: float, agents: int
) -> None:
    demand = Demand(arrivals, handle, patience)
    one, more = outlook(demand, agents, within), outlook(demand, agents + 1, within)
    assert -1e-6 <= one.service_level <= more.service_level + 1e-6 <= 1 + 2e-6
    assert -1e-6 <= more.abandonment <= one.abandonment + 1e-6 <= 1 + 2e-6


def test_with_endless_patience_a_becomes_c() -> None:
    patient = Demand(CALLS.contacts_per_second, 180, patience_seconds=1e7)
    assert outlook(patient, 13, 20).service_level == pytest.approx(outlook(CALLS, 13, 20).service_level, abs=1e-4)


def test_erlang_b_of_a_known_table() -> None:
    assert erlang_b(10, 5.0) == pytest.approx(0.018385, abs=1e-6)
    assert erlang_b(0, 5.0) == 1.0


@given(st.floats(0.001, 0.5), st.floats(10, 1000), st.floats(2, 500), st.integers(1, 60))
def test_nobody_waits_as_often_as_the_chain_of_states_says(
    arrivals: float, handle: float, patience: float, agents: int
) -> None:
    """How many are there is a birth-and-death process; those who come while an agent is free are answered at once."""
    weights, state = [1.0], 0
    while state < agents or weights[-1] > 1e-15 * max(weights):
        state += 1
        leaving = min(state, agents) / handle + max(0, state - agents) / patience
        weights.append(weights[-1] * arrivals / leaving)
    found = outlook(Demand(arrivals, handle, patience), agents, 0)
    assert found.service_level == pytest.approx(sum(weights[:agents]) / sum(weights), abs=1e-9)
    gone = sum(weight * (at - agents) / patience for at, weight in enumerate(weights) if at > agents)
    assert found.abandonment == pytest.approx(gone / sum(weights) / arrivals, abs=1e-9)


@pytest.mark.parametrize("arrivals", [0.05, 0.5, 4.0])
def test_both_ways_to_the_integrals_give_the_same(arrivals: float) -> None:
    demand = Demand(arrivals, 180, 120)
    agents = round(demand.load)
    series, sums = outlook(demand, agents, 20), by_sums(demand, 120, agents, 20)
    assert series.service_level == pytest.approx(sums.service_level, abs=1e-5)
    assert series.abandonment == pytest.approx(sums.abandonment, abs=1e-5)
