"""Unassigned tickets and the time until somebody has one. Times in seconds."""

from __future__ import annotations

import pytest

from tests.domain.stories import Story


def is_unassigned(story: Story) -> bool:
    return "unassigned" in story.facts


def test_a_ticket_is_nobodys_until_it_is_told_that_somebody_has_it() -> None:
    story = Story().created(10)
    assert (is_unassigned(story), story.booked_at("unassigned"), story.fact("unassigned").level) == (True, 10, True)
    story.updated(70, assigned=True)
    assert not is_unassigned(story)
    assert (story.value("first_assignment"), story.booked_at("first_assignment")) == (60, 70)


def test_what_is_taken_away_is_nobodys_again_and_the_first_time_stays() -> None:
    story = Story().created(0).updated(60, assigned=True).updated(90, assigned=False)
    assert is_unassigned(story)
    story.updated(200, assigned=True)
    assert (is_unassigned(story), story.value("first_assignment")) == (False, 60)


def test_a_ticket_that_is_somebodys_from_the_beginning_waited_for_nobody() -> None:
    story = Story().created(5, assigned=True)
    assert (is_unassigned(story), story.value("first_assignment")) == (False, 0)


def test_where_nothing_is_told_the_first_reply_of_a_person_takes_the_ticket() -> None:
    story = Story().created(0).message(5, "agent", automated=True).message(6, "agent", public=False).message(7, "bot")
    assert is_unassigned(story)
    story.message(30).message(40)
    assert (is_unassigned(story), story.value("first_assignment")) == (False, None)


def test_where_nothing_is_told_the_answer_takes_the_contact() -> None:
    story = Story().created(0, "phone").queued(2).answered(12)
    assert (is_unassigned(story), story.value("first_assignment")) == (False, None)


def test_the_word_of_the_source_outweighs_a_reply() -> None:
    story = Story().created(0, assigned=False).message(30)
    assert (is_unassigned(story), story.value("first_assignment")) == (True, None)
    # Also where it comes after the reply.
    story = Story().created(0).message(30).updated(90, assigned=True)
    assert (is_unassigned(story), story.value("first_assignment")) == (False, 90)


@pytest.mark.parametrize("status", ["solved", "closed"])
def test_what_is_done_is_nobodys_no_more(status: str) -> None:
    assert not is_unassigned(Story().created(0).status(9, status))


def test_a_change_of_team_says_nothing_of_who_has_it() -> None:
    assert is_unassigned(Story().created(0).updated(9, team="b"))


def test_a_ticket_that_is_not_known_is_nobodys_concern() -> None:
    story = Story().updated(9, assigned=True)
    assert "first_assignment" not in story.facts
    assert story.created(20).value("first_assignment") == 0
