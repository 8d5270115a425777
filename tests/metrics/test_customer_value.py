"""Revenue per customer, lifetime value, realised and projected with its parts, of a world worked out. Times in days."""

from __future__ import annotations

import pytest

from stream.domain.customer_events import CustomerMerged, CustomerRefund
from tests.domain.stories import US, Story
from tests.metrics.worlds import DAY, cells_of, row_of

UNIT = 1_000_000
MARGIN = {"margin_millionths": 400_000}


def refund(story: Story, day: float, amount: int, currency: str = "EUR") -> Story:
    uid = f"{len(story.events):04d} /t"
    story.events.append(CustomerRefund(round(day * DAY * US), "", uid, amount, currency))
    return story


def world() -> list[Story]:
    """Of the 30 days from the hundredth on: S 4, E 2, N 1, L 3, and a revenue of 60 + 40 - 10 + 30."""
    leaves = Story(**MARGIN).joined(0).purchase(50 * DAY, 100 * UNIT).purchase(105 * DAY, 60 * UNIT).left(110 * DAY)
    stays = refund(Story(**MARGIN).joined(0).purchase(105 * DAY, 40 * UNIT), 120, 10 * UNIT)
    bought_nothing = Story(**MARGIN).joined(0).left(115 * DAY)
    came_back = Story(**MARGIN).joined(0).left(105 * DAY).joined(120 * DAY).purchase(125 * DAY, 30 * UNIT)
    return [leaves, stays, bought_nothing, came_back]


def test_revenue_per_customer_is_of_those_now_and_those_that_left() -> None:
    row = row_of(world(), "revenue_per_customer", "net_revenue_of_customers")
    assert (row["sum"], row["count"], row["mean"]) == (120, 5, 24)


def test_realised_is_the_mean_of_all_that_those_had_brought_that_left_for_good() -> None:
    row = row_of(world(), "customer_lifetime_value", "realised_of_left")
    assert (row["sum"], row["count"], row["mean"]) == (160, 2, 80)


def test_projected_is_revenue_times_margin_by_churn() -> None:
    row = row_of(world(), "customer_lifetime_value", "projected_by_churn")
    assert (row["sum"], row["count"], row["mean"]) == (48, 3, 16)
    # Its parts: revenue of each of the beginning, margin, and those of the beginning that left.
    churn = row_of(world(), "customer_churn", "left_of_beginning")
    assert (churn["numerator"], churn["denominator"]) == (3, 4)
    assert row["mean"] == pytest.approx(120 / churn["denominator"] * 0.4 / churn["value"])


def test_where_nobody_left_there_is_neither() -> None:
    stays = [Story().joined(0).purchase(105 * DAY, 40 * UNIT)]
    for definition in ("realised_of_left", "projected_by_churn"):
        assert row_of(stays, "customer_lifetime_value", definition)["mean"] is None
    assert row_of(stays, "revenue_per_customer", "net_revenue_of_customers")["mean"] == 40


def test_who_joined_in_the_window_and_left_is_in_the_realised_value_only() -> None:
    short = [Story().joined(101 * DAY).purchase(101 * DAY, 10 * UNIT).left(110 * DAY)]
    assert row_of(short, "customer_lifetime_value", "realised_of_left")["mean"] == 10
    assert row_of(short, "customer_lifetime_value", "projected_by_churn")["count"] == 0


def test_what_comes_after_leaving_corrects_the_lifetime_and_keeps_its_time() -> None:
    story = Story().joined(0).purchase(1 * DAY, 50 * UNIT).left(5 * DAY)
    assert (story.value("lifetime"), story.booked_at("lifetime")) == (50, 5 * DAY)
    refund(story, 9, 20 * UNIT)
    assert (story.value("lifetime"), story.booked_at("lifetime")) == (30, 5 * DAY)
    assert story.booked_at("purchase/0003 /t") == 9 * DAY


def test_who_comes_back_has_a_lifetime_no_more_until_it_leaves_again() -> None:
    story = Story().joined(0).purchase(1 * DAY, 50 * UNIT).left(5 * DAY).joined(9 * DAY)
    assert "lifetime" not in story.facts
    story.purchase(10 * DAY, 7 * UNIT).left(11 * DAY)
    assert (story.value("lifetime"), story.booked_at("lifetime")) == (57, 11 * DAY)


def test_who_never_joined_brings_revenue_and_has_no_lifetime() -> None:
    story = Story().purchase(1 * DAY, 50 * UNIT).left(5 * DAY)
    assert list(story.facts) == ["purchase/0000 /t"]


def test_other_currencies_count_by_their_rate_and_one_without_is_worth_nothing() -> None:
    rates = (("EUR", 1_000_000_000), ("CHF", 1_050_000_000))
    story = Story(currencies=rates).joined(0).purchase(DAY, 100 * UNIT, "CHF").purchase(DAY, 100 * UNIT, "USD")
    assert [fact.value for key, fact in story.facts.items() if key.startswith("purchase/")] == [105]


def test_the_margin_is_of_each_amount_in_millionths() -> None:
    story = refund(Story(**MARGIN).joined(0).purchase(105 * DAY, 40 * UNIT), 106, 10 * UNIT)
    cells = cells_of([story])
    assert (cells["customer_revenue"].sum, cells["customer_margin"].sum) == (30 * UNIT, 12 * UNIT)


def test_a_sum_of_mistakes_is_cut_to_what_can_be_booked() -> None:
    story = Story().joined(0)
    for _ in range(3):
        story.purchase(DAY, (1 << 52) - 1)
    (booking,) = story.left(2 * DAY).fact("lifetime").bookings
    assert booking.amount == (1 << 53) - 1


def test_who_was_merged_has_brought_nothing() -> None:
    story = Story().joined(0).purchase(1 * DAY, 50 * UNIT).left(5 * DAY)
    story.events.append(CustomerMerged(6 * DAY * US, "", "m", "other"))
    assert story.facts == {}
