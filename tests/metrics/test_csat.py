"""CSAT, one rule per test: the latest answer of each survey, booked at the survey's first answer."""

from __future__ import annotations

import pytest

from stream.domain.segments import THREE
from tests.domain.stories import Story

TOP, NEUTRAL, BAD = ["csat_score", "csat_top_box", "csat_good"], ["csat_score"], ["csat_score", "csat_bad"]


@pytest.mark.parametrize(
    ("low", "high", "best", "neutral", "bad"),
    [
        (1, 2, [2], [], [1]),
        (1, 3, [3], [2], [1]),
        (1, 4, [3, 4], [], [1, 2]),
        (1, 5, [4, 5], [3], [1, 2]),
        (0, 1, [1], [], [0]),
        (1, 7, [6, 7], [4, 5], [1, 2, 3]),
        (1, 8, [6, 7, 8], [5], [1, 2, 3, 4]),
        (1, 10, [8, 9, 10], [6, 7], [1, 2, 3, 4, 5]),
        (0, 10, [8, 9, 10], [5, 6, 7], [0, 1, 2, 3, 4]),
        (1, 12, [10, 11, 12], [7, 8, 9], [1, 6]),
        (1, 20, [17, 20], [11, 16], [1, 10]),
        (0, 100, [80, 95, 100], [50, 79], [0, 20, 49]),
        (-50, 50, [30, 50], [0, 29], [-50, -1]),
        (0, 1000, [800, 1000], [500, 799], [499]),
        (-2, 2, [1, 2], [0], [-2, -1]),
    ],
)
def test_the_boxes_of_a_scale(low: int, high: int, best: list[int], neutral: list[int], bad: list[int]) -> None:
    for scores, measures in ((best, TOP), (neutral, NEUTRAL), (bad, BAD)):
        for score in scores:
            assert Story().survey(0, score, low=low, high=high).measures("csat/q") == measures, score


def test_half_a_point_below_the_top_boxes_is_not_in_them() -> None:
    assert Story().survey(0, 3.5).measures("csat/q") == NEUTRAL
    assert Story().survey(0, 4.5).measures("csat/q") == TOP


@pytest.mark.parametrize(
    ("low", "high", "inside", "outside"),
    [
        (0.5, 5, 4, 3.5),  # half stars: 6 points, two boxes
        (0.3, 3.3, 2.3, 2.2),  # 4 points, though 3.3 - 0.3 is a little less than 3 in binary
        (0, 0.5, 0.5, 0.4),  # shorter than a step: the best score alone
        (0, 1.4, 1.4, 1.3),  # 2 points
        (0, 2.5, 1.5, 1.4),  # 4 points: half a step counts as one
        (1, 10.4, 8.4, 8.3),  # 10 points, three boxes
    ],
)
def test_a_scale_with_fractional_ends_has_the_points_of_its_rounded_length(
    low: float, high: float, inside: float, outside: float
) -> None:
    assert Story().survey(0, inside, low=low, high=high).measures("csat/q") == TOP
    assert Story().survey(0, outside, low=low, high=high).measures("csat/q") != TOP


@pytest.mark.parametrize(
    ("boxes", "high", "lowest"),
    [
        (((0, 1),), 5, 5),
        (((0, 1), (10, 2)), 10, 9),
        (((10, 2),), 5, 4),
        (((10, 2),), 11, 9),
        (((101, 10),), 101, 92),
        (((0, 9),), 3, 2),  # more boxes than points: all but the worst
    ],
)
def test_the_number_of_boxes_can_be_set(boxes: tuple[tuple[int, int], ...], high: int, lowest: int) -> None:
    def measures(score: int) -> list[str]:
        return Story(csat_top_boxes=boxes).survey(0, score, low=1, high=high).measures("csat/q")

    assert measures(lowest) == TOP
    assert measures(lowest - 1) != TOP


@pytest.mark.parametrize(("score", "low", "high", "millionths"), [(1, 1, 5, 0), (4, 1, 5, 750_000), (5, 1, 5, 10**6)])
def test_the_mean_is_kept_as_millionths_of_the_scale(score: int, low: int, high: int, millionths: int) -> None:
    assert Story().survey(0, score, low=low, high=high).fact("csat/q").bookings[0].amount == millionths


def test_scales_of_different_length_meet_in_the_middle() -> None:
    five, eleven = Story().survey(0, 3), Story().survey(0, 5, low=0, high=10)
    assert five.fact("csat/q").bookings[0] == eleven.fact("csat/q").bookings[0]


def test_the_published_value_is_the_score_as_given() -> None:
    assert Story().survey(0, 7, low=0, high=10).value("csat/q") == 7.0


def test_the_latest_answer_of_a_survey_counts() -> None:
    story = Story().survey(10, 2).survey(500, 5)
    assert (story.value("csat/q"), story.measures("csat/q")) == (5.0, TOP)


def test_a_changed_answer_is_booked_at_the_time_of_the_first() -> None:
    assert Story().survey(10, 2).survey(500, 5).booked_at("csat/q") == 10


def test_the_latest_answer_is_the_one_dated_last_not_the_one_that_arrives_last() -> None:
    assert Story().survey(500, 5).survey(10, 2).value("csat/q") == 5.0


def test_surveys_of_a_ticket_count_each() -> None:
    story = Story().survey(10, 2, "first").survey(20, 5, "second")
    assert (story.value("csat/first"), story.value("csat/second")) == (2.0, 5.0)


@pytest.mark.parametrize("kind", ["nps", "ces"])
def test_other_kinds_of_survey_are_not_csat(kind: str) -> None:
    assert not [key for key in Story().survey(10, 5, kind=kind).facts if key.startswith("csat")]


def test_an_answer_without_a_known_ticket_counts_under_empty_segments() -> None:
    assert Story().survey(10, 5).fact("csat/q").segment == THREE.empty


def test_it_moves_to_the_tickets_segment_once_the_ticket_is_known() -> None:
    story = Story().survey(10, 5).created(20, "email", "a", "low")
    assert story.segment("csat/q") == ("email", "a", "low")


def test_answers_of_a_removed_ticket_leave_the_figures_and_come_back_when_it_is_restored() -> None:
    story = Story().created(0).survey(10, 5).removed(20)
    assert story.facts == {}
    assert story.restored(30).value("csat/q") == 5.0
