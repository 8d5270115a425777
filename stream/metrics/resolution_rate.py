"""Resolution rate: of the tickets created in a window, the share that is resolved, by cohort of creation.

(created - unresolved) / created. Each ticket counts in the window of its creation, and nowhere else, so the rate never
exceeds 1; one resolved later raises the rate of the day it was created on. What is not resolved yet is undecided, and
counted apart, as an open ticket of yesterday says nothing about today's work. (Against "resolved / created of the same
window", which mixes two sets of tickets and exceeds 100 % whenever a backlog shrinks.)

>>> from stream.domain.events import StatusChanged, TicketCreated
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [TicketCreated(0, "", "1 /a", "email"), StatusChanged(60_000_000, "", "2 /a", "solved")]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> facts["created"].time_us, [booking.measure.name for booking in facts["created"].bookings]
(0, ['created', 'cohort_resolved'])
"""

from __future__ import annotations

from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.lifecycle import Lifecycle
from stream.domain.readers.queue import Queue
from stream.domain.readers.statuses import Statuses
from stream.domain.rowspec import DAILY, RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

CREATED = Measure("created", "Tickets created", counter="tickets_created")
COHORT_RESOLVED = Measure("cohort_resolved", "Tickets created that are resolved by now")
UNDECIDED = Measure("cohort_undecided", "Tickets created that are not resolved by now")

_RESOLVED: Final = (Booking(CREATED), Booking(COHORT_RESOLVED))
_UNDECIDED: Final = (Booking(CREATED), Booking(UNDECIDED))


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``created``, at the creation, with what became of the ticket."""
    created = ticket.created_us
    if created is not None:
        bookings = _UNDECIDED if ticket.is_open else _RESOLVED
        into["created"] = Fact(created, ticket.segment_at(created), bookings)


METRIC = Metric(
    name="resolution_rate",
    measures=(CREATED, COHORT_RESOLVED, UNDECIDED),
    rows=(
        RowSpec(
            metric="tickets_created",
            definition="created",
            version=1,
            kind="count",
            help="Tickets created",
            formula="count of creations",
            booked="at the creation",
            gauge="tickets_created",
            measure=CREATED,
            export=DAILY,
        ),
        RowSpec(
            metric="resolution_rate",
            definition="resolved_of_created",
            version=1,
            kind="ratio",
            help="Share of the tickets created in the window that are resolved by now",
            formula="(created - unresolved) / created",
            booked="at the creation",
            gauge="resolution_rate",
            numerator=(COHORT_RESOLVED,),
            denominator=(CREATED,),
            export=DAILY,
            is_decided_late=True,
        ),
        RowSpec(
            metric="tickets_undecided",
            definition="created_not_resolved",
            version=1,
            kind="count",
            help="Tickets created in the window that are not resolved yet",
            formula="count of tickets created that are open",
            booked="at the creation",
            gauge="tickets_undecided",
            measure=UNDECIDED,
            export=DAILY,
        ),
    ),
    reads=(Lifecycle, Statuses, Queue),
    knobs=(),
    facts=book,
    fact_values={"created": "none"},
)
