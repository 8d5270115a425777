"""Time in status: how long a resolved ticket waited for us, for the customer, and on hold.

From creation to the last change into done, cut at the changes of status: **requester wait** is the time in new, open
and on hold, **agent wait** the time in pending, **on-hold time** that on hold; **solve time** is what is left of the
full resolution time without pending and on hold. Time in which the ticket was done, before it was reopened, is none of
them. Before the first status the ticket is new; a change dated before the creation takes effect at the creation.
Booked with the full resolution, and taken back while the ticket is reopened. Calendar time.
(Zendesk requester wait, agent wait, on-hold time; the split as dbt_zendesk computes it.)

>>> from stream.domain.events import StatusChanged, TicketCreated
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [TicketCreated(0, "", "1 /a", "email"), StatusChanged(60_000_000, "", "2 /a", "pending"),
...        StatusChanged(90_000_000, "", "3 /a", "on_hold"), StatusChanged(100_000_000, "", "4 /a", "solved")]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> {key: fact.value for key, fact in facts.items()}
{'requester_wait': 70.0, 'agent_wait': 30.0, 'on_hold_time': 10.0, 'solve_time': 60.0}
"""

from __future__ import annotations

from stream.domain.definitions import Definitions
from stream.domain.events import Status
from stream.domain.facts import Facts, duration_fact
from stream.domain.measures import Measure
from stream.domain.readers.statuses import Statuses
from stream.domain.rowspec import DAILY, RowSpec, duration_row
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

REQUESTER_WAIT = Measure("requester_wait", "Tickets that are resolved, by their wait for us", histogram=True)
AGENT_WAIT = Measure("agent_wait", "Tickets that are resolved, by their wait for the customer", histogram=True)
ON_HOLD = Measure("on_hold_time", "Tickets that are resolved, by the time they were on hold", histogram=True)
SOLVE_TIME = Measure("solve_time", "Tickets that are resolved, by the time we could work on them", histogram=True)


def time_in_status(ticket: Timeline, created_us: int, until_us: int) -> dict[Status, int]:
    """Microseconds in each status from the creation on; the status before the first change is new."""
    spent: dict[Status, int] = {}
    status: Status = "new"
    since_us = created_us
    for changed_us, following in ticket.statuses.changes:
        at_us = min(max(changed_us, created_us), until_us)
        spent[status] = spent.get(status, 0) + at_us - since_us
        status, since_us = following, at_us
    spent[status] = spent.get(status, 0) + until_us - since_us
    return spent


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book all four while the ticket is done."""
    created, statuses = ticket.created_us, ticket.statuses
    if created is None or not statuses.is_done:
        return
    last = max(statuses.resolutions[-1], created)
    spent = time_in_status(ticket, created, last)
    at_work, on_hold = spent.get("new", 0) + spent.get("open", 0), spent.get("on_hold", 0)
    booked_us = statuses.resolutions[-1]
    segment = ticket.segment_at(booked_us)
    for measure, span_us in (
        (REQUESTER_WAIT, at_work + on_hold),
        (AGENT_WAIT, spent.get("pending", 0)),
        (ON_HOLD, on_hold),
        (SOLVE_TIME, at_work),
    ):
        into[measure.name] = duration_fact(measure, booked_us, segment, span_us)


def _row(metric: str, definition: str, text: str, formula: str, measure: Measure) -> RowSpec:
    return duration_row(metric, definition, text, formula, "at the last change into done", measure, DAILY)


METRIC = Metric(
    name="status_time",
    measures=(REQUESTER_WAIT, AGENT_WAIT, ON_HOLD, SOLVE_TIME),
    rows=(
        _row(
            "requester_wait_time",
            "new_open_on_hold",
            "Time that a resolved ticket waited for us",
            "time in new + open + on_hold",
            REQUESTER_WAIT,
        ),
        _row(
            "agent_wait_time",
            "pending",
            "Time that a resolved ticket waited for its customer",
            "time in pending",
            AGENT_WAIT,
        ),
        _row("on_hold_time", "on_hold", "Time that a resolved ticket was on hold", "time in on_hold", ON_HOLD),
        _row(
            "solve_time",
            "new_open",
            "Resolution time without the time pending and on hold",
            "time in new + open",
            SOLVE_TIME,
        ),
    ),
    reads=(Statuses,),
    knobs=(),
    facts=book,
    fact_values=dict.fromkeys(("requester_wait", "agent_wait", "on_hold_time", "solve_time"), "seconds"),
)
