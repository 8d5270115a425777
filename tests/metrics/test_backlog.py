"""Open tickets and waiting contacts, one rule per test. Times in seconds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.domain.stories import Story


def is_open(story: Story) -> bool:
    return "open" in story.facts


def is_waiting(story: Story) -> bool:
    return "waiting" in story.facts


def test_a_ticket_is_open_from_its_creation() -> None:
    story = Story().created(5)
    assert (story.booked_at("open"), story.fact("open").level) == (5, True)


@pytest.mark.parametrize("status", ["solved", "closed"])
def test_a_solved_or_closed_ticket_is_not_open(status: str) -> None:
    assert not is_open(Story().created(0).status(10, status))


@pytest.mark.parametrize("status", ["new", "open", "pending", "on_hold"])
def test_any_other_status_is_open(status: str) -> None:
    assert is_open(Story().created(0).status(10, "solved").status(20, status))


def test_reopened_it_is_open_since_its_creation() -> None:
    assert Story().created(5).status(10, "solved").status(20, "open").booked_at("open") == 5


def test_a_ticket_that_is_not_known_is_not_open() -> None:
    assert not is_open(Story().message(5).status(10, "open"))


def test_a_live_contact_is_open_until_its_conversation_ends() -> None:
    story = Story().created(0, "phone").queued(0).answered(10)
    assert is_open(story)
    assert not is_open(story.ended(60))


def test_a_live_contact_that_abandons_is_not_open() -> None:
    assert not is_open(Story().created(0, "phone").queued(0).abandoned(10))


def test_a_live_contact_that_left_a_voicemail_is_open() -> None:
    assert is_open(Story().created(0, "phone").queued(0).left_queue(10, "voicemail"))


def test_a_status_outweighs_the_end_of_the_conversation() -> None:
    assert is_open(Story().created(0, "phone").status(1, "open").ended(60))


def test_a_contact_waits_since_it_queued() -> None:
    story = Story().created(0, "phone").queued(5, "a")
    assert (story.booked_at("waiting"), story.segment("waiting")) == (5, ("phone", "a", ""))


@pytest.mark.parametrize("leave", [Story.answered, Story.abandoned, Story.left_queue, Story.ended])
def test_who_left_the_queue_waits_no_more(leave: Callable[..., Story]) -> None:
    story = Story().queued(5)
    leave(story, 9)
    assert not is_waiting(story)


def test_a_transfer_waits_since_it_queued_again() -> None:
    assert Story().queued(5).answered(9).queued(30).booked_at("waiting") == 30


def test_a_contact_waits_even_where_its_creation_is_not_known() -> None:
    assert is_waiting(Story().queued(5))


@pytest.mark.parametrize("leave", [Story.merged, Story.removed])
def test_a_ticket_that_left_the_figures_is_neither(leave: Callable[..., Story]) -> None:
    story = Story().created(0).queued(5)
    leave(story, 9)
    assert story.facts == {}
