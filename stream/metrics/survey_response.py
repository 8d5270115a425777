"""Survey response rate: of the surveys sent, the share that was answered; beside it those declined and expired.

Each survey counts in the window in which it was sent, with what became of it by now; one answered later raises the rate
of the day it was sent on. A survey answered without ever having been told as sent is in no rate, and counted apart.
A withdrawn answer is none. By kind (CSAT, NPS, CES) and for all together.

>>> from stream.domain.events import SurveyAnswered, SurveySent
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [SurveySent(0, "", "1 /s", "q", "csat"), SurveyAnswered(9, "", "2 /s", "q", "csat", 4, 1, 5)]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> [booking.measure.name for booking in facts["survey_sent/q"].bookings]
['surveys_sent', 'csat_surveys_sent', 'surveys_sent_by_hour', 'surveys_answered', 'csat_surveys_answered']
"""

from __future__ import annotations

from typing import Final, get_args

from stream.domain.definitions import Definitions
from stream.domain.events import SurveyKind
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.survey_requests import SurveyRequests
from stream.domain.readers.surveys import Surveys
from stream.domain.rowspec import LONG, RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

SENT = Measure("surveys_sent", "Surveys sent")
ANSWERED = Measure("surveys_answered", "Surveys sent that were answered")
DECLINED = Measure("surveys_declined", "Surveys sent that were declined")
EXPIRED = Measure("surveys_expired", "Surveys sent that expired")
BY_HOUR = Measure("surveys_sent_by_hour", "Surveys sent, by the hour since 1970 in which each was")
UNSENT = Measure("surveys_answered_unsent", "Surveys answered without having been told as sent")

KINDS: Final[tuple[SurveyKind, ...]] = get_args(SurveyKind)
SENT_OF: Final = {kind: Measure(f"{kind}_surveys_sent", f"{kind.upper()} surveys sent") for kind in KINDS}
ANSWERED_OF: Final = {
    kind: Measure(f"{kind}_surveys_answered", f"{kind.upper()} surveys sent that were answered") for kind in KINDS
}
HOUR_US: Final = 3_600_000_000
_UNSENT: Final = (Booking(UNSENT),)


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``survey_sent/<survey>``, or ``survey_unsent/<survey>`` for an answer to nothing that was sent."""
    requests, answers = ticket.survey_requests, ticket.surveys.answers
    for survey, (kind, sent_us) in requests.sent.items():
        bookings: tuple[Booking, ...] = (
            Booking(SENT),
            Booking(SENT_OF[kind]),
            Booking(BY_HOUR, 0, sent_us // HOUR_US),
        )
        if survey in answers:
            bookings += (Booking(ANSWERED), Booking(ANSWERED_OF[kind]))
        elif survey in requests.ended:
            bookings += (Booking(DECLINED if requests.ended[survey] else EXPIRED),)
        into[f"survey_sent/{survey}"] = Fact(sent_us, ticket.segment_at(sent_us), bookings)
    for survey, given in answers.items():
        if survey not in requests.sent:
            answered_us = given[0].time_us
            into[f"survey_unsent/{survey}"] = Fact(answered_us, ticket.segment_at(answered_us), _UNSENT)


def _rate(definition: str, text: str, numerator: Measure, denominator: Measure, metric: str) -> RowSpec:
    return RowSpec(
        metric=metric,
        definition=definition,
        version=1,
        kind="ratio",
        help=text,
        formula=f"{numerator.name} / {denominator.name}",
        booked="at the sending",
        gauge=metric,
        numerator=(numerator,),
        denominator=(denominator,),
        export=LONG,
        is_decided_late=True,
    )


METRIC = Metric(
    name="survey_response",
    measures=(SENT, BY_HOUR, ANSWERED, DECLINED, EXPIRED, UNSENT, *SENT_OF.values(), *ANSWERED_OF.values()),
    rows=(
        _rate("answered_of_sent", "Share of surveys sent that were answered", ANSWERED, SENT, "survey_response_rate"),
        *(
            _rate(
                f"{kind}_answered_of_sent",
                f"Share of the {kind.upper()} surveys sent that were answered",
                ANSWERED_OF[kind],
                SENT_OF[kind],
                "survey_response_rate",
            )
            for kind in KINDS
        ),
        _rate("declined_of_sent", "Share of surveys sent that were declined", DECLINED, SENT, "survey_declined_rate"),
        _rate("expired_of_sent", "Share of the surveys sent that expired", EXPIRED, SENT, "survey_expired_rate"),
        RowSpec(
            metric="surveys_answered_unsent",
            definition="answered_not_sent",
            version=1,
            kind="count",
            help="Surveys answered without having been told as sent: in no response rate",
            formula="count of surveys answered and not sent",
            booked="at the survey's first answer",
            gauge="surveys_answered_unsent",
            measure=UNSENT,
            export=None,
        ),
    ),
    reads=(SurveyRequests, Surveys),
    knobs=(),
    facts=book,
    fact_values={"survey_sent/<survey_id>": "none", "survey_unsent/<survey_id>": "none"},
)
