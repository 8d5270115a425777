"""First response time, one rule per test. Times in seconds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.domain.stories import Story


def test_it_runs_from_creation_to_the_first_public_message_of_an_agent() -> None:
    story = Story().created(100).message(160)
    assert story.value("first_response") == 60.0


def test_it_is_booked_at_the_response() -> None:
    assert Story().created(100).message(160).booked_at("first_response") == 160


def test_there_is_no_value_before_there_is_a_response() -> None:
    assert "first_response" not in Story().created(100).status(110, "open").facts


def test_later_responses_do_not_count() -> None:
    assert Story().created(0).message(60).message(90).value("first_response") == 60.0


def test_private_notes_do_not_count() -> None:
    assert Story().created(0).message(10, public=False).message(60).value("first_response") == 60.0


def test_automated_messages_do_not_count() -> None:
    assert Story().created(0).message(10, automated=True).message(60).value("first_response") == 60.0


@pytest.mark.parametrize("author", ["customer", "bot", "system"])
def test_only_agents_respond(author: str) -> None:
    assert Story().created(0).message(10, author).message(60).value("first_response") == 60.0


def test_messages_before_the_creation_do_not_count() -> None:
    assert Story().created(100).message(99).message(130).value("first_response") == 30.0


def test_a_message_at_the_very_moment_a_customer_creates_it_counts_as_zero() -> None:
    assert Story().created(100, by_customer=True).message(100).value("first_response") == 0.0


def test_the_clock_starts_anew_when_a_bot_hands_over() -> None:
    assert Story().created(0).message(5, "bot").handed_off(40).message(60).value("first_response") == 20.0


def test_the_last_hand_over_before_the_response_starts_the_clock() -> None:
    assert Story().created(0).handed_off(10).handed_off(40).message(60).value("first_response") == 20.0


def test_a_hand_over_after_the_response_changes_nothing() -> None:
    assert Story().created(0).message(60).handed_off(80).message(90).value("first_response") == 60.0


def test_a_hand_over_before_the_creation_does_not_start_the_clock() -> None:
    assert Story().created(50).handed_off(40).message(60).value("first_response") == 10.0


def test_a_person_who_answers_before_the_hand_over_is_the_first_response() -> None:
    assert Story().created(0).message(20).handed_off(40).message(60).value("first_response") == 20.0


def test_tickets_opened_by_an_agent_are_left_out() -> None:
    assert "first_response" not in Story().created(0, by_agent=True).message(60).facts


def test_without_a_creation_there_is_no_value() -> None:
    assert "first_response" not in Story().message(60).facts


def test_a_creation_that_arrives_after_the_response_gives_the_value_still() -> None:
    story = Story().message(60)
    story.created(10)
    assert story.value("first_response") == 50.0


def test_of_two_creations_the_earlier_one_starts_the_clock() -> None:
    assert Story().created(0).created(30).message(60).value("first_response") == 60.0


def test_it_is_booked_under_the_team_the_ticket_has_now() -> None:
    story = Story().created(0, "chat", "a", "low").message(60).updated(70, team="b", priority="high")
    assert story.segment("first_response") == ("chat", "b", "high")


@pytest.mark.parametrize("leave", [Story.merged, Story.removed])
def test_a_ticket_that_left_the_figures_has_none(leave: Callable[..., Story]) -> None:
    story = Story().created(0).message(60)
    leave(story, 70)
    assert story.facts == {}
