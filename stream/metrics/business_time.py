"""Business time: first response, next reply, resolution and waits, counted in the hours in which somebody was there.

Each stands beside the same in calendar time, runs from the same start to the same end, and is booked at the same end;
only the hours of the calendar count in between. The calendar (``[calendars.<name>]``) is that of the team that has the
ticket, or else of its channel, or else ``default``; a ticket without any has no business time, and without calendars
there is none at all. A change of hours (``changes``) leaves alone what lies before it; the calendar that a team has now
is that of all its facts. (Zendesk: business hours by the schedule at the stop event; Zammad: working minutes.)

>>> from stream.domain.calendars.schedule import Calendar, Schedule, parse_hours
>>> from stream.domain.events import Message, TicketCreated
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> nine_to_five = Schedule(((parse_hours("09:00-17:00"),),) * 7)
>>> known = Definitions(calendars=(Calendar("default", "UTC", (nine_to_five,)),))
>>> day = 1_764_201_600_000_000  # midnight, UTC
>>> log = [TicketCreated(day, "", "1 /a", "email"), Message(day + 36_000_000_000, "", "2 /a", "agent", True)]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(known)), known, facts)
>>> facts["business_first_response"].value  # from 9 to 10 o'clock
3600.0
"""

from __future__ import annotations

from typing import Final

from stream.domain.calendars.assignment import calendars_of
from stream.domain.definitions import Definitions
from stream.domain.facts import Facts, duration_fact
from stream.domain.measures import Measure
from stream.domain.readers.conversation import Conversation
from stream.domain.readers.exchange import Exchange
from stream.domain.readers.queue import Queue
from stream.domain.readers.statuses import Statuses
from stream.domain.rowspec import DAILY, RowSpec, duration_row
from stream.domain.segments import dimensions_named
from stream.domain.timeline import Timeline
from stream.metrics import abandonment, first_response, replies, resolution
from stream.metrics.spec import Metric

FIRST_RESPONSE = Measure("business_first_response", "Tickets that got their first response", histogram=True)
NEXT_REPLY = Measure("business_next_reply", "Replies to a customer after the first", histogram=True)
FULL_RESOLUTION = Measure("business_full_resolution", "Tickets that are resolved", histogram=True)
WAIT = Measure("business_wait", "Contacts answered", histogram=True)

_MEASURES: Final = {
    "first_response": FIRST_RESPONSE,
    "next_reply": NEXT_REPLY,
    "full_resolution": FULL_RESOLUTION,
    "answered": WAIT,
}
"""By the kind of the fact in calendar time."""


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book what `_MEASURES` names, beside its fact in calendar time and under the same number."""
    if not definitions.calendars:
        return
    calendars = calendars_of(definitions.calendars)
    dimensions = dimensions_named(definitions.dimensions)
    told: Facts = {}
    for metric in (first_response, replies, resolution, abandonment):
        metric.book(ticket, definitions, told)
    for key, fact in told.items():
        kind, sign, number = key.partition("/")
        measure = _MEASURES.get(kind)
        if measure is None:
            continue
        openings = calendars.of(dimensions.labels(fact.segment))
        if openings is not None:
            span_us = openings.between(fact.time_us - fact.bookings[0].amount, fact.time_us)
            into[f"{measure.name}{sign}{number}"] = duration_fact(measure, fact.time_us, fact.segment, span_us)


def _row(metric: str, text: str, formula: str, booked: str, measure: Measure) -> RowSpec:
    definition = f"{metric.removesuffix('_time')}_within_hours"
    return duration_row(metric, definition, f"{text}, in business hours", formula, booked, measure, DAILY)


METRIC = Metric(
    name="business_time",
    measures=(FIRST_RESPONSE, NEXT_REPLY, FULL_RESOLUTION, WAIT),
    rows=(
        _row(
            "business_first_response_time",
            "From creation to the first response",
            "hours of the calendar between the start and the first response",
            "at the response",
            FIRST_RESPONSE,
        ),
        _row(
            "business_next_reply_time",
            "From the first message not replied to, to the reply",
            "hours of the calendar between the message and the reply",
            "at the reply",
            NEXT_REPLY,
        ),
        _row(
            "business_resolution_time",
            "From creation to the last change into done",
            "hours of the calendar between creation and resolution",
            "at the last change into done",
            FULL_RESOLUTION,
        ),
        _row(
            "business_wait_time",
            "Wait of the contacts that were answered",
            "hours of the calendar between queueing and answer",
            "at the answer",
            WAIT,
        ),
    ),
    reads=(Conversation, Exchange, Queue, Statuses),
    knobs=("calendars",),
    facts=book,
    fact_values={
        "business_first_response": "seconds",
        "business_next_reply/<n>": "seconds",
        "business_full_resolution": "seconds",
        "business_wait/<n>": "seconds",
    },
)
