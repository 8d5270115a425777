"""What became of the contacts offered: abandonment and service level by cohort of the offer, with their bounds.

Each visit counts in the window of its offer (queueing, or the answer where it did not queue), and nowhere else, with
what became of it: so numerator and denominator are of the same contacts, whenever they leave. Abandons shorter than
``short_abandon_seconds`` leave both sides, as in `abandonment`; contacts that left the queue otherwise stay in the
denominator. (Amazon Connect: contacts abandoned / contacts queued; Talkdesk: abandoned / (inbound - short abandoned).
Genesys Cloud counts an offer in the interval of its arrival and an abandon in that of the abandonment, so that its
offered differs from answered + abandoned.)

**Abandoned of offered**, beside abandoned / (answered + abandoned): who still waits is undecided, and counted apart.
``abandoned_of_offered`` is what it cannot fall below, ``abandoned_or_waiting_of_offered`` what it cannot exceed.

**Service level of offered**: answered within ``answer_within_seconds`` of the queueing. Who still waits is missed once
that time is over, and undecided until then; this is read off at the moment that the row is made, without an event.
``answered_within_of_offered`` is what it cannot fall below, ``answered_within_or_in_time_of_offered`` what it cannot
exceed; the two meet when nobody who waits can be answered in time any more. Where the time is longer than the window
for some channels of a group, the upper bound may be higher than need be, and is never too low. ``overdue_contacts`` are
those that wait and are missed already. (Cisco ICM: a wait that crosses the threshold is a service level event.)

Who is lost (`lost_contacts`) stays undecided in the first and is missed in the second.

>>> from stream.domain.events import Abandoned, Queued
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> facts, waiting = {}, {}
>>> log = [Queued(0, "", "1 /a"), Abandoned(45_000_000, "", "2 /a")]
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> {key: [booking.measure.name for booking in fact.bookings] for key, fact in facts.items()}
{'offered_outcome/1': ['cohort_offered', 'cohort_abandoned']}
>>> book(timeline_of(log[:1], ReadingPlan(Definitions())), Definitions(), waiting)
>>> {key: (fact.time_us, fact.bookings[-1].measure.name) for key, fact in waiting.items()}
{'offered_outcome/1': (0, 'cohort_waiting'), 'in_time': (20000000, 'in_time')}
"""

from __future__ import annotations

from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.levels import LOST_OF
from stream.domain.measures import Measure
from stream.domain.readers.queue import Queue
from stream.domain.rowspec import HOURLY, RowSpec
from stream.domain.timeline import Timeline
from stream.domain.visits import Visit
from stream.metrics.abandonment import SHORT, outcome_of
from stream.metrics.spec import Metric

OFFERED = Measure("cohort_offered", "Contacts offered, but for those that abandoned too soon to count")
ABANDONED = Measure("cohort_abandoned", "Contacts offered that abandoned")
WITHIN = Measure("cohort_answered_within", "Contacts offered that were answered within answer_within_seconds")
WAITING = Measure("cohort_waiting", "Contacts offered that still wait")
IN_TIME = Measure("in_time", "Contacts that wait and may still be answered in time")
OVERDUE = Measure(LOST_OF["in_time"], "Contacts that wait for longer than answer_within_seconds")

_OFFERED: Final = (Booking(OFFERED),)
_ABANDONED: Final = (*_OFFERED, Booking(ABANDONED))
_WITHIN: Final = (*_OFFERED, Booking(WITHIN))
_WAITING: Final = (*_OFFERED, Booking(WAITING))
_IN_TIME: Final = (Booking(IN_TIME),)


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``offered_outcome/n`` for the n-th visit, and the level ``in_time`` of who waits, until when it is."""
    within_us = round(definitions.answer_within(ticket.channel) * 1_000_000)
    for number, visit in enumerate(ticket.queue.visits, 1):
        bookings = _bookings(ticket, visit, definitions, within_us)
        if bookings is not None:
            start_us = visit.start_us
            into[f"offered_outcome/{number}"] = Fact(start_us, ticket.segment_of_visit(visit, start_us), bookings)
    waiting = ticket.queue.waiting
    if waiting is not None:
        into["in_time"] = Fact(waiting.start_us + within_us, ticket.segment_of_visit(waiting), _IN_TIME, level=True)


def _bookings(ticket: Timeline, visit: Visit, definitions: Definitions, within_us: int) -> tuple[Booking, ...] | None:
    if visit.exit_us is None:
        return _WAITING
    if visit.outcome == "answered":
        return _WITHIN if visit.wait_us <= within_us else _OFFERED
    if visit.outcome == "left":
        return _OFFERED
    return None if outcome_of(ticket, visit, definitions) is SHORT else _ABANDONED


def _row(
    metric: str,
    definition: str,
    text: str,
    formula: str,
    *numerator: Measure,
    pending: Measure | None = None,
    pending_now: Measure | None = None,
) -> RowSpec:
    return RowSpec(
        metric=metric,
        definition=definition,
        version=1,
        kind="ratio",
        help=text,
        formula=formula,
        booked="at the offer",
        gauge=metric,
        numerator=numerator,
        denominator=(OFFERED,),
        export=HOURLY,
        pending=pending,
        pending_now=pending_now,
    )


METRIC = Metric(
    name="offered_outcome",
    measures=(OFFERED, ABANDONED, WITHIN, WAITING, IN_TIME, OVERDUE),
    rows=(
        _row(
            "abandonment_of_offered",
            "abandoned_of_offered",
            "Share of the contacts offered that abandoned so far",
            "abandoned / offered",
            ABANDONED,
        ),
        _row(
            "abandonment_of_offered",
            "abandoned_or_waiting_of_offered",
            "Share of the contacts offered that abandoned, or wait and may",
            "(abandoned + waiting) / offered",
            ABANDONED,
            WAITING,
        ),
        RowSpec(
            metric="contacts_undecided",
            definition="offered_and_waiting",
            version=1,
            kind="count",
            help="Contacts offered in the window that still wait",
            formula="count of contacts offered that wait",
            booked="at the offer",
            gauge="contacts_undecided",
            measure=WAITING,
            export=HOURLY,
        ),
        _row(
            "service_level_of_offered",
            "answered_within_of_offered",
            "Share of the contacts offered that were answered within answer_within_seconds so far",
            "answered within T / offered",
            WITHIN,
        ),
        _row(
            "service_level_of_offered",
            "answered_within_or_in_time_of_offered",
            "Share of the contacts offered that were answered within answer_within_seconds, or wait and may be",
            "(answered within T + waiting for at most T now) / offered",
            WITHIN,
            pending=WAITING,
            pending_now=IN_TIME,
        ),
        RowSpec(
            metric="overdue_contacts",
            definition="waiting_beyond",
            version=1,
            kind="level",
            help="Contacts that wait for longer than answer_within_seconds",
            formula="count of contacts whose wait now exceeds T; the oldest is since when",
            booked="while the wait goes on",
            gauge="overdue_contacts",
            measure=OVERDUE,
        ),
    ),
    reads=(Queue,),
    knobs=(
        "answer_within_seconds",
        "answer_within_by_channel",
        "short_abandon_seconds",
        "short_abandon_by_channel",
    ),
    facts=book,
    fact_values={"offered_outcome/<n>": "none"},
)
