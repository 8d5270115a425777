"""Time in status of resolved tickets. Times in seconds."""

from __future__ import annotations

from tests.domain.stories import Story

KEYS = ("requester_wait", "agent_wait", "on_hold_time", "solve_time")


def spans(story: Story) -> list[float | None]:
    return [story.value(key) for key in KEYS]


def test_before_the_first_status_a_ticket_is_new() -> None:
    assert spans(Story().created(0).status(60, "solved")) == [60.0, 0.0, 0.0, 60.0]


def test_each_status_is_where_it_belongs() -> None:
    story = Story().created(0).status(10, "open").status(30, "pending").status(60, "on_hold").status(100, "open")
    assert spans(story.status(150, "solved")) == [120.0, 30.0, 40.0, 80.0]
    assert story.booked_at("agent_wait") == 150


def test_time_in_which_it_was_done_is_none_of_them() -> None:
    story = Story().created(0).status(10, "solved").status(50, "pending").status(60, "solved")
    assert spans(story) == [10.0, 10.0, 0.0, 10.0]


def test_while_reopened_there_is_none() -> None:
    assert spans(Story().created(0).status(10, "solved").status(50, "open")) == [None] * 4


def test_a_change_dated_before_the_creation_takes_effect_at_it() -> None:
    assert spans(Story().created(100).status(10, "pending").status(160, "solved")) == [0.0, 60.0, 0.0, 0.0]
    assert spans(Story().created(100).status(10, "solved")) == [0.0] * 4


def test_closing_what_is_solved_adds_nothing() -> None:
    assert spans(Story().created(0).status(10, "solved").status(90, "closed")) == [10.0, 0.0, 0.0, 10.0]


def test_without_a_creation_there_is_none() -> None:
    assert spans(Story().status(10, "solved")) == [None] * 4
