"""Contacts per customer, and repeat contacts, to the microsecond. Times in days."""

from __future__ import annotations

import pytest

from tests.domain.stories import US, Story
from tests.metrics.worlds import DAY, row_of

MICROSECOND = 1 / US


@pytest.mark.parametrize(
    ("after_seconds", "is_repeated"),
    [(0, True), (7 * DAY, True), (7 * DAY + MICROSECOND, False), (20 * DAY, False)],
)
def test_a_contact_is_repeated_within_the_days_and_at_exactly_their_end(
    after_seconds: float, is_repeated: bool
) -> None:
    story = Story(repeat_days=7).contact(1 * DAY, "a", done=1.5 * DAY).contact(1 * DAY + after_seconds, "b")
    measures = story.measures("contact/contact\x1fb\x1f")
    assert ("customer_contacts_repeated" in measures) == is_repeated
    assert "customer_contacts_repeated" not in story.measures("contact/contact\x1fa\x1f")


def test_each_is_measured_by_the_one_before_it() -> None:
    story = Story(repeat_days=7)
    for number, day in enumerate((1, 6, 12, 20)):
        story.contact(day * DAY, f"{number}")
    repeated = [key[-2] for key in story.facts if "customer_contacts_repeated" in story.measures(key)]
    assert repeated == ["1", "2"]


def test_a_ticket_that_an_agent_opened_is_no_contact_nor_one_before() -> None:
    story = Story(repeat_days=7).contact(1 * DAY, "a").contact(7 * DAY, "b", by_agent=True).contact(9 * DAY, "c")
    assert [key[-2] for key in story.facts] == ["a", "c"]
    assert "customer_contacts_repeated" not in story.measures("contact/contact\x1fc\x1f")


def test_a_customer_counts_once_at_its_latest_contact() -> None:
    story = Story().contact(1 * DAY, "a").contact(9 * DAY, "b").contact(20 * DAY, "c")
    contacting = [key[-2] for key in story.facts if "customers_contacting" in story.measures(key)]
    assert contacting == ["c"]


def test_contacts_per_customer_are_of_those_that_had_any() -> None:
    thrice = Story().contact(101 * DAY, "a").contact(110 * DAY, "b").contact(112 * DAY, "c")
    once = Story().contact(105 * DAY, "d")
    before = Story().contact(99 * DAY, "e")
    row = row_of([thrice, once, before, Story().joined(0)], "contacts_per_customer", "contacts_of_contacting")
    assert (row["sum"], row["count"], row["mean"]) == (4, 2, 2)
    row = row_of([thrice, once, before], "repeat_contact_rate", "repeated_within_days")
    assert (row["numerator"], row["denominator"], row["value"]) == (1, 4, 0.25)


def test_one_whose_contact_before_lies_before_the_window_is_repeated_in_it() -> None:
    row = row_of(
        [Story().contact(99 * DAY, "a").contact(101 * DAY, "b")], "repeat_contact_rate", "repeated_within_days"
    )
    assert (row["numerator"], row["denominator"]) == (1, 1)


def test_without_contacts_there_is_no_mean() -> None:
    assert row_of([Story().joined(0)], "contacts_per_customer", "contacts_of_contacting")["mean"] is None
