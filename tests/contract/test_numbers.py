"""Numbers: scales, spellings of zero, truth values, and what is too large."""

from __future__ import annotations

import json

import pytest

from stream.domain.rejections import Rejected
from tests.contract.envelopes import created, decode, envelope


def test_scale_of_one_point_is_refused() -> None:
    data = {"survey_id": "s", "kind": "csat", "score": 3, "scale_min": 3, "scale_max": 3}
    rejected = decode(envelope("survey.answered", data))
    assert rejected == Rejected("invalid_value", "data.scale_min (3) is not below data.scale_max (3)")


@pytest.mark.parametrize(
    ("score", "low", "high", "field"),
    [
        (1e308, -1.7e308, 1.7e308, "data.scale_min"),
        (1e308, None, 1.7e308, "data.scale_max"),
        (0, -1.7e308, None, "data.scale_min"),
        (0, -1000, 1, "data.scale_min"),
        (5, 0, 1000.5, "data.scale_max"),
        (4, 1e16, 1e16 + 2000, "data.scale_max"),
        (103, -103, 103, "data.scale_min"),
        (-103, -103, 103, "data.scale_max"),
        (100, -102, 102, "data.scale_min"),
        (101, 100, 103, "data.scale_max"),
    ],
)
@pytest.mark.parametrize("kind", ["csat", "ces"])
def test_a_scale_that_is_none_is_refused_and_its_fields_are_named(
    kind: str, score: float, low: float | None, high: float | None, field: str
) -> None:
    data = {"survey_id": "s", "kind": kind, "score": score, "scale_min": low, "scale_max": high}
    rejected = decode(envelope("survey.answered", data))
    assert rejected.reason == "invalid_value"
    assert field in rejected.detail


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1000), (-500, 500), (-1000, 0), (0, 100), (-100, 100), (1, 103), (0, 1), (0.5, 5), (1, 1.001)]
)
def test_scales_of_all_sizes_up_to_a_thousand_are_taken(low: float, high: float) -> None:
    data = {"survey_id": "s", "kind": "csat", "scale_min": low, "scale_max": high}
    for score in (low, high):
        answer = decode(envelope("survey.answered", {**data, "score": score}))[1]
        assert (answer.score, answer.scale_min, answer.scale_max) == (score, low, high)
    assert decode(envelope("survey.answered", {**data, "score": high + 1})).reason == "score_out_of_scale"


def test_two_spellings_of_zero_are_the_same_number() -> None:
    data = {"survey_id": "s", "kind": "csat", "score": -0.0, "scale_min": -0.0, "scale_max": 1}
    answered = decode(envelope("survey.answered", data))[1]
    assert [str(number) for number in (answered.score, answered.scale_min)] == ["0.0", "0.0"]
    message = decode(envelope("ticket.message", {"author": "agent", "public": True, "sentiment": -0.0}))[1]
    assert str(message.sentiment) == "0.0"
    ended = decode(envelope("ticket.ended", {"after_contact_work_seconds": -0.0, "hold_seconds": -0.0}))[1]
    assert [str(number) for number in (ended.after_contact_work_seconds, ended.hold_seconds)] == ["0.0", "0.0"]


def test_truth_values_are_no_numbers() -> None:
    rejected = decode(envelope("ticket.created", {"channel": "email", "customer_id": True}))
    assert rejected == Rejected("wrong_type", "data.customer_id is true; a text or an integer is expected")
    rejected = decode(envelope("ticket.ended", {"hold_seconds": False}))
    assert rejected == Rejected("wrong_type", "data.hold_seconds is false; a number is expected")


@pytest.mark.parametrize("digits", [257, 400, 5000])
def test_huge_integers_are_refused(digits: int) -> None:
    value = json.dumps(created(sequence=0)).replace('"sequence": 0', '"sequence": ' + "9" * digits).encode()
    assert decode(value).reason == "invalid_value"


def test_number_beyond_a_float_is_refused() -> None:
    answered = json.dumps(envelope("survey.answered", {"survey_id": "s", "kind": "csat", "score": 0}))
    for number in ("9" * 400, "1e999", "-1e999"):
        rejected = decode(answered.replace('"score": 0', f'"score": {number}').encode())
        assert rejected.reason == "invalid_value"
        assert rejected.detail.startswith("data")
