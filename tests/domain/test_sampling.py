"""The distance of what was drawn from what it was drawn from, and what chance alone would make of it."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.sampling import distance_of


@pytest.mark.parametrize(
    ("drawn", "population", "value"),
    [
        ({1: 5, 2: 5}, {1: 50, 2: 50}, 0.0),
        ({1: 10}, {1: 50, 2: 50}, 0.5),
        ({1: 8, 2: 2}, {1: 50, 2: 50}, 0.3),
        # Of three channels in which 60, 30 and 10 % of the tickets are, 50, 50 and 0 % of the answers: (10+20+10)/2.
        ({1: 5, 2: 5}, {1: 60, 2: 30, 3: 10}, 0.2),
        # All of a small segment, and nothing of the large one.
        ({2: 1}, {1: 99, 2: 1}, 0.99),
        ({7: 3}, {7: 3}, 0.0),
    ],
)
def test_half_of_what_the_shares_differ(drawn: dict[int, int], population: dict[int, int], value: float) -> None:
    found = distance_of(drawn, population)
    assert found.value == value
    assert (found.count, found.population) == (sum(drawn.values()), sum(population.values()))
    assert found.segments == len(population)


@pytest.mark.parametrize(("drawn", "population"), [({}, {}), ({}, {1: 5})])
def test_of_nothing_there_is_no_distance(drawn: dict[int, int], population: dict[int, int]) -> None:
    found = distance_of(drawn, population)
    assert (found.value, found.by_chance, found.count) == (None, None, 0)


_POPULATION = st.lists(st.integers(1, 4), min_size=1, max_size=4).filter(lambda there: sum(there) <= 9)


@given(_POPULATION, st.data())
def test_by_chance_is_the_mean_over_all_ways_to_draw_so_many(there: list[int], data: st.DataObject) -> None:
    people = [segment for segment, n in enumerate(there) for _ in range(n)]
    count = data.draw(st.integers(1, len(people)))
    population = dict(enumerate(there))
    distances: list[float] = []
    for chosen in combinations(people, count):
        found = distance_of({segment: chosen.count(segment) for segment in set(chosen)}, population)
        assert found.value is not None
        distances.append(found.value)
    assert found.by_chance == pytest.approx(sum(distances) / len(distances), abs=1e-6)


@given(st.dictionaries(st.integers(0, 9), st.integers(1, 10**6), min_size=1), st.data())
def test_it_lies_between_0_and_1_whatever_the_segments_are_called(
    population: dict[int, int], data: st.DataObject
) -> None:
    drawn = {segment: data.draw(st.integers(0, there)) for segment, there in population.items()}
    found = distance_of(drawn, population)
    order = data.draw(st.permutations(sorted(population)))
    other = distance_of(
        {order.index(segment) + 100: n for segment, n in drawn.items()},
        {order.index(segment) + 100: population[segment] for segment in order},
    )
    assert other == found
    if found.count:
        assert found.value is not None
        assert found.by_chance is not None
        assert 0 <= found.value <= 1
        assert 0 <= found.by_chance <= 1
        if drawn == population:
            assert (found.value, found.by_chance) == (0, 0)


def test_many_answers_leave_chance_little() -> None:
    tickets = dict.fromkeys(range(10), 1000)
    few, many = (distance_of(dict.fromkeys(range(10), n), tickets).by_chance for n in (1, 100))
    assert few is not None
    assert many is not None
    assert (round(few, 3), round(many, 3)) == (0.349, 0.036)
