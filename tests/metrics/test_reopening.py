"""Reopenings, reopen rate, one touch. Times in seconds."""

from __future__ import annotations

import pytest

from tests.domain.stories import Story


def test_every_reopening_counts_when_it_happens() -> None:
    story = Story().created(0).status(10, "solved").status(20, "open").status(30, "closed").status(40, "pending")
    assert [key for key in story.facts if key.startswith("reopening/")] == ["reopening/1", "reopening/2"]
    assert story.booked_at("reopening/2") == 40


def test_a_ticket_reopened_twice_is_one_of_those_resolved() -> None:
    story = Story().created(0).status(10, "solved")
    assert story.measures("resolved") == ["resolved"]
    story.status(20, "open").status(30, "solved").status(40, "open")
    assert story.measures("resolved") == ["resolved", "reopened"]
    assert story.booked_at("resolved") == 10


@pytest.mark.parametrize(("replies", "is_one"), [(0, False), (1, True), (2, False)])
def test_one_touch_is_exactly_one_reply(replies: int, is_one: bool) -> None:
    story = Story().created(0)
    for number in range(replies):
        story.message(1 + number)
    story.status(50, "solved")
    assert ("one_touch" in story.measures("touches")) == is_one


def test_while_reopened_there_is_no_touch() -> None:
    assert "touches" not in Story().created(0).message(1).status(2, "solved").status(3, "open").facts


def test_a_late_reply_takes_the_one_touch_back() -> None:
    story = Story().created(0).message(1).status(50, "solved").message(20)
    assert story.measures("touches") == ["touched"]
