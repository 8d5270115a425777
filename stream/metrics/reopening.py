"""Reopening: how often what was done had to be done again, and how often one reply was enough.

A **reopening** is a change from done (solved or closed) to a status that is not; it is booked when it happens. The
**reopen rate** is the share of tickets resolved that were reopened at least once, however often, booked at the first
resolution: a ticket reopened later raises the rate of the day on which it seemed done, and no window exceeds 1.
**One-touch** resolutions are done with exactly one reply of a person, of all that are resolved; booked at the last
change into done. (Zendesk one-touch tickets and reopens; dbt_zendesk counts max(0, solves - 1).)

>>> from stream.domain.events import StatusChanged, TicketCreated
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [TicketCreated(0, "", "1 /a", "email"), StatusChanged(60_000_000, "", "2 /a", "solved"),
...        StatusChanged(70_000_000, "", "3 /a", "open"), StatusChanged(120_000_000, "", "4 /a", "solved")]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> {key: fact.time_us // 1_000_000 for key, fact in facts.items()}
{'resolved': 60, 'reopening/1': 70, 'touches': 120}
"""

from __future__ import annotations

from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.exchange import Exchange
from stream.domain.readers.statuses import Statuses
from stream.domain.rowspec import DAILY, RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

RESOLVED = Measure("resolved", "Tickets resolved at least once")
REOPENED = Measure("reopened", "Tickets resolved and reopened at least once")
REOPENING = Measure("reopening", "Times that a ticket was reopened", counter="reopenings")
TOUCHED = Measure("touched", "Tickets that are resolved")
ONE_TOUCH = Measure("one_touch", "Tickets resolved with exactly one reply")

_RESOLVED: Final = (Booking(RESOLVED),)
_REOPENED: Final = (Booking(RESOLVED), Booking(REOPENED))
_REOPENING: Final = (Booking(REOPENING),)
_TOUCHED: Final = (Booking(TOUCHED),)
_ONE_TOUCH: Final = (Booking(TOUCHED), Booking(ONE_TOUCH))


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``resolved``, ``reopening/n`` and, while the ticket is done, ``touches``."""
    statuses = ticket.statuses
    if ticket.created_us is None or not statuses.resolutions:
        return
    first, last = statuses.resolutions[0], statuses.resolutions[-1]
    into["resolved"] = Fact(first, ticket.segment_at(first), _REOPENED if statuses.reopenings else _RESOLVED)
    for number, time_us in enumerate(statuses.reopenings, 1):
        into[f"reopening/{number}"] = Fact(time_us, ticket.segment_at(time_us), _REOPENING)
    if statuses.is_done:
        replies = ticket.exchange.replies
        bookings = _ONE_TOUCH if replies == 1 else _TOUCHED
        into["touches"] = Fact(last, ticket.segment_at(last), bookings, float(replies))


METRIC = Metric(
    name="reopening",
    measures=(RESOLVED, REOPENED, REOPENING, TOUCHED, ONE_TOUCH),
    rows=(
        RowSpec(
            metric="reopenings",
            definition="from_done_to_not_done",
            version=1,
            kind="count",
            help="Times that a ticket that was done was opened again",
            formula="count of changes from done to a status that is not",
            booked="at the reopening",
            gauge="reopenings",
            measure=REOPENING,
            export=DAILY,
        ),
        RowSpec(
            metric="reopen_rate",
            definition="reopened_of_resolved",
            version=1,
            kind="ratio",
            help="Share of tickets resolved that were reopened at least once, by the day of their first resolution",
            formula="tickets reopened / tickets resolved",
            booked="at the first change into done",
            gauge="reopen_rate",
            numerator=(REOPENED,),
            denominator=(RESOLVED,),
            export=DAILY,
        ),
        RowSpec(
            metric="one_touch_resolution",
            definition="resolved_with_one_reply",
            version=1,
            kind="ratio",
            help="Share of tickets that are resolved with exactly one reply of a person",
            formula="tickets resolved with one reply / tickets that are resolved",
            booked="at the last change into done",
            gauge="one_touch_resolution",
            numerator=(ONE_TOUCH,),
            denominator=(TOUCHED,),
            export=DAILY,
        ),
    ),
    reads=(Statuses, Exchange),
    knobs=(),
    facts=book,
    fact_values={"resolved": "none", "reopening/<n>": "none", "touches": "number of replies"},
)
