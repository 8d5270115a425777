"""Whether the backlog grows: created less resolved, and how long what is open would take at the present pace.

**Net flow** is the number of tickets created in a window less those resolved in it, each at its last change into done:
a ticket that is reopened takes its resolution back. A live contact that never had a status is done when its
conversation ends, or when it gives up. So the net flow of all time is what is open now. **Backlog work** divides the
tickets open now by those resolved per second of the window: at that pace nothing would be left after so long, if
nothing new came. Where nothing was resolved there is no pace, and no number; the window ``total`` has no length, and
none either. (Burn rate: solved - created.)

>>> from stream.domain.events import Ended, Queued, TicketCreated
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [TicketCreated(0, "", "1 /a", "phone"), Queued(0, "", "2 /a"), Ended(60_000_000, "", "3 /a")]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> {key: fact.time_us for key, fact in facts.items()}
{'contact_over': 60000000}
"""

from __future__ import annotations

from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.queue import Queue
from stream.domain.readers.statuses import Statuses
from stream.domain.rowspec import DAILY, RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.backlog import OPEN
from stream.metrics.resolution import FULL
from stream.metrics.resolution_rate import CREATED
from stream.metrics.spec import Metric

CONTACT_OVER = Measure("contact_over", "Live contacts without a status that are over")

_OVER: Final = (Booking(CONTACT_OVER),)
_DONE: Final = (FULL, CONTACT_OVER)


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``contact_over``; the rest of the flow is booked by those who count creations and resolutions."""
    queue = ticket.queue
    if ticket.created_us is not None and queue.is_over and not ticket.statuses.changes:
        last = queue.events[-1].time_us
        into["contact_over"] = Fact(last, ticket.segment_at(last), _OVER)


METRIC = Metric(
    name="backlog_flow",
    measures=(CONTACT_OVER,),
    rows=(
        RowSpec(
            metric="net_flow",
            definition="created_less_resolved",
            version=1,
            kind="count",
            help="Tickets created in the window less those resolved in it; below 0 the backlog shrinks",
            formula="created - resolved - live contacts without a status that are over",
            booked="at the creation, at the last change into done, at the end of the contact",
            gauge="net_flow",
            numerator=(CREATED,),
            subtrahend=_DONE,
            export=DAILY,
        ),
        RowSpec(
            metric="backlog_work",
            definition="open_at_pace_of_window",
            version=1,
            kind="mean",
            help="Seconds until nothing would be open, at the pace of the window and if nothing new came",
            formula="open now * seconds of the window / resolved in the window",
            booked="at the last change into done, at the end of the contact",
            gauge="backlog_work_seconds",
            denominator=_DONE,
            level=(OPEN,),
            export=DAILY,
        ),
    ),
    reads=(Queue, Statuses),
    knobs=(),
    facts=book,
    fact_values={"contact_over": "none"},
)
