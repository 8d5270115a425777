"""Arrivals and staffing: the curve of the day, spikes, and how many agents a plan puts on."""

from __future__ import annotations

from itertools import takewhile
from random import Random

import pytest

from stream.simulate.arrivals import DAY_US, HOUR_US, MINUTE_US, Demand, Spike
from stream.simulate.staffing import PLANNED_ABANDONMENT, abandonment, desk_agents, live_agents

# 2026-01-05, a Monday.
MONDAY_US = 1_767_571_200_000_000
SATURDAY_US = MONDAY_US + 5 * DAY_US


def count(demand: Demand, start_us: int, span_us: int) -> int:
    return sum(1 for _ in takewhile(lambda time: time < start_us + span_us, demand.arrivals(Random(1), start_us)))


def test_the_mean_of_a_weekday_is_the_rate() -> None:
    demand = Demand(10.0)
    minutes = range(0, DAY_US, MINUTE_US)
    assert sum(demand.at(MONDAY_US + minute) for minute in minutes) / len(minutes) == pytest.approx(10.0, rel=1e-3)


def test_the_mean_of_the_wave_is_the_rate() -> None:
    demand = Demand(10.0, "wave")
    seconds = range(0, DAY_US, 1_000_000)
    assert sum(demand.at(MONDAY_US + second) for second in seconds) / len(seconds) == pytest.approx(10.0, rel=1e-3)


def test_as_many_arrive_as_the_rate_says() -> None:
    # 14,400 expected; three standard deviations are 360.
    assert abs(count(Demand(10.0), MONDAY_US, DAY_US) - 14_400) < 360


def test_nights_and_weekends_are_quiet() -> None:
    demand = Demand(10.0)
    assert demand.at(MONDAY_US + 3 * HOUR_US) < 1.0
    assert demand.at(MONDAY_US + 10 * HOUR_US) > 20.0
    assert demand.at(SATURDAY_US + 10 * HOUR_US) < 0.5 * demand.at(MONDAY_US + 10 * HOUR_US)


@pytest.mark.parametrize("curve", ["day", "wave"])
def test_a_spike_multiplies_what_comes_but_not_what_is_planned(curve: str) -> None:
    spike = Spike(3.0, MONDAY_US + HOUR_US, MONDAY_US + 2 * HOUR_US)
    calm, spiked = Demand(10.0, curve), Demand(10.0, curve, (spike,))  # type: ignore[arg-type] # a Literal by value
    for time_us, factor in (
        (MONDAY_US + HOUR_US - 1, 1),
        (MONDAY_US + HOUR_US, 3),
        (MONDAY_US + 2 * HOUR_US - 1, 3),
        (MONDAY_US + 2 * HOUR_US, 1),
    ):
        assert spiked.at(time_us) == pytest.approx(factor * calm.at(time_us))
        assert spiked.planned(time_us) == calm.planned(time_us)


@pytest.mark.parametrize("demand", [Demand(5.0), Demand(5.0, "wave"), Demand(5.0, "day", (Spike(9.0, 30, DAY_US),))])
def test_the_bound_of_a_minute_holds(demand: Demand) -> None:
    for block_us in range(0, DAY_US, 7 * MINUTE_US):
        bound = demand.most(block_us, block_us + MINUTE_US) * 1.05
        assert all(demand.at(block_us + second * 1_000_000) <= bound for second in range(60))


def test_a_rate_of_zero_is_refused_rather_than_searched_for_ever() -> None:
    with pytest.raises(ValueError, match="above 0 contacts a minute"):
        Demand(0.0)


def test_an_hour_of_silence_ends() -> None:
    silent = Demand(10.0, "wave", (Spike(0.0, MONDAY_US, MONDAY_US + HOUR_US),))
    assert next(silent.arrivals(Random(1), MONDAY_US)) >= MONDAY_US + HOUR_US


def test_abandonment_by_hand() -> None:
    # Chances of 0, 1, 2 … in the system: 1, 1/2, 1/12, 1/120, 1/1680 … of the sum 1.5923; those who wait leave at
    # twice the service rate: (1/12 * 2 + 1/120 * 4 + 1/1680 * 6 …) / 1.5923 / 0.5.
    assert abandonment(0.5, 1, 2.0) == pytest.approx(0.2560, abs=5e-4)


def test_nobody_abandons_where_nobody_calls() -> None:
    assert abandonment(0.0, 1, 2.0) == 0.0


@pytest.mark.parametrize("load", [0.5, 7.0, 80.0, 900.0])
def test_a_plan_is_the_fewest_agents_that_keep_it(load: float) -> None:
    agents = live_agents(load, 60.0, 60.0)
    assert abandonment(load, agents, 1.0) <= PLANNED_ABANDONMENT
    assert agents == 1 or abandonment(load, agents - 1, 1.0) > PLANNED_ABANDONMENT


def test_the_desk_has_people_to_spare() -> None:
    # 6 jobs a minute of 600 s are a load of 60; with the square root of it to spare 68.
    assert desk_agents(6.0, 600.0) == 68
    assert desk_agents(0.0, 600.0) == 1
