"""Churn after a bad answer, a good one and none, to the microsecond. Times in days."""

from __future__ import annotations

import pytest

from stream.domain.customer_events import CustomerMerged
from tests.domain.stories import US, Story
from tests.metrics.worlds import DAY, row_of

MICROSECOND = 1 / US
ANSWER = "answer_of_member"


def member(score: float | None, left: float | None = None, answered: float = 105) -> Story:
    """A customer from before, with an NPS answer of that day, that leaves at that day."""
    story = Story(churn_days=14).joined(0)
    if score is not None:
        story.answer(answered * DAY, score, low=0, high=10, kind="nps")
    return story if left is None else story.left(left * DAY)


@pytest.mark.parametrize(("score", "name"), [(3, "bad"), (10, "good")])
@pytest.mark.parametrize(
    ("seconds", "is_followed"), [(0, True), (14 * DAY, True), (14 * DAY + MICROSECOND, False), (60 * DAY, False)]
)
def test_leaving_follows_an_answer_within_the_days_and_at_exactly_their_end(
    score: float, name: str, seconds: float, is_followed: bool
) -> None:
    story = member(score).left(105 * DAY + seconds)
    followed = [f"left_after_{name}"] if is_followed else []
    assert story.measures(ANSWER) == [f"members_answered_{name}", *followed]
    assert story.booked_at(ANSWER) == 105 * DAY
    # Whoever leaves later has left without an answer.
    assert ("left_after_none/1" in story.facts) != is_followed


def test_after_a_neutral_answer_nobody_is_counted_as_good_or_bad() -> None:
    story = member(8, 106)
    assert story.measures(ANSWER) == ["members_answered_neutral"]
    assert "left_after_none/1" not in story.facts


def test_the_latest_answer_of_the_customer_counts() -> None:
    story = member(3, answered=101).answer(103 * DAY, 5).left(104 * DAY)
    assert story.measures(ANSWER) == ["members_answered_good", "left_after_good"]
    assert story.booked_at(ANSWER) == 103 * DAY


def test_an_answer_of_one_that_was_no_customer_then_does_not_count() -> None:
    story = Story(churn_days=14).answer(99 * DAY, 1).joined(100 * DAY).left(101 * DAY).answer(102 * DAY, 1)
    assert ANSWER not in story.facts
    assert story.measures("left_after_none/1") == ["left_after_none"]
    assert ANSWER not in Story().answer(99 * DAY, 1).facts


def test_each_stay_has_its_answers() -> None:
    # The first stay ends after a bad answer, the second without one; the answer is that of the first.
    story = member(3, 106).joined(110 * DAY).left(112 * DAY)
    assert story.measures(ANSWER) == ["members_answered_bad", "left_after_bad"]
    assert [key for key in story.facts if key.startswith("left_after_none/")] == ["left_after_none/2"]
    # An answer of the second takes its place, and it has not left since.
    back = member(3, 106).joined(110 * DAY).answer(111 * DAY, 5)
    assert back.measures(ANSWER) == ["members_answered_good"]


def test_the_rows_of_a_world() -> None:
    bad = [member(0, 106), member(3, 119), member(6, 125), member(5)]
    good = [member(9, 110), member(10), member(10)]
    none = [member(None, 110), member(None), member(None)]
    world = [*bad, *good, *none]
    rows = {name: row_of(world, "churn_after_answer", f"after_{name}") for name in ("bad", "good", "none")}
    # One of the bad left 20 days after its answer: it left after none, though it answered in the window.
    assert {name: (row["numerator"], row["denominator"]) for name, row in rows.items()} == {
        "bad": (2, 4),
        "good": (1, 3),
        "none": (2, 3),
    }


def test_more_can_leave_after_none_than_are_there_without_one() -> None:
    row = row_of([member(3, 125)], "churn_after_answer", "after_none")
    assert (row["numerator"], row["denominator"], row["value"]) == (1, 1, 1)


def test_who_was_merged_is_in_none() -> None:
    story = member(3, 106)
    story.events.append(CustomerMerged(107 * DAY * US, "", "m", "other"))
    assert story.facts == {}
