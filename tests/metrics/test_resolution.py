"""First and full resolution time, one rule per test. Times in seconds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.domain.stories import Story

BOTH = ("first_resolution", "full_resolution")


def values(story: Story) -> tuple[float | None, float | None]:
    return story.value("first_resolution"), story.value("full_resolution")


def test_solved_once_first_and_full_are_the_same() -> None:
    assert values(Story().created(10).status(70, "solved")) == (60.0, 60.0)


def test_both_are_booked_at_their_solve() -> None:
    story = Story().created(0).status(60, "solved").status(70, "open").status(90, "solved")
    assert [story.booked_at(key) for key in BOTH] == [60, 90]


def test_first_is_the_first_and_full_is_the_last_change_to_solved() -> None:
    story = Story().created(0).status(60, "solved").status(70, "open").status(90, "solved")
    assert values(story) == (60.0, 90.0)


@pytest.mark.parametrize("status", ["open", "pending", "on_hold", "new"])
def test_while_reopened_there_is_no_full_value(status: str) -> None:
    assert values(Story().created(0).status(60, "solved").status(70, status)) == (60.0, None)


def test_a_repeated_solve_is_no_change() -> None:
    assert values(Story().created(0).status(60, "solved").status(90, "solved")) == (60.0, 60.0)


def test_closing_a_solved_ticket_does_not_move_its_resolution() -> None:
    assert values(Story().created(0).status(60, "solved").status(500, "closed")) == (60.0, 60.0)


def test_closed_counts_where_solved_never_came() -> None:
    assert values(Story().created(0).status(60, "closed")) == (60.0, 60.0)


@pytest.mark.parametrize("first", ["solved", "closed"])
@pytest.mark.parametrize("last", ["solved", "closed"])
def test_solved_and_closed_are_one_and_the_same_done(first: str, last: str) -> None:
    story = Story().created(0).status(60, first).status(70, "open").status(90, last)
    assert values(story) == (60.0, 90.0)
    assert [story.booked_at(key) for key in BOTH] == [60, 90]


@pytest.mark.parametrize("statuses", [("solved", "closed"), ("closed", "solved"), ("closed", "solved", "closed")])
def test_a_change_from_one_done_to_the_other_is_no_resolution(statuses: tuple[str, ...]) -> None:
    story = Story().created(0)
    for number, status in enumerate(statuses):
        story.status(60 + number, status)
    assert values(story) == (60.0, 60.0)


def test_pending_and_on_hold_are_not_taken_out() -> None:
    story = Story().created(0).status(10, "pending").status(50, "on_hold").status(60, "solved")
    assert values(story) == (60.0, 60.0)


def test_a_ticket_closed_without_solving_and_reopened_has_its_first_value_only() -> None:
    assert values(Story().created(0).status(60, "closed").status(70, "open")) == (60.0, None)


def test_a_solve_dated_before_the_creation_is_zero() -> None:
    assert values(Story().created(100).status(60, "solved")) == (0.0, 0.0)


def test_without_a_creation_there_is_no_value() -> None:
    assert values(Story().status(60, "solved")) == (None, None)


def test_tickets_opened_by_an_agent_are_resolved_like_others() -> None:
    assert values(Story().created(0, by_agent=True).status(60, "solved")) == (60.0, 60.0)


def test_never_solved_there_is_no_value() -> None:
    assert values(Story().created(0).status(60, "open")) == (None, None)


def test_equal_times_are_ordered_by_id() -> None:
    story = Story().created(0).status(60, "solved").status(60, "open")
    assert values(story) == (60.0, None)


@pytest.mark.parametrize("leave", [Story.merged, Story.removed])
def test_a_ticket_that_left_the_figures_has_none(leave: Callable[..., Story]) -> None:
    story = Story().created(0).status(60, "solved")
    leave(story, 70)
    assert values(story) == (None, None)
