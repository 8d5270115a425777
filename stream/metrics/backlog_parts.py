"""What the backlog is made of: open tickets by status, and by age as of now.

Both divide ``open_tickets``: the four statuses add up to it, and so do the seven ages. A ticket is **new** until its
first status comes. Its **age** is the time since its creation by the clock, reopenings and waiting for the customer
included; it grows without any event, and a ticket counts one age higher as soon as it is older than the bound. The
oldest of all is that of ``open_tickets``. (Zendesk counts its backlog once a day; ages of backlog dashboards: a day,
three, seven, thirty.)

>>> from stream.domain.events import StatusChanged, TicketCreated
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [TicketCreated(0, "", "1 /a", "email"), StatusChanged(5_000_000, "", "2 /a", "pending")]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> {key: (fact.time_us, fact.bookings[0].measure.name) for key, fact in facts.items()}
{'open_status': (0, 'open_pending'), 'open_age': (0, 'open_under_1h')}
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.events import Status
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.queue import Queue
from stream.domain.readers.statuses import Statuses
from stream.domain.rowspec import Export, RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

STATUSES: Final[tuple[Status, ...]] = ("new", "open", "pending", "on_hold")
_HOUR_US: Final = 3_600_000_000
_AGES: Final = {"1h": 1, "4h": 4, "1d": 24, "3d": 72, "7d": 168, "30d": 720}
"""Bounds, in hours."""

BY_STATUS: Final = {status: Measure(f"open_{status}", f"Open tickets, {status}") for status in STATUSES}
_LATER: Final = tuple((hours * _HOUR_US, f"open_over_{name}") for name, hours in _AGES.items())
YOUNGEST: Final = Measure("open_under_1h", "Open tickets, created within the last hour", stages=_LATER)
BY_AGE: Final = (
    YOUNGEST,
    *(
        Measure(f"open_over_{name}", f"Open tickets, older than {name}" + (f", not than {until}" if until else ""))
        for name, until in pairwise((*_AGES, ""))
    ),
)

_BY_STATUS: Final = {status: (Booking(measure),) for status, measure in BY_STATUS.items()}
_BY_AGE: Final = (Booking(YOUNGEST),)


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book the levels ``open_status`` and ``open_age``; the clock moves the second on."""
    if ticket.is_open and ticket.created_us is not None:
        changes = ticket.statuses.changes
        status = changes[-1][1] if changes else "new"
        into["open_status"] = Fact(ticket.created_us, ticket.segment, _BY_STATUS[status], level=True)
        into["open_age"] = Fact(ticket.created_us, ticket.segment, _BY_AGE, level=True)


def _row(metric: str, measure: Measure, formula: str, export: Export | None) -> RowSpec:
    return RowSpec(
        metric=metric,
        definition=measure.name,
        version=1,
        kind="level",
        help=measure.help,
        formula=formula,
        booked="while open",
        gauge=metric,
        measure=measure,
        export=export,
    )


METRIC = Metric(
    name="backlog_parts",
    measures=(*BY_STATUS.values(), *BY_AGE),
    rows=(
        *(
            _row("open_tickets_by_status", measure, f"count of open tickets whose status is {status}", None)
            for status, measure in BY_STATUS.items()
        ),
        *(
            _row("open_tickets_by_age", measure, f"open tickets, now - created in {measure.name[5:]}", Export())
            for measure in BY_AGE
        ),
    ),
    reads=(Statuses, Queue),
    knobs=(),
    facts=book,
)
