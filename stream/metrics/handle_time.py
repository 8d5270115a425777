"""Handle time: how long an answered contact kept an agent: talk, hold, and the work after it.

A contact is handled from its answer to the end of the conversation (``ended``), or to the next ``queued`` where it goes
on to another queue; **handle time** is that span and the after-contact work (``after_contact_work_seconds`` of
``ended``). **Hold time** lies within the span (``hold_seconds``), **talk time** is the span without it. Hold and
after-contact work belong to the last agent who had the contact. Booked at the end. A contact that nobody ended yet has
no handle time, so nothing is guessed; nor has one that took no time at all (0 s): nobody served it.
By agent, where agents are a dimension, it is of who answered.
(Amazon Connect: agent interaction and hold time + after contact work time; Genesys: talk + hold + ACW.)

>>> from stream.domain.events import Answered, Ended, Queued
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [Queued(0, "", "1 /a"), Answered(10_000_000, "", "2 /a"), Ended(70_000_000, "", "3 /a", 15.0, 20.0)]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> facts["handle_time/1"].value, [booking.amount // 1_000_000 for booking in facts["handle_time/1"].bookings]
(75.0, [75, 40, 20, 15])
"""

from __future__ import annotations

from stream.domain.definitions import Definitions
from stream.domain.events import Ended
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.histogram import bin_of
from stream.domain.measures import Measure
from stream.domain.readers.queue import Queue
from stream.domain.rowspec import HOURLY, RowSpec, duration_row
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

HANDLE = Measure("handle_time", "Contacts handled, by the time they took", histogram=True, counter="handle_seconds")
TALK = Measure("talk_time", "Contacts handled, by the time of the conversation without hold", histogram=True)
HOLD = Measure("hold_time", "Contacts handled, by the time on hold", histogram=True)
AFTER = Measure("after_contact_work", "Contacts handled, by the work after the conversation", histogram=True)

_LONGEST_US = 1 << 52
"""What a source says beyond 142 years counts as that."""


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``handle_time/n`` for the visits that were answered and are over."""
    queue = ticket.queue
    visits = queue.visits
    for number, visit in enumerate(visits, 1):
        answered_us = visit.exit_us
        if visit.outcome != "answered" or answered_us is None:
            continue
        next_us = visits[number].start_us if number < len(visits) else None
        end = _end_of(queue, answered_us, next_us)
        if end is None and next_us is None:
            continue
        end_us = end.time_us if end is not None else next_us
        assert end_us is not None  # one of the two is there
        span_us = end_us - answered_us
        hold_us = min(_micro(end.hold_seconds) if end is not None else 0, span_us)
        after_us = _micro(end.after_contact_work_seconds) if end is not None else 0
        if not span_us + after_us:
            continue
        bookings = tuple(
            Booking(measure, amount, bin_of(amount))
            for measure, amount in (
                (HANDLE, span_us + after_us),
                (TALK, span_us - hold_us),
                (HOLD, hold_us),
                (AFTER, after_us),
            )
        )
        segment = ticket.segment_of_visit(visit, end_us)
        into[f"handle_time/{number}"] = Fact(end_us, segment, bookings, (span_us + after_us) / 1e6)


def _end_of(queue: Queue, answered_us: int, next_us: int | None) -> Ended | None:
    """The first end of the conversation after the answer and not after the next visit began."""
    for event in queue.events:
        if type(event) is Ended and event.time_us >= answered_us:
            return event if next_us is None or event.time_us <= next_us else None
    return None


def _micro(seconds: float | None) -> int:
    return min(round(seconds * 1e6), _LONGEST_US) if seconds is not None and seconds < 1e12 else 0


def _row(metric: str, definition: str, text: str, formula: str, measure: Measure) -> RowSpec:
    return duration_row(metric, definition, text, formula, "at the end of the conversation", measure, HOURLY)


METRIC = Metric(
    name="handle_time",
    measures=(HANDLE, TALK, HOLD, AFTER),
    rows=(
        _row(
            "handle_time",
            "answered_to_ended_and_after_contact_work",
            "Time that a contact kept an agent: conversation, hold and the work after it",
            "ended - answered + after_contact_work_seconds",
            HANDLE,
        ),
        _row("talk_time", "conversation_without_hold", "Conversation without hold", "ended - answered - hold", TALK),
        _row("hold_time", "hold_seconds", "Time that a contact was on hold", "hold_seconds", HOLD),
        _row(
            "after_contact_work_time",
            "after_contact_work_seconds",
            "Work after the conversation",
            "after_contact_work_seconds",
            AFTER,
        ),
    ),
    reads=(Queue,),
    knobs=(),
    facts=book,
    fact_values={"handle_time/<n>": "seconds"},
)
