"""Who is in a level: as a plain dict, sorted, has it, whatever the front that is kept in order."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.membership import FRONT, Membership

NAMES = st.sampled_from([f"T{number}" for number in range(24)])
STARTS = st.integers(0, 6)
STEPS = st.one_of(
    st.tuples(st.just("enter"), NAMES, STARTS),
    st.tuples(st.just("enter"), NAMES, STARTS),
    st.tuples(st.just("leave"), NAMES, STARTS),
    st.tuples(st.just("pop"), NAMES, STARTS),
    st.tuples(st.just("first"), NAMES, st.integers(1, 9)),
    st.tuples(st.just("oldest"), NAMES, STARTS),
)


class Both:
    """A membership, and what it is to be."""

    def __init__(self, least: int) -> None:
        self.held = Membership(least)
        self.plain: dict[str, int] = {}

    def order(self) -> list[tuple[int, str]]:
        return sorted((start, name) for name, start in self.plain.items())

    def enter(self, name: str, start: int) -> None:
        self.held.enter(name, start, start)
        self.plain[name] = start

    def leave(self, name: str) -> None:
        if name in self.plain:
            assert self.held.since.pop(name) == self.plain.pop(name)

    def pop(self, time: int) -> None:
        gone = [(name, start) for start, name in self.order() if start < time]
        assert self.held.pop_before(time) == gone
        for name, _ in gone:
            del self.plain[name]

    def first(self, most: int) -> None:
        assert self.held.first(most) == tuple(self.order()[:most])

    def oldest(self) -> None:
        assert self.held.oldest_us() == min(self.plain.values(), default=0)

    def do(self, step: tuple[str, str, int]) -> None:
        what, name, number = step
        if what == "enter":
            self.enter(name, number)
        elif what == "leave":
            self.leave(name)
        elif what == "pop":
            self.pop(number)
        elif what == "first":
            self.first(number)
        else:
            self.oldest()
        assert self.held.since == self.plain


@given(st.integers(1, 4), st.lists(STEPS, max_size=120))
def test_it_is_a_sorted_dict_whatever_comes_and_goes(least: int, steps: list[tuple[str, str, int]]) -> None:
    both = Both(least)
    for step in steps:
        both.do(step)
    both.first(50)
    both.pop(99)


def test_it_is_a_sorted_dict_in_hundreds_of_days_with_few_names_and_equal_starts() -> None:
    # Drawn evenly: what goes wrong only where starts are equal and fronts are made anew is rare in generated examples.
    for seed in range(400):
        source = random.Random(seed)
        both = Both(source.choice((1, 2, 3, 4, 8)))
        for _ in range(150):
            what = source.choice(("enter", "enter", "enter", "leave", "pop", "first", "oldest"))
            number = source.randint(1, 8) if what == "first" else source.randint(0, 6)
            both.do((what, f"T{source.randrange(24)}", number))


def starts_of(kind: str, count: int) -> Iterator[int]:
    source = random.Random(5)
    for number in range(count):
        yield {"random": source.randrange(count), "rising": number, "falling": count - number, "equal": 7}[kind]


@pytest.mark.parametrize("kind", ["random", "rising", "falling", "equal"])
def test_so_many_that_the_bound_is_found_in_a_sample(kind: str) -> None:
    both, source = Both(FRONT), random.Random(3)
    for number, start in enumerate(starts_of(kind, 9_000)):
        both.enter(f"T{number}", start)
    assert len(both.held.front) <= 2 * max(FRONT, 9_000 // 16)
    names = list(both.plain)
    for name in source.sample(names, 2_000):
        both.leave(name)
    for _ in range(5):
        both.oldest()
        both.first(50)
        for _, name in both.order()[:700]:
            both.leave(name)
        both.enter("again", 3)
    for time in (1_000, 5_000, 99_000):
        both.pop(time)
    assert not both.held.since


def test_one_that_comes_and_goes_at_the_front_leaves_the_front_as_it_is() -> None:
    both = Both(FRONT)
    for number in range(5_000):
        both.enter(f"T{number}", 100 + number)
    both.oldest()
    bound = both.held.bound
    assert bound is not None
    for number in range(3_000):
        both.enter("first", number % 100)
        both.leave("first")
        assert both.held.oldest_us() == 100
    assert both.held.bound == bound
    assert len(both.held.front) <= 2 * (FRONT + 5_000 // 16)
