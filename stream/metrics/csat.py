"""CSAT: how satisfied the customers say they are. Latest answer of each survey, booked at the survey's first answer.

Three definitions side by side, from the same answers:
top two boxes (share of answers in the two best points of the scale; the best one alone on scales of three or fewer
points), good / (good + bad) where good is as above and bad lies below the scale's middle, and the mean on a 1..5 scale.
A changed answer retracts the one before it. (Chatwoot top-two-box; Zendesk good/(good+bad); Scorebuddy mean.)

>>> from stream.domain.events import SurveyAnswered
>>> log = [SurveyAnswered(0, "", "1 /s", "q", "csat", 2, 1, 5), SurveyAnswered(9, "", "2 /s", "q", "csat", 4, 1, 5)]
>>> facts = {}
>>> book(Timeline(log, Definitions()), Definitions(), facts)
>>> facts["csat/q"].value, facts["csat/q"].time_us, [b.measure for b in facts["csat/q"].bookings]
(4.0, 0, ['csat_score', 'csat_top_box', 'csat_good'])
"""

from __future__ import annotations

from stream.domain.definitions import Definitions
from stream.domain.events import SurveyAnswered
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.rowspec import RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Measure, Metric

SCORE = Measure("csat_score", "CSAT answers", counter="csat_answers")
TOP = Measure("csat_top_box", "CSAT answers in the top boxes", counter="csat_top_box_answers")
GOOD = Measure("csat_good", "CSAT answers that are good")
BAD = Measure("csat_bad", "CSAT answers below the middle of the scale", counter="csat_bad_answers")

_TOP_AND_GOOD = (Booking("csat_top_box"), Booking("csat_good"))
_BAD = (Booking("csat_bad"),)


def _marks(answer: SurveyAnswered) -> tuple[Booking, ...]:
    best, worst = answer.scale_max, answer.scale_min
    boxes = 1 if best - worst <= 2 else 2
    if answer.score >= best - boxes + 1:
        return _TOP_AND_GOOD
    return _BAD if answer.score < (best + worst) / 2 else ()


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``csat/<survey>``: the share of the scale in millionths, and the boxes the answer falls into."""
    for survey, answers in ticket.answers.items():
        latest = answers[-1]
        if latest.kind != "csat":
            continue
        share = (latest.score - latest.scale_min) / (latest.scale_max - latest.scale_min)
        bookings = (Booking("csat_score", round(share * 1_000_000)), *_marks(latest))
        into[f"csat/{survey}"] = Fact(answers[0].time_us, ticket.segment, bookings, float(latest.score))


METRIC = Metric(
    name="csat",
    measures=(SCORE, TOP, GOOD, BAD),
    rows=(
        RowSpec(
            metric="csat",
            definition="csat_top_two_box",
            version=1,
            kind="ratio",
            help="Share of answers in the two best points of the scale",
            formula="top two boxes / answers",
            booked="at the survey's first answer",
            gauge="csat",
            numerator=("csat_top_box",),
            denominator=("csat_score",),
        ),
        RowSpec(
            metric="csat",
            definition="csat_good_bad",
            version=1,
            kind="ratio",
            help="Good answers of those that are good or bad; neutral ones leave both sides",
            formula="good / (good + bad)",
            booked="at the survey's first answer",
            gauge="csat",
            numerator=("csat_good",),
            denominator=("csat_good", "csat_bad"),
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
            measure="csat_score",
            offset=1.0,
            scale=4e-6,
        ),
    ),
    facts=book,
    fact_values={"csat/<survey_id>": "score"},
)
