"""What a ticket's log says, one rule per test. Times in seconds."""

from __future__ import annotations

import pytest

from stream.domain.segments import segment_of
from tests.domain.stories import US, Story


def test_routing_fields_are_the_last_that_were_given() -> None:
    line = Story().created(0, "chat", "a", "low").updated(5, team="b").updated(9, priority="high").timeline
    assert line.segment == segment_of("chat", "b", "high")


def test_a_field_an_update_does_not_name_stays() -> None:
    assert Story().created(0, "chat", "a").updated(5, priority="high").timeline.segment == segment_of(
        "chat", "a", "high"
    )


def test_updates_that_arrive_before_the_creation_count_by_their_time() -> None:
    story = Story().updated(5, team="b")
    assert story.created(0, "chat", "a").timeline.segment == segment_of("chat", "b", "")


def test_without_a_creation_there_is_no_creation_time() -> None:
    assert Story().message(5).timeline.created_us is None


def test_who_opened_the_ticket_is_said_by_its_first_creation() -> None:
    assert Story().created(0, by_agent=True).created(5).timeline.opened_by_agent


def test_repeated_statuses_are_left_out() -> None:
    line = Story().created(0).status(1, "open").status(2, "open").status(3, "solved").timeline
    assert line.statuses.changes == [(1 * US, "open"), (3 * US, "solved")]


def test_human_replies_are_public_messages_of_agents_that_nobody_automated() -> None:
    story = Story().message(1).message(2, "bot").message(3, public=False).message(4, automated=True).message(5)
    assert story.timeline.conversation.human_replies == [1 * US, 5 * US]


def test_answers_are_kept_by_survey_in_their_order() -> None:
    line = Story().survey(9, 5, "a").survey(1, 2, "a").survey(4, 3, "b").timeline
    assert {survey: [a.score for a in answers] for survey, answers in line.surveys.answers.items()} == {
        "a": [2, 5],
        "b": [3],
    }


@pytest.mark.parametrize(
    ("story", "excluded"),
    [
        (Story().created(0), False),
        (Story().created(0).merged(1), True),
        (Story().created(0).removed(1), True),
        (Story().created(0).removed(1).restored(2), False),
        (Story().created(0).removed(1).restored(2).removed(3), True),
        (Story().created(0).restored(2).removed(1), False),
        (Story().created(0).restored(1), False),
        (Story().created(0).merged(1).restored(2), False),
        (Story().created(0).merged(1).removed(2).restored(3), False),
        (Story().created(0).merged(1).restored(2).merged(3), True),
        (Story().created(0).removed(1).restored(1), False),
        (Story().created(0).restored(1).removed(1), False),
    ],
)
def test_merged_and_removed_last_until_restored_which_is_last_of_one_moment(story: Story, excluded: bool) -> None:
    assert story.timeline.excluded is excluded


def test_an_empty_log_says_nothing() -> None:
    line = Story().timeline
    assert (line.created_us, line.excluded, line.is_open, line.queue.visits) == (None, False, False, [])


def test_a_queues_team_is_the_tickets_where_it_has_none() -> None:
    assert Story().created(0).queued(1, "a").timeline.segment == segment_of("email", "a", "")


def test_a_tickets_own_team_outweighs_the_queues() -> None:
    assert Story().created(0, team="own").queued(1, "a").timeline.segment == segment_of("email", "own", "")


def test_a_visit_in_another_teams_queue_has_its_own_segment() -> None:
    line = Story().created(0, "chat", "own", "low").queued(1, "a").answered(2).queued(3).timeline
    assert [line.segment_for(visit.team) for visit in line.queue.visits] == [
        segment_of("chat", "a", "low"),
        segment_of("chat", "own", "low"),
    ]
