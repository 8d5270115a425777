"""CES on every scale, both ways round."""

from __future__ import annotations

import pytest

from tests.domain.stories import Story


def boxes(score: float, low: float, high: float, polarity: str = "ease") -> set[str]:
    story = Story(ces_polarity=polarity).survey(0, score, low=low, high=high, kind="ces")
    return {name.removeprefix("ces_") for name in story.measures("ces/q")} - {"score"}


@pytest.mark.parametrize(
    ("score", "found"),
    [(7, {"top_box", "best"}), (6, {"top_box", "best"}), (5, {"top_box"}), (4, set()), (3, {"low"}), (1, {"low"})],
)
def test_one_to_seven(score: float, found: set[str]) -> None:
    assert boxes(score, 1, 7) == found
    assert boxes(8 - score, 1, 7, "effort") == found


@pytest.mark.parametrize(
    ("score", "found"), [(5, {"top_box", "best"}), (4, {"top_box", "best"}), (3, set()), (2, {"low"})]
)
def test_one_to_five(score: float, found: set[str]) -> None:
    assert boxes(score, 1, 5) == found


@pytest.mark.parametrize(("score", "found"), [(5, {"top_box", "best"}), (3, {"top_box"}), (2, {"low"}), (0, {"low"})])
def test_zero_to_five(score: float, found: set[str]) -> None:
    assert boxes(score, 0, 5) == found


def test_the_mean_is_on_one_to_seven() -> None:
    amounts = [
        Story(ces_polarity=polarity).survey(0, 6, high=7, kind="ces").fact("ces/q").bookings[0].amount
        for polarity in ("ease", "effort")
    ]
    assert [round(1 + 6e-6 * amount, 3) for amount in amounts] == [6.0, 2.0]


def test_other_kinds_are_none() -> None:
    assert "ces/q" not in Story().survey(0, 5).facts
