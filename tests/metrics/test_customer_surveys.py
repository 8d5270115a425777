"""Customers asked again soon: the rest, and which surveys came within it."""

from __future__ import annotations

import pytest

from stream.domain.cells import Cell, Cells, merge_cells
from stream.domain.facts import Fact
from stream.domain.rows import make_row
from stream.metrics.customer_surveys import AGAIN, ASKED, METRIC
from tests.domain.stories import Story

DAY = 86_400
AGAIN_TOO = ["customer_surveys", "customer_surveys_again"]


def facts_of(story: Story) -> list[Fact]:
    """Those of surveys, by their time."""
    asked = [fact for key, fact in story.facts.items() if key.startswith("asked/")]
    return sorted(asked, key=lambda fact: fact.time_us)


def cells_of(story: Story) -> Cells:
    found: Cells = {}
    for fact in facts_of(story):
        for booking in fact.bookings:
            merge_cells(found, {booking.name: Cell(1)})
    return found


@pytest.mark.parametrize(
    ("days", "again"),
    [
        ((0,), []),
        ((0, 30), [1]),
        ((0, 31), []),
        ((0, 31, 32), [2]),
        # The one before counts, though it came too soon itself.
        ((0, 20, 40, 80), [1, 2]),
        # Two that go out at once are one too many.
        ((5, 5), [1]),
        # Told late: the log is in the order of time.
        ((40, 0, 20), [1, 2]),
    ],
)
def test_a_survey_within_the_rest_is_one_too_many(days: tuple[float, ...], again: list[int]) -> None:
    story = Story(survey_rest_days=30)
    for day in days:
        story.asked(day * DAY)
    facts = facts_of(story)
    booked = [[booking.name for booking in fact.bookings] for fact in facts]
    assert [number for number, names in enumerate(booked) if names == AGAIN_TOO] == again
    assert all(names[0] == "customer_surveys" for names in booked)
    assert [fact.time_us for fact in facts] == [round(day * DAY * 1e6) for day in sorted(days)]


def test_it_is_booked_where_the_customer_is_and_not_to_the_microsecond_of_a_day_that_is_none() -> None:
    story = Story(survey_rest_days=0.5).joined(0, "gold").asked(DAY).asked(DAY + DAY / 2).asked(2 * DAY + 0.000001)
    cells = cells_of(story)
    assert (cells[ASKED.name].count, cells[AGAIN.name].count) == (3, 1)
    assert {fact.segment for fact in facts_of(story)} == {"\x1egold\x1f\x1f"}


def test_a_share_with_its_interval() -> None:
    story = Story(survey_rest_days=7)
    for day in (0, 3, 20, 40):
        story.asked(day * DAY)
    row = make_row(METRIC.rows[0], "all", "", "30d", None, cells_of(story))
    assert (row["numerator"], row["denominator"], row["value"]) == (1, 4, 0.25)
    assert (round(row["low"], 4), round(row["high"], 4)) == (0.0456, 0.6994)
    nobody = make_row(METRIC.rows[0], "all", "", "30d", None, {})
    assert (nobody["value"], nobody["low"], nobody["denominator"]) == (None, None, 0)
