"""What customers answer follows from what they went through."""

from __future__ import annotations

import pytest

from stream.simulate import aftercare, surveys
from stream.simulate.centre import Centre, Plan
from stream.simulate.emit import Ticket, rfc3339


def mean_score(kind: str, trouble: float) -> float:
    centre = Centre(Plan(seed=1, start_us=0, rate=1))
    ticket = Ticket("T-1", "C-1", "chat", "support", "normal")
    ticket.trouble = trouble
    answers: list[int] = [
        surveys._answer(centre, ticket, {"survey_id": "S-1", "kind": kind})["score"] for _ in range(500)
    ]
    lowest, highest = surveys.SCORES[kind][:2]
    assert lowest <= min(answers)
    assert max(answers) <= highest
    return sum(answers) / len(answers)


@pytest.mark.parametrize("kind", ["csat", "nps", "ces"])
def test_trouble_costs_points(kind: str) -> None:
    assert mean_score(kind, 0.0) > mean_score(kind, 0.7) > mean_score(kind, 2.0)


def test_a_long_wait_is_trouble_and_no_wait_is_none() -> None:
    assert aftercare.impatience(0, 60) == 0.0
    assert aftercare.impatience(10_000_000, 60) < aftercare.impatience(300_000_000, 60)


def test_times_are_written_in_utc_to_the_millisecond() -> None:
    assert rfc3339(0) == "1970-01-01T00:00:00.000Z"
    assert rfc3339(1_767_571_199_999_999) == "2026-01-04T23:59:59.999Z"
    assert rfc3339(1_772_323_205_040_000) == "2026-03-01T00:00:05.040Z"
