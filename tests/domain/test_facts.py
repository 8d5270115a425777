"""What may be booked: integers of a sane size, a time there is, a segment of three parts, a finite value."""

from __future__ import annotations

from typing import Any

import pytest

from stream.domain.facts import Booking, Fact, check_fact
from stream.domain.segments import segment_of
from tests.domain.stories import measure

BINS = 2**31
"""More than any histogram has: what is stored is a signed integer of 32 bits."""
TIME_US = 1_773_133_200_000_000
EMAIL = segment_of("email", "", "")


def fact(*booked: Any, time_us: Any = TIME_US, segment: str = EMAIL, value: Any = None) -> Fact:
    return Fact(time_us, segment, (Booking(measure("offered"), *booked),), value)


@pytest.mark.parametrize(
    "good",
    [
        fact(),
        fact(-(2**53) + 1),
        fact(2**53 - 1, BINS - 1),
        fact(1, -1),
        fact(time_us=0),
        fact(time_us=253_402_300_799_999_999),
        fact(value=0.5),
    ],
)
def test_what_may_be_booked(good: Fact) -> None:
    check_fact(good)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (fact(2**53), "53 bits"),
        (fact(-(2**53)), "53 bits"),
        (fact(1, BINS), "bin"),
        (fact(1, -2), "bin"),
        (fact(time_us=-1), "time"),
        (fact(time_us=253_402_300_800_000_000), "time"),
        (fact(segment="email"), "segment"),
        (fact(value=float("nan")), "finite"),
        (fact(value=float("-inf")), "finite"),
    ],
)
def test_what_may_not_is_told(wrong: Fact, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_fact(wrong)


@pytest.mark.parametrize("wrong", [{"amount": 1.5}, {"bin_index": 1.5}, {"amount": "1"}])
def test_a_booking_that_is_no_integer_is_refused(wrong: dict[str, Any]) -> None:
    # Compiled, it cannot even be made.
    with pytest.raises(TypeError):
        check_fact(Fact(TIME_US, EMAIL, (Booking(measure("offered"), **wrong),)))


def test_a_time_that_is_no_integer_is_refused() -> None:
    with pytest.raises(TypeError):
        check_fact(fact(time_us=1.5))


def test_facts_are_equal_when_all_of_them_is() -> None:
    assert fact(1, 2, value=0.5) == fact(1, 2, value=0.5)
    assert len({fact(1, 2), fact(1, 2), fact(1, 3), fact(2, 2), fact(1, 2, value=1.0), fact(1, 2, time_us=5)}) == 5
    assert fact(1, 2) != fact(1, 2).bookings[0]
    assert fact(1, 2).bookings[0] != fact(1, 2)
