"""Assignment: how long a ticket lay there until somebody had it, and how many lie there now.

A ticket is **unassigned** while it is open and nobody has it: as the source tells it (``assigned``), or, where that
tells nothing of assignments, until somebody answers the contact or writes the first reply. **First assignment time**
runs from the creation to the first moment at which somebody had it, as the source tells it, whatever became of that,
and is booked then. Who that is is not known here. (Zendesk "first assignment time"; its unassigned tickets.)

>>> from stream.domain.events import TicketCreated, TicketUpdated
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [TicketCreated(0, "", "1 /a", "email"), TicketUpdated(90_000_000, "", "2 /a", assigned=True),
...        TicketUpdated(100_000_000, "", "3 /a", assigned=False)]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> {key: fact.value for key, fact in facts.items()}
{'first_assignment': 90.0, 'unassigned': None}
"""

from __future__ import annotations

from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts, duration_fact
from stream.domain.measures import Measure
from stream.domain.readers.assignment import Assignment
from stream.domain.readers.queue import Queue
from stream.domain.readers.statuses import Statuses
from stream.domain.rowspec import RowSpec, duration_row
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

FIRST_ASSIGNMENT = Measure("first_assignment", "Tickets that somebody has, or has had", histogram=True)
UNASSIGNED = Measure("unassigned", "Open tickets that nobody has")

_UNASSIGNED: Final = (Booking(UNASSIGNED),)


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``first_assignment`` and the level ``unassigned``."""
    created = ticket.created_us
    if created is None:
        return
    first = ticket.assignment.first_us
    if first is not None:
        into["first_assignment"] = duration_fact(
            FIRST_ASSIGNMENT, first, ticket.segment_at(first), max(0, first - created)
        )
    if ticket.is_open and not ticket.assignment.is_assigned:
        into["unassigned"] = Fact(created, ticket.segment, _UNASSIGNED, level=True)


METRIC = Metric(
    name="assignment",
    measures=(FIRST_ASSIGNMENT, UNASSIGNED),
    rows=(
        duration_row(
            "first_assignment_time",
            "created_to_first_assigned",
            "From creation to the first moment at which somebody had the ticket",
            "first assignment - created",
            "at the assignment",
            FIRST_ASSIGNMENT,
            None,
        ),
        RowSpec(
            metric="unassigned_tickets",
            definition="open_and_nobodys",
            version=1,
            kind="level",
            help="Open tickets that nobody has",
            formula="count of open tickets that are not assigned now",
            booked="while open",
            gauge="unassigned_tickets",
            measure=UNASSIGNED,
        ),
    ),
    reads=(Assignment, Statuses, Queue),
    knobs=(),
    facts=book,
    fact_values={"first_assignment": "seconds"},
)
