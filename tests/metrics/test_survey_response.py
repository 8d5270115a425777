"""What became of surveys that were sent."""

from __future__ import annotations

import pytest

from tests.domain.stories import Story

SENT = ["surveys_sent", "csat_surveys_sent", "surveys_sent_by_hour"]


def test_a_survey_counts_when_it_was_sent_with_what_came_back() -> None:
    story = Story().survey_sent(10)
    assert story.measures("survey_sent/q") == SENT
    story.survey(90, 4)
    assert story.measures("survey_sent/q") == [*SENT, "surveys_answered", "csat_surveys_answered"]
    assert story.booked_at("survey_sent/q") == 10


@pytest.mark.parametrize(("declined", "measure"), [(True, "surveys_declined"), (False, "surveys_expired")])
def test_declined_and_expired(declined: bool, measure: str) -> None:
    story = Story().survey_sent(10).survey_ended(20, declined=declined)
    assert story.measures("survey_sent/q") == [*SENT, measure]
    assert "surveys_answered" in story.survey(30, 4).measures("survey_sent/q")


def test_an_end_after_the_answer_changes_nothing() -> None:
    story = Story().survey_sent(10).survey(15, 4).survey_ended(20)
    assert "surveys_answered" in story.measures("survey_sent/q")


def test_a_withdrawn_answer_is_none() -> None:
    assert Story().survey_sent(10).survey(15, 4).withdrawn(20).measures("survey_sent/q") == SENT


def test_an_answer_to_nothing_that_was_sent_is_in_no_rate() -> None:
    story = Story().survey(15, 4)
    assert story.measures("survey_unsent/q") == ["surveys_answered_unsent"]
    assert "survey_sent/q" not in story.facts
    assert "survey_unsent/q" not in story.survey_sent(20).facts


def test_by_kind() -> None:
    story = Story().survey_sent(1, kind="nps").survey(2, 9, low=0, high=10, kind="nps")
    assert story.measures("survey_sent/q") == [
        "surveys_sent",
        "nps_surveys_sent",
        "surveys_sent_by_hour",
        "surveys_answered",
        "nps_surveys_answered",
    ]
