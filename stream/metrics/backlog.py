"""What is going on right now: tickets that are open, contacts that wait, and since when the longest of them waits.

These are levels, not windows: a fact holds from the moment the state begins until it ends, and is in no pane.
Nobody waits for ever: who has waited longer than ``definitions.longest_wait_hours`` is lost (most likely a system never
told of the exit) and leaves ``waiting_contacts`` and the longest wait for ``lost_contacts``, without any event, until
the exit is told after all.

Version 2 of ``queued_not_left``: without those that are lost.

>>> from stream.domain.events import Queued, TicketCreated
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [TicketCreated(0, "", "1 /a", "phone"), Queued(5_000_000, "", "2 /a")]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> {key: fact.time_us for key, fact in facts.items()}
{'open': 0, 'waiting': 5000000}
"""

from __future__ import annotations

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.levels import LOST_OF
from stream.domain.measures import Measure
from stream.domain.readers.queue import Queue
from stream.domain.readers.statuses import Statuses
from stream.domain.rowspec import Export, RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

OPEN = Measure("open", "Tickets that are open")
WAITING = Measure("waiting", "Contacts that wait in a queue")
LOST = Measure(LOST_OF["waiting"], "Contacts that have waited for longer than anybody waits")

_OPEN = (Booking(OPEN),)
_WAITING = (Booking(WAITING),)


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book the levels ``open`` and ``waiting``."""
    if ticket.is_open and ticket.created_us is not None:
        into["open"] = Fact(ticket.created_us, ticket.segment, _OPEN, level=True)
    visit = ticket.queue.waiting
    if visit is not None:
        into["waiting"] = Fact(visit.start_us, ticket.segment_of_visit(visit), _WAITING, level=True)


METRIC = Metric(
    name="backlog",
    measures=(OPEN, WAITING, LOST),
    rows=(
        RowSpec(
            metric="open_tickets",
            definition="created_not_solved",
            version=1,
            kind="level",
            help="Tickets created and not solved, closed, merged or removed",
            formula="count of open tickets now; the oldest was created first",
            booked="while open",
            gauge="open_tickets",
            oldest_gauge="oldest_open",
            measure=OPEN,
            export=Export(most_dimensions=2),
        ),
        RowSpec(
            metric="waiting_contacts",
            definition="queued_not_left",
            version=2,
            kind="level",
            help="Contacts in a queue that are neither answered nor gone nor lost",
            formula="count of contacts waiting now; the oldest gives the longest wait",
            booked="while waiting",
            gauge="waiting_contacts",
            oldest_gauge="longest_wait",
            measure=WAITING,
            export=Export(most_dimensions=2),
        ),
        RowSpec(
            metric="lost_contacts",
            definition="waiting_too_long",
            version=1,
            kind="level",
            help="Contacts that have waited for longer than longest_wait_hours, and count as lost",
            formula="count of contacts whose wait now exceeds longest_wait_hours; the oldest is since when",
            booked="while the wait goes on",
            gauge="lost_contacts",
            measure=LOST,
            export=Export(most_dimensions=2),
        ),
    ),
    reads=(Queue, Statuses),
    knobs=("longest_wait_hours",),
    facts=book,
)
