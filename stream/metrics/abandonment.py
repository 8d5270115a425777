"""Abandonment: of the contacts that were answered or gave up waiting, the share that gave up. By queue visit.

Booked at the queue's exit. Abandons shorter than ``short_abandon_seconds`` leave both sides and are counted apart.
Contacts that left the queue otherwise (callback, voicemail, transfer, timeout, overflow) are neither, and are
published beside it. Answered without having queued waited 0 s. A wait that would be negative counts as 0.
(Genesys Cloud, Google CCAI: abandoned / (answered + abandoned).)

>>> from stream.domain.events import Abandoned, Queued
>>> facts = {}
>>> book(Timeline([Queued(0, "", "1 /a"), Abandoned(45_000_000, "", "2 /a")], Definitions()), Definitions(), facts)
>>> sorted(facts), facts["abandoned/1"].value
(['abandoned/1', 'offered/1'], 45.0)
"""

from __future__ import annotations

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.histogram import bin_of
from stream.domain.rowspec import RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Measure, Metric

OFFERED = Measure("offered", "Contacts offered to a queue or answered directly", counter="contacts_offered")
ANSWERED = Measure(
    "answered", "Contacts answered, by their wait", histogram=True, counter="contacts_answered_wait_seconds"
)
ABANDONED = Measure(
    "abandoned",
    "Contacts abandoned, by their wait",
    histogram=True,
    counter="contacts_abandoned_wait_seconds",
)
SHORT = Measure("short_abandoned", "Contacts abandoned too soon to count", counter="contacts_short_abandoned")
LEFT = Measure(
    "left_queue", "Contacts that left the queue neither answered nor abandoned", counter="contacts_left_queue"
)
NEGATIVE = Measure("negative_wait", "Waits that were negative and count as 0", counter="contacts_negative_wait")


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``offered/n`` and ``answered/n``, ``abandoned/n`` or ``left_queue/n`` for the n-th visit."""
    for number, visit in enumerate(ticket.visits, 1):
        segment = ticket.segment_for(visit)
        into[f"offered/{number}"] = Fact(visit.start_us, segment, (Booking("offered"),))
        if visit.exit_us is None:
            continue
        wait = visit.wait_us
        measure = "left_queue" if visit.outcome == "left" else visit.outcome
        bookings: tuple[Booking, ...]
        if measure == "left_queue":
            bookings = (Booking("left_queue"),)
        elif measure == "abandoned" and wait < definitions.short_abandon_seconds * 1e6:
            bookings = (Booking("short_abandoned"),)
        else:
            bookings = (Booking(measure, wait, bin_of(wait)),)
        if visit.is_negative:
            bookings += (Booking("negative_wait"),)
        into[f"{measure}/{number}"] = Fact(visit.exit_us, segment, bookings, wait / 1e6)


METRIC = Metric(
    name="abandonment",
    measures=(OFFERED, ANSWERED, ABANDONED, SHORT, LEFT, NEGATIVE),
    rows=(
        RowSpec(
            metric="abandonment",
            definition="abandoned_of_answered_and_abandoned",
            version=1,
            kind="ratio",
            help="Share of contacts that left while waiting; short abandons leave both sides",
            formula="abandoned / (answered + abandoned)",
            booked="at the queue's exit",
            gauge="abandonment",
            numerator=("abandoned",),
            denominator=("answered", "abandoned"),
        ),
        RowSpec(
            metric="speed_of_answer",
            definition="wait_of_answered",
            version=1,
            kind="duration",
            help="Wait of the contacts that were answered; 0 where they did not queue",
            formula="answered - queued",
            booked="at the answer",
            gauge="speed_of_answer",
            measure="answered",
        ),
        RowSpec(
            metric="time_to_abandon",
            definition="wait_of_abandoned",
            version=1,
            kind="duration",
            help="Wait of the contacts that abandoned (short abandons left out)",
            formula="abandoned - queued",
            booked="at the abandon",
            gauge="time_to_abandon",
            measure="abandoned",
        ),
        RowSpec(
            metric="contacts_offered",
            definition="queue_visits",
            version=1,
            kind="count",
            help="Contacts that began to wait, or were answered without waiting",
            formula="count of queue visits",
            booked="when the wait begins",
            gauge="contacts_offered",
            measure="offered",
        ),
        RowSpec(
            metric="contacts_left_queue",
            definition="left_otherwise",
            version=1,
            kind="count",
            help="Contacts that left the queue by callback, voicemail, transfer, timeout or overflow",
            formula="count of queue exits that are neither answers nor abandons",
            booked="at the queue's exit",
            gauge="contacts_left_queue",
            measure="left_queue",
        ),
        RowSpec(
            metric="contacts_short_abandoned",
            definition="abandoned_too_soon",
            version=1,
            kind="count",
            help="Abandons shorter than short_abandon_seconds",
            formula="count of abandons with wait < short_abandon_seconds",
            booked="at the abandon",
            gauge="contacts_short_abandoned",
            measure="short_abandoned",
        ),
    ),
    facts=book,
    fact_values={
        "offered/<n>": "none",
        "answered/<n>": "seconds waited",
        "abandoned/<n>": "seconds waited",
        "left_queue/<n>": "seconds waited",
    },
)
