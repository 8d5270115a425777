"""Finding the events that a ticket cannot be settled with."""

from __future__ import annotations

import random

from stream.domain.culprits import MOST_TRIES, Culprits
from stream.domain.events import Event, HandedOff
from stream.domain.log import Insertion
from stream.domain.ticket import Arrival


def arrivals(count: int) -> list[Arrival]:
    return [(HandedOff(number, "", f"{number} /s"), Insertion.ADDED, number) for number in range(count)]


def search(count: int, bad: set[int]) -> tuple[list[object], list[int], int]:
    """Origins of those refused, times of those that stay, number of tries."""
    tries = [0]

    def settle(log: list[Event]) -> int:
        tries[0] += 1
        if any(event.time_us in bad for event in log):
            raise ValueError
        return len(log)

    found = Culprits([], arrivals(count), settle, ValueError())
    for _ in found:
        pass
    return [arrival[2] for arrival, _ in found.refused], [event.time_us for event in found.log], tries[0]


def test_exactly_those_that_it_fails_with_are_refused() -> None:
    dice = random.Random(5)
    for _ in range(200):
        count = dice.randrange(1, 40)
        bad = {number for number in range(count) if dice.random() < 0.2} or {0}
        refused, stay, _ = search(count, bad)
        assert refused == sorted(bad)
        assert stay == [number for number in range(count) if number not in bad]


def test_one_among_two_thousand_is_found_in_few_tries() -> None:
    refused, stay, tries = search(2000, {1234})
    assert (refused, len(stay)) == ([1234], 1999)
    assert tries < 15


def test_the_work_is_bounded_and_what_is_left_is_refused() -> None:
    refused, stay, tries = search(2000, set(range(0, 2000, 2)))
    assert tries <= MOST_TRIES + 2
    assert len(refused) + len(stay) == 2000
    assert stay == [number for number in range(stay[-1] + 1) if number % 2]
