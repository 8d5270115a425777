"""Customers at risk now: when it begins, what ends it, and that they are told by name. Times in days."""

from __future__ import annotations

import pytest

from stream.domain.customer_events import CustomerMerged
from stream.metrics.customers_at_risk import AT_RISK
from tests.domain.stories import US, Story
from tests.metrics.worlds import DAY, row_of


def let_down(score: float = 3, *, answered: float = 4, opened: float = 9) -> Story:
    story = Story().answer(answered * DAY, score, low=0, high=10, kind="nps")
    return story.contact(opened * DAY, "open", is_open=True)


@pytest.mark.parametrize(("answered", "opened"), [(4, 9), (9, 4)])
def test_it_begins_with_the_later_of_answer_and_open_ticket(answered: float, opened: float) -> None:
    story = let_down(answered=answered, opened=opened)
    assert story.booked_at("at_risk") == 9 * DAY
    assert (story.fact("at_risk").level, story.measures("at_risk")) == (True, ["customers_at_risk"])


def test_of_several_open_tickets_the_oldest_counts_and_those_of_agents_too() -> None:
    story = let_down(answered=1).contact(5 * DAY, "older", is_open=True, by_agent=True)
    assert story.booked_at("at_risk") == 5 * DAY
    by_agent = Story().answer(1 * DAY, 1).contact(2 * DAY, is_open=True, by_agent=True)
    assert by_agent.booked_at("at_risk") == 2 * DAY


def test_one_of_the_two_alone_is_none() -> None:
    assert "at_risk" not in Story().answer(4 * DAY, 1).facts
    assert "at_risk" not in Story().contact(9 * DAY, is_open=True).facts


def test_it_ends_when_the_last_open_ticket_is_solved_or_given_up() -> None:
    solved = Story().answer(4 * DAY, 1).contact(9 * DAY, done=10 * DAY)
    given_up = Story().answer(4 * DAY, 1).contact(9 * DAY)
    assert "at_risk" not in solved.facts
    assert "at_risk" not in given_up.facts
    assert solved.contact(12 * DAY, is_open=True).booked_at("at_risk") == 12 * DAY


@pytest.mark.parametrize(("score", "kind"), [(5, "csat"), (3, "csat"), (10, "nps"), (7, "nps")])
def test_it_ends_with_a_later_answer_that_is_good_or_neutral_of_whichever_kind(score: float, kind: str) -> None:
    story = let_down()
    if kind == "csat":
        story.answer(10 * DAY, score)
    else:
        story.answer(10 * DAY, score, low=0, high=10, kind="nps")
    assert "at_risk" not in story.facts


@pytest.mark.parametrize(("score", "is_bad"), [(6, True), (7, False)])
def test_a_detractor_is_bad(score: float, is_bad: bool) -> None:
    assert ("at_risk" in let_down(score).facts) == is_bad


@pytest.mark.parametrize(("score", "is_bad"), [(2, True), (3, False)])
def test_a_csat_answer_is_bad_below_the_middle_of_its_scale(score: float, is_bad: bool) -> None:
    assert ("at_risk" in Story().answer(4 * DAY, score).contact(9 * DAY, is_open=True).facts) == is_bad


def test_a_good_answer_of_before_ends_nothing() -> None:
    story = let_down().answer(1 * DAY, 5)
    assert story.booked_at("at_risk") == 9 * DAY


def test_who_left_is_at_risk_no_more_until_it_comes_back_and_who_never_joined_is() -> None:
    story = let_down().joined(1 * DAY)
    assert "at_risk" in story.facts
    story.left(10 * DAY)
    assert "at_risk" not in story.facts
    assert story.joined(11 * DAY).booked_at("at_risk") == 9 * DAY


def test_who_was_merged_is_not_there() -> None:
    story = let_down()
    story.events.append(CustomerMerged(11 * DAY * US, "", "m", "other"))
    assert story.facts == {}


def test_the_row_counts_customers() -> None:
    world = [let_down(), let_down(), let_down(9), Story().joined(0)]
    assert row_of(world, "customers_at_risk", "bad_answer_and_open_ticket")["value"] == 2


def test_they_are_told_by_name() -> None:
    assert AT_RISK.listed
