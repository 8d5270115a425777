"""CES: how easy it was to get help. Latest answer of each survey, booked at the survey's first answer.

Three readings of the same answers, on any scale. With ``definitions.ces_polarity = "ease"`` a high answer means easy
(CES 2.0, "made it easy", 7 is best); with ``"effort"`` a low one does (CES 1.0, "how much effort"), and the scale is
turned round first, so that high is good in all three:
the **mean** on a scale of 1 to 7; the **top box**, the share of answers above the middle of the scale (5, 6, 7 of 1 to
7; 4, 5 of 1 to 5); and the **index**, the share of the best two points less that of those below the middle
(%(6,7) - %(1,2,3) of 1 to 7), -100 to 100. (Nicereply and CustomerSure mean; CYS index; top box as commonly reported.)

>>> from stream.domain.events import SurveyAnswered
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> facts = {}
>>> log = [SurveyAnswered(0, "", "1 /s", "q", "ces", 6, 1, 7)]
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> facts["ces/q"].value, [booking.measure.name for booking in facts["ces/q"].bookings]
(6.0, ['ces_score', 'ces_top_box', 'ces_best'])
"""

from __future__ import annotations

from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.surveys import Surveys
from stream.domain.rowspec import LONG, RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.csat import LAST_DIGITS, points_of
from stream.metrics.spec import Metric

SCORE = Measure("ces_score", "CES answers", counter="ces_answers")
TOP = Measure("ces_top_box", "CES answers above the middle of the scale")
BEST = Measure("ces_best", "CES answers in the best two points of the scale")
LOW = Measure("ces_low", "CES answers below the middle of the scale")

_TOP: Final = Booking(TOP)
_BEST: Final = Booking(BEST)
_LOW: Final = Booking(LOW)
_FEW_POINTS: Final = 3


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``ces/<survey>``."""
    for survey, answers in ticket.surveys.answers.items():
        latest = answers[-1]
        if latest.kind != "ces":
            continue
        length = latest.scale_max - latest.scale_min
        above = latest.score - latest.scale_min
        if definitions.ces_polarity == "effort":
            above = length - above
        bookings = [Booking(SCORE, round(above / length * 1_000_000))]
        tolerance = LAST_DIGITS * length
        boxes = 1 if points_of(length) <= _FEW_POINTS else 2
        if above > length / 2 + tolerance:
            bookings.append(_TOP)
        if above >= length - (boxes - 1) - tolerance:
            bookings.append(_BEST)
        if above < length / 2 - tolerance:
            bookings.append(_LOW)
        booked_us = answers[0].time_us
        into[f"ces/{survey}"] = Fact(booked_us, ticket.segment_at(booked_us), tuple(bookings), float(latest.score))


METRIC = Metric(
    name="ces",
    measures=(SCORE, TOP, BEST, LOW),
    answers=(SCORE, TOP, BEST, LOW),
    rows=(
        RowSpec(
            metric="ces",
            definition="ces_mean",
            version=1,
            kind="mean",
            help="Mean answer on a scale of 1 to 7, 7 being least effort",
            formula="mean of 1 + 6 * (score - scale_min) / (scale_max - scale_min), turned round with polarity effort",
            booked="at the survey's first answer",
            gauge="ces_score",
            measure=SCORE,
            offset=1.0,
            scale=6e-6,
            export=LONG,
        ),
        RowSpec(
            metric="ces",
            definition="ces_top_box",
            version=1,
            kind="ratio",
            help="Share of answers above the middle of the scale",
            formula="answers above the middle / answers",
            booked="at the survey's first answer",
            gauge="ces_top_box",
            numerator=(TOP,),
            denominator=(SCORE,),
            export=LONG,
        ),
        RowSpec(
            metric="ces",
            definition="ces_index",
            version=1,
            kind="balance",
            help="Share of the best two points less that of those below the middle, -100 to 100",
            formula="100 * (answers in the best two points - answers below the middle) / answers",
            booked="at the survey's first answer",
            gauge="ces_index",
            numerator=(BEST,),
            subtrahend=(LOW,),
            denominator=(SCORE,),
            export=LONG,
        ),
    ),
    reads=(Surveys,),
    knobs=("ces_polarity",),
    facts=book,
    fact_values={"ces/<survey_id>": "score"},
)
