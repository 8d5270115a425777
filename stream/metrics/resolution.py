"""Resolution time, first and full: from creation to the first and to the last change into done.

Done is ``solved`` or ``closed``; a change into it comes from a status that is not done. So solved, then closed, is one
resolution, and a repeated status is none. While a ticket is reopened it has no full value: the old one is retracted.
Time spent pending or on hold is not taken out. Booked at the change. A change dated before the creation is a span of 0.
(Zendesk "first" and "full resolution time".)

Version 2: a change into ``closed`` counts like one into ``solved``; before, it counted only where solved never came, so
that a ticket solved, reopened and closed kept the time of its first solve.

>>> from stream.domain.events import StatusChanged, TicketCreated
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [TicketCreated(0, "", "1 /a", "email"), StatusChanged(60_000_000, "", "2 /a", "solved"),
...        StatusChanged(70_000_000, "", "3 /a", "open"), StatusChanged(120_000_000, "", "4 /a", "solved")]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> facts["first_resolution"].value, facts["full_resolution"].value
(60.0, 120.0)
"""

from __future__ import annotations

from stream.domain.definitions import Definitions
from stream.domain.facts import Facts, duration_fact
from stream.domain.measures import Measure
from stream.domain.readers.statuses import Statuses
from stream.domain.rowspec import DAILY, RARE, Export, RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

FIRST = Measure(
    "first_resolution",
    "Tickets resolved for the first time",
    histogram=True,
    counter="first_resolution_seconds",
)
FULL = Measure("full_resolution", "Tickets that are resolved", histogram=True, counter="full_resolution_seconds")


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``first_resolution`` and, while the ticket is done, ``full_resolution``."""
    created, resolutions = ticket.created_us, ticket.statuses.resolutions
    if created is None or not resolutions:
        return
    first, last = resolutions[0], resolutions[-1]
    into["first_resolution"] = duration_fact(FIRST, first, ticket.segment_at(first), max(0, first - created))
    if ticket.statuses.is_done:
        into["full_resolution"] = duration_fact(FULL, last, ticket.segment_at(last), max(0, last - created))


METRIC = Metric(
    name="resolution_time",
    measures=(FIRST, FULL),
    rows=(
        RowSpec(
            metric="first_resolution_time",
            definition="created_to_first_solved",
            version=2,
            kind="duration",
            help="From creation to the first change into done (solved or closed)",
            formula="first change into done - created",
            booked="at the first change into done",
            gauge="first_resolution_time",
            measure=FIRST,
            export=DAILY,
        ),
        RowSpec(
            metric="full_resolution_time",
            definition="created_to_last_solved",
            version=2,
            kind="duration",
            help="From creation to the last change into done (solved or closed); none while the ticket is reopened",
            formula="last change into done - created",
            booked="at the last change into done",
            gauge="full_resolution_time",
            measure=FULL,
            export=Export(RARE, 2),
        ),
    ),
    reads=(Statuses,),
    knobs=(),
    facts=book,
    fact_values={"first_resolution": "seconds", "full_resolution": "seconds"},
)
