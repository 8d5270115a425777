"""What comes late to a shard, and what it forgets."""

from __future__ import annotations

import pytest

from stream.domain.events import (
    SurveyAnswered,
)
from stream.domain.log import Insertion
from stream.domain.rejections import Rejected
from stream.domain.segments import THREE
from stream.domain.shard import Shard
from tests.domain.folding import DAY, EMAIL, HOUR, START, counts, fold, one_event, settle
from tests.domain.owners import plain_levels, plain_panes
from tests.domain.stories import US, Story, shard


def test_late_within_retention_corrects_the_pane_of_its_time() -> None:
    target = shard()
    fold(target, Story().created(0), "now")
    settle(target, 200)
    fold(target, Story().created(0).message(5))
    settle(target, 200)
    assert counts(target, "first_response") == {(0, EMAIL): 1}


def test_late_beyond_retention_counts_in_the_wider_panes_only() -> None:
    target = shard()
    fold(target, Story().created(0).message(5))
    settle(target, 2 * HOUR)
    assert counts(target, "first_response", 10) == {}
    assert counts(target, "first_response", 300) == {(-(START % 300), EMAIL): 1}


def test_booked_and_then_taken_back_across_the_floor_leaves_nothing() -> None:
    target = shard()
    story = Story().created(0).message(5)
    fold(target, story)
    settle(target, 5)
    fold(target, story.removed(9))
    settle(target, 2 * HOUR)
    target.expire((START + 2 * HOUR) * US)
    assert len(target.panes) == 0


def test_taking_back_what_was_never_booked_leaves_nothing_either() -> None:
    target = shard()
    story = Story().created(0).message(5)
    fold(target, story)
    settle(target, 2 * HOUR)
    fold(target, story.removed(9))
    settle(target, 2 * HOUR)
    assert len(target.panes) == 0


def test_expiry_names_the_panes_it_forgets() -> None:
    target = shard()
    fold(target, Story().created(0).message(5))
    settle(target, 5)
    gone = target.expire((START + 2 * HOUR) * US)
    assert gone.panes[-1] == ((10, START, EMAIL), None)
    assert [key[0] for key, cells in gone.panes if cells is not None] == [300]
    assert bool(gone)


def forgetful() -> Shard:
    """A shard in which the solved ticket T has been silent for longer than its horizon of a day."""
    target = shard(reopen_horizon_seconds=DAY)
    fold(target, Story().created(0).message(5).status(60, "solved"))
    target.fold("later", one_event(DAY + 2 * HOUR))
    settle(target)
    return target


def test_a_solved_ticket_is_forgotten_after_the_horizon_and_its_row_deleted() -> None:
    target = forgetful()
    assert target.expire((START + DAY + 2 * HOUR) * US).tickets == [("T", None)]
    assert [name for name, _ in target.tickets] == ["later"]


def test_what_a_forgotten_ticket_booked_stays() -> None:
    target = forgetful()
    target.expire((START + DAY + 2 * HOUR) * US)
    assert counts(target, "first_response", 3600) == {(0, EMAIL): 1}


def test_an_event_of_a_forgotten_ticket_again_is_too_late_and_not_counted_twice() -> None:
    target = forgetful()
    target.expire((START + DAY + 2 * HOUR) * US)
    before = plain_panes(target)
    answers = fold(target, Story().created(0).message(5).status(60, "solved"))
    assert [answer.reason for answer in answers if isinstance(answer, Rejected)] == ["too_late"] * 3
    settle(target)
    assert plain_panes(target) == before


def test_time_for_forgetting_does_not_run_ahead_of_the_events() -> None:
    target = shard(reopen_horizon_seconds=DAY)
    fold(target, Story().created(0).status(60, "solved"))
    settle(target)
    assert target.expire((START + 1000 * DAY) * US).tickets == []


@pytest.mark.parametrize(
    "story",
    [Story().created(0), Story().queued(0), Story().created(0, "phone").queued(1).status(2, "solved")],
    ids=["open", "waiting without a creation", "solved but waiting"],
)
def test_what_is_open_or_waits_is_not_forgotten_and_can_leave_its_level(story: Story) -> None:
    target = shard(reopen_horizon_seconds=DAY)
    fold(target, story)
    target.fold("later", one_event(90 * DAY))
    settle(target)
    target.expire((START + 90 * DAY) * US)
    assert plain_levels(target)
    fold(target, story.removed(90 * DAY))
    settle(target)
    assert plain_levels(target) == {}


def test_a_survey_answered_after_its_ticket_was_forgotten_counts_under_empty_segments() -> None:
    target = forgetful()
    target.expire((START + DAY + 2 * HOUR) * US)
    answer = SurveyAnswered((START + DAY + 2 * HOUR) * US, "", "s /s", "q", "csat", 5, 1, 5)
    assert target.fold("T", answer) is Insertion.ADDED
    settle(target, DAY + 2 * HOUR)
    assert counts(target, "csat_score") == {(DAY + 2 * HOUR, THREE.empty): 1}
