"""Customers now, joined, left; churn by both formulas, retention: S, E, N and L worked out by hand. Times in days."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from stream.domain.customer_events import CustomerMerged
from tests.domain.stories import US, Story
from tests.metrics.worlds import DAY, WINDOW, row_of

SLOT = 10


def customer(*times: float) -> Story:
    """Joins, leaves, joins again and so on at these days."""
    story = Story()
    for number, day in enumerate(times):
        story = story.left(day * DAY) if number % 2 else story.joined(day * DAY)
    return story


def numbers(world: Iterable[Story]) -> dict[str, float | None]:
    """Customers now, joined, left, churn by both formulas, and retention."""
    world = list(world)
    rows = {
        "now": ("customers", "joined_not_left"),
        "joined": ("customers_joined", "joined_or_came_back"),
        "left": ("customers_left", "left"),
        "net": ("customer_churn", "net_of_beginning"),
        "of_beginning": ("customer_churn", "left_of_beginning"),
        "retention": ("customer_retention", "end_without_new_of_beginning"),
    }
    return {name: row_of(world, *row)["value"] for name, row in rows.items()}


def found(
    now: int, joined: int, left: int, net: float | None, of_beginning: float | None, retention: float | None
) -> object:
    return {
        "now": now,
        "joined": joined,
        "left": left,
        "net": net,
        "of_beginning": of_beginning,
        "retention": retention,
    }


def test_a_thousand_and_eight_hundred_at_the_end_is_a_churn_of_a_fifth() -> None:
    world = [customer(1)] * 800 + [customer(1, 110)] * 200
    assert numbers(world) == found(800, 0, 200, 0.2, 0.2, 0.8)


def test_fifty_new_ones_of_the_eight_hundred_tell_the_formulas_apart() -> None:
    world = [customer(1)] * 750 + [customer(1, 110)] * 250 + [customer(120)] * 50
    assert numbers(world) == found(800, 50, 250, 0.2, 0.25, 0.75)
    row = row_of(world, "customer_churn", "left_of_beginning")
    assert (row["numerator"], row["denominator"]) == (250, 1000)


def test_who_joins_and_leaves_in_one_window_was_not_there_at_its_beginning() -> None:
    # S 4, E 4, N 1, L 1: it lowers retention, and neither churn.
    assert numbers([customer(1)] * 4 + [customer(105, 110)]) == found(4, 1, 1, 0, 0, 0.75)


def test_who_leaves_twice_has_left_once_and_who_joins_twice_has_joined_once() -> None:
    twice = Story().joined(1 * DAY).joined(102 * DAY).left(110 * DAY).left(111 * DAY)
    assert [key for key in twice.facts if key.startswith(("joined/", "left/"))] == ["joined/1", "left/1"]
    assert twice.booked_at("left/1") == 110 * DAY
    assert numbers([twice, customer(1)]) == found(1, 0, 1, 0.5, 0.5, 0.5)


def test_who_leaves_without_having_joined_is_nowhere() -> None:
    assert "left/1" not in Story().left(110 * DAY).facts
    assert numbers([Story().left(110 * DAY)]) == found(0, 0, 0, None, None, None)


def test_who_comes_back_has_left_and_joined_again() -> None:
    back = customer(1, 110, 120)
    assert (back.booked_at("joined/2"), back.booked_at("customer")) == (120 * DAY, 120 * DAY)
    # S 2, E 2, N 1, L 1.
    assert numbers([back, customer(1)]) == found(2, 1, 1, 0, 0.5, 0.5)


def test_who_comes_back_and_leaves_again_in_one_window_has_left_twice_and_was_lost_once() -> None:
    # S 2, E 1, N 1, L 2: the second time it was not one of the beginning.
    assert numbers([customer(1, 105, 110, 120), customer(1)]) == found(1, 1, 2, 0.5, 0.5, 0)


def test_who_was_merged_is_in_no_figure() -> None:
    merged = Story().joined(1 * DAY).left(110 * DAY)
    merged.events.append(CustomerMerged(111 * DAY * US, "", "m", "other"))
    assert merged.facts == {}
    assert numbers([merged, customer(1)]) == found(1, 0, 0, 0, 0, 1)


def test_more_customers_than_before_is_a_churn_below_nothing() -> None:
    world = [customer(1), customer(105), customer(106)]
    assert numbers(world) == found(3, 2, 0, -2, 0, 1)
    row = row_of(world, "customer_churn", "net_of_beginning")
    assert (row["low"], row["high"]) == (None, None), "no share"


def test_of_nobody_there_is_no_churn() -> None:
    assert numbers([customer(105, 110)]) == found(0, 1, 1, None, None, None)


@pytest.mark.parametrize(("joined", "is_of_beginning"), [(WINDOW[0] - SLOT, True), (WINDOW[0], False)])
def test_of_the_beginning_is_who_joined_before_it(joined: int, is_of_beginning: bool) -> None:
    world = [Story().joined(joined).left(110 * DAY), customer(1)]
    row = row_of(world, "customer_churn", "left_of_beginning")
    assert (row["numerator"], row["denominator"]) == ((1, 2) if is_of_beginning else (0, 1))


def test_all_stands_under_what_the_customer_is_now() -> None:
    story = Story().joined(1 * DAY, "basic", "EMEA").left(2 * DAY).joined(3 * DAY, "gold")
    places = {fact.segment for fact in story.facts.values()}
    assert places == {"\x1egold\x1fEMEA\x1f"}
