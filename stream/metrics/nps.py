"""NPS: how many would recommend us, less how many would not. Latest answer of each survey, at its first answer.

Promoters answer 9 or 10, passives 7 or 8, detractors less, on the scale 0 to 10; the net promoter score is the share of
promoters less that of detractors, in hundredths: -100 to 100. The class is made here from the score, whatever the
source calls it. Answers on any other scale are refused (dead letter `invalid_value`). With the score goes its 95 %
interval, from the variance (p(1-p) + d(1-d) + 2pd) / n.

Few answers say little: beside the windows of all it has 30 days, 90 days and this quarter (``quarter``: from the first
day of January, April, July or October, in ``windows.time_zone``). `metrics.nps.windows` sets others.

**Change** (windows longer than a day): the score less that of the window before, which is as long and ends where this
one begins; of a quarter it is the quarter before, up to the same point (all of it where that was shorter). Row:
``before`` is the score then, ``before_count`` the answers it stands on, ``change`` the difference, null while one of
the two is.

Every detractor is a fact (``nps/<survey_id>`` with a value below 7), with channel, team and priority.

**Detractors followed up**: the share of detractors to whom a person wrote within ``definitions.follow_up_hours`` after
their answer. It is a lower bound while that time is not over. (Reichheld 2003; variance: as of a difference of two
shares of one sample.)

>>> from stream.domain.events import SurveyAnswered
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> facts = {}
>>> log = [SurveyAnswered(0, "", "1 /s", "q", "nps", 6, 0, 10)]
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> facts["nps/q"].value, [booking.measure.name for booking in facts["nps/q"].bookings]
(6.0, ['nps_answers', 'nps_detractors'])
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.events import SurveyAnswered
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.conversation import Conversation
from stream.domain.readers.surveys import Surveys
from stream.domain.rowspec import LONG, Export, RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

ANSWERS = Measure("nps_answers", "NPS answers", counter="nps_answers")
PROMOTERS = Measure("nps_promoters", "NPS answers of 9 or 10", counter="nps_promoters")
PASSIVES = Measure("nps_passives", "NPS answers of 7 or 8")
DETRACTORS = Measure("nps_detractors", "NPS answers below 7", counter="nps_detractors")
FOLLOWED_UP = Measure("nps_followed_up", "Detractors to whom a person wrote within follow_up_hours")

PROMOTER_FROM: Final = 9
PASSIVE_FROM: Final = 7
_PROMOTER: Final = (Booking(ANSWERS), Booking(PROMOTERS))
_PASSIVE: Final = (Booking(ANSWERS), Booking(PASSIVES))
_DETRACTOR: Final = (Booking(ANSWERS), Booking(DETRACTORS))
_FOLLOWED_UP: Final = (*_DETRACTOR, Booking(FOLLOWED_UP))


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``nps/<survey>``."""
    for survey, answers in ticket.surveys.answers.items():
        latest = answers[-1]
        if latest.kind != "nps":
            continue
        booked_us = answers[0].time_us
        bookings = _bookings(ticket, definitions, latest)
        into[f"nps/{survey}"] = Fact(booked_us, ticket.segment_at(booked_us), bookings, float(latest.score))


def _bookings(ticket: Timeline, definitions: Definitions, answer: SurveyAnswered) -> tuple[Booking, ...]:
    if answer.score >= PROMOTER_FROM:
        return _PROMOTER
    if answer.score >= PASSIVE_FROM:
        return _PASSIVE
    replies = ticket.conversation.human_replies
    place = bisect_right(replies, answer.time_us)
    until_us = answer.time_us + round(definitions.follow_up_hours * 3_600_000_000)
    return _FOLLOWED_UP if place < len(replies) and replies[place] <= until_us else _DETRACTOR


METRIC = Metric(
    name="nps",
    measures=(ANSWERS, PROMOTERS, PASSIVES, DETRACTORS, FOLLOWED_UP),
    answers=(ANSWERS, PROMOTERS, PASSIVES, DETRACTORS, FOLLOWED_UP),
    rows=(
        RowSpec(
            metric="nps",
            definition="promoters_less_detractors",
            version=1,
            kind="balance",
            help="Net promoter score, -100 to 100: share of promoters less share of detractors",
            formula="100 * (promoters - detractors) / answers",
            booked="at the survey's first answer",
            gauge="nps",
            numerator=(PROMOTERS,),
            subtrahend=(DETRACTORS,),
            denominator=(ANSWERS,),
            compares=True,
            export=Export(("30d", "quarter")),
        ),
        RowSpec(
            metric="nps_detractors_followed_up",
            definition="replied_within_follow_up_hours",
            version=1,
            kind="ratio",
            help="Share of detractors to whom a person wrote within follow_up_hours",
            formula="detractors with a reply within follow_up_hours / detractors",
            booked="at the survey's first answer",
            gauge="nps_detractors_followed_up",
            numerator=(FOLLOWED_UP,),
            denominator=(DETRACTORS,),
            export=LONG,
            is_decided_late=True,
        ),
        RowSpec(
            metric="nps_detractors",
            definition="detractors_of_answers",
            version=1,
            kind="ratio",
            help="Share of answers of 0 to 6, with its interval",
            formula="detractors / answers",
            booked="at the survey's first answer",
            gauge="nps_detractors",
            numerator=(DETRACTORS,),
            denominator=(ANSWERS,),
            export=None,
        ),
    ),
    reads=(Surveys, Conversation),
    knobs=("follow_up_hours",),
    facts=book,
    fact_values={"nps/<survey_id>": "score"},
    more_windows=("30d", "90d", "quarter"),
)
