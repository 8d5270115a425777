"""CSAT: how satisfied the customers say they are. Latest answer of each survey, booked at the survey's first answer.

Three definitions side by side, from the same answers:
top boxes (share of answers among the best points of the scale), good / (good + bad) where good is as above and bad lies
below the scale's middle, and the mean on a 1..5 scale. A changed answer retracts the one before it. (Chatwoot
top-two-box; Zendesk good/(good+bad); Scorebuddy mean.)

A scale has as many points as whole steps fit between its ends, rounded, plus one: 1..5 has 5, 0..10 has 11, 0.5..5 has
6. The top boxes are the best point of up to 3, the best 2 of 4 to 7, the best 3 of 8 to 11, and the upper fifth of a
wider scale (0..100: from 80 on); `definitions.csat_top_boxes` sets other numbers. An answer between two points is in
the boxes from the lowest of them on: with two boxes on 1..5, 4.5 is and 3.5 is not.

Version 2 of the first two: the boxes follow the number of points, because the best two of ten or of a hundred points
are a stricter question than the best two of five; version 1 took two on every scale of more than three.

>>> from stream.domain.events import SurveyAnswered
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [SurveyAnswered(0, "", "1 /s", "q", "csat", 2, 1, 5), SurveyAnswered(9, "", "2 /s", "q", "csat", 4, 1, 5)]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> facts["csat/q"].value, facts["csat/q"].time_us, [b.measure.name for b in facts["csat/q"].bookings]
(4.0, 0, ['csat_score', 'csat_top_box', 'csat_good'])
"""

from __future__ import annotations

from math import floor

from stream.domain.definitions import Definitions
from stream.domain.events import SurveyAnswered
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.surveys import Surveys
from stream.domain.rowspec import RARE, Export, RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

SCORE = Measure("csat_score", "CSAT answers", counter="csat_answers")
TOP = Measure("csat_top_box", "CSAT answers in the top boxes", counter="csat_top_box_answers")
GOOD = Measure("csat_good", "CSAT answers that are good")
BAD = Measure("csat_bad", "CSAT answers below the middle of the scale", counter="csat_bad_answers")

_TOP_AND_GOOD = (Booking(TOP), Booking(GOOD))
_BAD = (Booking(BAD),)
_USUAL_BOXES = ((3, 1), (7, 2), (11, 3))
"""Most points, and how many of the best are the top boxes."""


LAST_DIGITS = 1e-9
"""How far a difference of decimal fractions (3.3 - 0.3) may lie beside the one that was meant, by length of scale."""


def points_of(length: float) -> int:
    """Number of points of a scale, by the distance of its ends: at least 2.

    >>> points_of(5 - 1), points_of(1 - 0), points_of(5 - 0.5), points_of(3.3 - 0.3), points_of(0.2)
    (5, 2, 6, 4, 2)
    """
    return max(2, floor(length + 0.5 + LAST_DIGITS) + 1)


def top_from(worst: float, best: float, definitions: Definitions) -> float:
    """The lowest score in the top boxes of the scale from ``worst`` to ``best``.

    >>> [top_from(low, high, Definitions()) for low, high in ((0, 1), (1, 5), (1, 10), (0, 10), (0, 100))]
    [1, 4, 8, 8, 80.0]
    """
    points = points_of(best - worst)
    boxes = definitions.top_boxes(points)
    if boxes is not None:
        return best - (min(boxes, points - 1) - 1)
    for most_points, usual in _USUAL_BOXES:
        if points <= most_points:
            return best - (usual - 1)
    return best - (best - worst) / 5


def is_top(score: float, worst: float, best: float, definitions: Definitions) -> bool:
    """Whether an answer is in the top boxes of its scale."""
    return score >= top_from(worst, best, definitions) - LAST_DIGITS * (best - worst)


def is_bad(score: float, worst: float, best: float) -> bool:
    """Whether an answer lies below the middle of its scale."""
    return score < (best + worst) / 2 - LAST_DIGITS * (best - worst)


def _marks(answer: SurveyAnswered, definitions: Definitions) -> tuple[Booking, ...]:
    if is_top(answer.score, answer.scale_min, answer.scale_max, definitions):
        return _TOP_AND_GOOD
    return _BAD if is_bad(answer.score, answer.scale_min, answer.scale_max) else ()


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``csat/<survey>``: the share of the scale in millionths, and the boxes the answer falls into."""
    for survey, answers in ticket.surveys.answers.items():
        latest = answers[-1]
        if latest.kind != "csat":
            continue
        share = (latest.score - latest.scale_min) / (latest.scale_max - latest.scale_min)
        booked_us = answers[0].time_us
        bookings = (Booking(SCORE, round(share * 1_000_000)), *_marks(latest, definitions))
        into[f"csat/{survey}"] = Fact(booked_us, ticket.segment_at(booked_us), bookings, float(latest.score))


METRIC = Metric(
    name="csat",
    measures=(SCORE, TOP, GOOD, BAD),
    answers=(SCORE, TOP, GOOD, BAD),
    rows=(
        RowSpec(
            metric="csat",
            definition="csat_top_two_box",
            version=2,
            kind="ratio",
            help="Share of answers in the best points of the scale (two of five)",
            formula="answers in the top boxes / answers",
            booked="at the survey's first answer",
            gauge="csat",
            numerator=(TOP,),
            denominator=(SCORE,),
            export=Export(RARE, 2, of_last_answers=True),
        ),
        RowSpec(
            metric="csat",
            definition="csat_good_bad",
            version=2,
            kind="ratio",
            help="Good answers of those that are good or bad; neutral ones leave both sides",
            formula="good / (good + bad)",
            booked="at the survey's first answer",
            gauge="csat",
            numerator=(GOOD,),
            denominator=(GOOD, BAD),
            export=Export(RARE[2:]),
        ),
        RowSpec(
            metric="csat",
            definition="csat_mean",
            version=1,
            kind="mean",
            help="Mean answer on a scale of 1 to 5",
            formula="mean of 1 + 4 * (score - scale_min) / (scale_max - scale_min)",
            booked="at the survey's first answer",
            gauge="csat_score",
            measure=SCORE,
            offset=1.0,
            scale=4e-6,
            export=Export(RARE[2:]),
        ),
    ),
    reads=(Surveys,),
    knobs=("csat_top_boxes",),
    facts=book,
    fact_values={"csat/<survey_id>": "score"},
)
