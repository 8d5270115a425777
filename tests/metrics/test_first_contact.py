"""First-contact resolution by whether the customer comes again, to the microsecond. Times in days."""

from __future__ import annotations

import pytest

from tests.domain.stories import US, Story
from tests.metrics.worlds import DAY, row_of

MICROSECOND = 1 / US
FIRST = "first_contact/contact\x1fa\x1f"


@pytest.mark.parametrize(
    ("second", "became"),
    [
        (1 * DAY, "repeated"),  # while the first was under way
        (2 * DAY, "repeated"),
        (9 * DAY, "repeated"),
        (9 * DAY + MICROSECOND, "resolved"),
    ],
)
def test_it_is_repeated_within_the_days_after_it_was_done_and_at_exactly_their_end(second: float, became: str) -> None:
    story = Story(repeat_days=7).contact(0.5 * DAY, "a", done=2 * DAY).contact(second, "b", is_open=True)
    assert story.measures(FIRST) == [f"first_contact_{became}"]
    assert story.booked_at(FIRST) == 2 * DAY


def test_the_latest_is_undecided_until_its_days_are_over() -> None:
    story = Story(repeat_days=7).contact(0, "a", done=2 * DAY)
    (booking,) = story.fact(FIRST).bookings
    assert (booking.name, booking.bin_index) == ("first_contact_undecided", 9 * 24 * 60)
    assert booking.measure.overdue == "first_contact_resolved"


def test_one_that_is_open_or_given_up_says_nothing_of_itself_and_repeats_the_one_before() -> None:
    story = Story(repeat_days=7).contact(0, "a", done=1 * DAY).contact(3 * DAY, "b")
    assert [key for key in story.facts if key.startswith("first_contact/")] == [FIRST]
    assert story.measures(FIRST) == ["first_contact_repeated"]


def test_what_an_agent_opened_repeats_nothing_and_is_none() -> None:
    story = Story(repeat_days=7).contact(0, "a", done=1 * DAY).contact(3 * DAY, "b", done=4 * DAY, by_agent=True)
    assert [key for key in story.facts if key.startswith("first_contact/")] == [FIRST]
    assert story.measures(FIRST) == ["first_contact_undecided"]


def test_the_rates_have_bounds_while_something_is_undecided() -> None:
    again = Story(repeat_days=7).contact(101 * DAY, "a", done=102 * DAY).contact(104 * DAY, "b", done=105 * DAY)
    resolved = Story(repeat_days=7).contact(101 * DAY, "c", done=102 * DAY).contact(120 * DAY, "d", is_open=True)
    world = [again, resolved]
    # a repeated, b undecided, c resolved, d open.
    rates = {name: row_of(world, "first_contact_resolution", name) for name in ("of_decided", "at_least", "at_most")}
    found = {name: (row["numerator"], row["denominator"]) for name, row in rates.items()}
    assert found == {"of_decided": (1, 2), "at_least": (1, 3), "at_most": (2, 3)}
    assert row_of(world, "first_contact_undecided", "days_not_over")["value"] == 1
