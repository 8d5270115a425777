"""NPS and CSAT of customers: each has one vote of each kind, the latest. Times in days."""

from __future__ import annotations

import pytest

from stream.domain.customer_events import CustomerMerged
from tests.domain.stories import US, Story
from tests.metrics.worlds import DAY, row_of


def nps(*scores: float, first_day: float = 101) -> Story:
    """One answer a day."""
    story = Story()
    for number, score in enumerate(scores):
        story.answer((first_day + number) * DAY, score, low=0, high=10, kind="nps")
    return story


def test_an_older_answer_is_replaced_by_a_newer_one() -> None:
    story = nps(3)
    assert story.measures("customer_nps") == ["customer_nps_answers", "customer_nps_detractors"]
    story.answer(110 * DAY, 10, low=0, high=10, kind="nps")
    assert story.measures("customer_nps") == ["customer_nps_answers", "customer_nps_promoters"]
    assert (story.booked_at("customer_nps"), story.value("customer_nps")) == (110 * DAY, 10)
    # One that was given before comes late: the newer one holds.
    story.answer(105 * DAY, 0, low=0, high=10, kind="nps")
    assert (story.booked_at("customer_nps"), story.value("customer_nps")) == (110 * DAY, 10)


@pytest.mark.parametrize(
    ("score", "counts_as"),
    [(10, "promoters"), (9, "promoters"), (8, ""), (7, ""), (6, "detractors"), (0, "detractors")],
)
def test_promoters_and_detractors(score: float, counts_as: str) -> None:
    named = [f"customer_nps_{counts_as}"] if counts_as else []
    assert nps(score).measures("customer_nps") == ["customer_nps_answers", *named]


def test_nps_is_of_customers() -> None:
    # Of answers 2 promoters and 2 detractors of 5; of customers 1 and 1 of 3.
    world = [nps(3, 10), nps(9, 5), nps(8)]
    row = row_of(world, "customer_nps", "promoters_less_detractors_of_customers")
    assert (row["numerator"], row["subtrahend"], row["denominator"], row["value"]) == (1, 1, 3, 0)
    world = [nps(3, 10), nps(9, 5, 9), nps(8)]
    row = row_of(world, "customer_nps", "promoters_less_detractors_of_customers")
    assert row["value"] == pytest.approx(100 * 2 / 3)


def test_only_answers_of_the_window_count() -> None:
    world = [nps(9, first_day=99), nps(9, first_day=100), nps(0, first_day=129), nps(0, first_day=130)]
    row = row_of(world, "customer_nps", "promoters_less_detractors_of_customers")
    assert (row["numerator"], row["subtrahend"], row["denominator"]) == (1, 1, 2)


def test_each_kind_has_its_latest() -> None:
    story = nps(3).answer(110 * DAY, 5).answer(111 * DAY, 1)
    assert story.measures("customer_nps") == ["customer_nps_answers", "customer_nps_detractors"]
    assert story.measures("customer_csat") == ["customer_csat_answers", "customer_csat_bad"]


def test_csat_is_good_in_the_top_boxes_and_bad_below_the_middle() -> None:
    world = [Story().answer(105 * DAY, score) for score in (5, 4, 3, 2)]
    top = row_of(world, "customer_csat", "top_boxes_of_customers")
    good = row_of(world, "customer_csat", "good_bad_of_customers")
    assert (top["numerator"], top["denominator"]) == (2, 4)
    assert (good["numerator"], good["denominator"]) == (2, 3)


def test_who_was_merged_has_no_vote_and_who_never_joined_has() -> None:
    story = nps(9)
    assert story.fact("customer_nps").segment == "\x1e\x1f\x1f"
    story.events.append(CustomerMerged(120 * DAY * US, "", "m", "other"))
    assert story.facts == {}
