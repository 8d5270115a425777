"""Sentiment of the customer's messages."""

from __future__ import annotations

import pytest

from tests.domain.stories import Story


@pytest.mark.parametrize(
    ("score", "kind"),
    [(-1, "negative"), (-0.06, "negative"), (-0.05, "neutral"), (0, "neutral"), (0.05, "neutral"), (0.5, "positive")],
)
def test_classes(score: float, kind: str) -> None:
    story = Story().created(0).message(1, "customer", sentiment=score)
    assert story.measures("sentiment/1") == ["sentiment", f"sentiment_{kind}"]
    assert story.value("sentiment/1") == score


def test_only_public_messages_of_the_customer_with_a_sentiment() -> None:
    story = Story().created(0).message(1, "customer").message(2, sentiment=0.5)
    story.message(3, "customer", public=False, sentiment=0.5)
    assert not [key for key in story.facts if key.startswith("sentiment")]


def test_drift_is_from_the_first_to_the_last() -> None:
    story = Story().created(0)
    for at, score in enumerate((-0.5, 0.9, 0.25)):
        story.message(at, "customer", sentiment=score)
    assert (story.value("sentiment_drift"), story.booked_at("sentiment_drift")) == (0.75, 2)
    assert round(-2 + 4e-6 * story.fact("sentiment_drift").bookings[0].amount, 6) == 0.75


def test_one_message_does_not_drift() -> None:
    assert "sentiment_drift" not in Story().created(0).message(1, "customer", sentiment=1).facts
