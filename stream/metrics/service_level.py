"""Service level: of the contacts that were answered or gave up waiting, the share that was answered in time.

In time is a wait of at most T, which is set for each channel (``answer_within_seconds``). By queue visit, booked at
the queue's exit, from the same visits as abandonment: abandons shorter than ``short_abandon_seconds`` leave both sides.
Version 2: the visits are those of abandonment, version 2.
Five formulas are in use, and their results differ by points; all five are published, side by side. The one that no
quick abandon improves comes first. (Genesys Cloud: answered in time / (answered + abandoned). Amazon Connect and
Asterisk count quick abandons as a success, Intermedia leaves them out; ICMI describes all five.)

>>> from stream.domain.events import Answered, Queued
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [Queued(0, "", "1 /a"), Answered(12_000_000, "", "2 /a")]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> facts["answered_within/1"].value
12.0
"""

from __future__ import annotations

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.queue import Queue
from stream.domain.rowspec import Export, RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.abandonment import ABANDONED, ANSWERED, OUTCOMES, SHORT, outcome_of
from stream.metrics.spec import Metric

ANSWERED_WITHIN = Measure(
    "answered_within", "Contacts answered within answer_within_seconds", counter="contacts_answered_within"
)
ABANDONED_WITHIN = Measure("abandoned_within", "Contacts abandoned within answer_within_seconds")
ABANDONED_BEYOND = Measure("abandoned_beyond", "Contacts abandoned after answer_within_seconds")

_WITHIN = {ANSWERED.name: (Booking(ANSWERED_WITHIN),), ABANDONED.name: (Booking(ABANDONED_WITHIN),)}
_BEYOND = {ABANDONED.name: (Booking(ABANDONED_BEYOND),)}


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``answered_within/n``, ``abandoned_within/n`` or ``abandoned_beyond/n`` for the n-th visit."""
    for number, visit in enumerate(ticket.queue.visits, 1):
        if visit.exit_us is None:
            continue
        wait = visit.wait_us
        chosen = _WITHIN if wait <= definitions.answer_within(ticket.channel) * 1e6 else _BEYOND
        bookings = chosen.get(outcome_of(ticket, visit, definitions).name)
        if bookings is not None:
            fact = Fact(visit.exit_us, ticket.segment_of_visit(visit, visit.exit_us), bookings, wait / 1e6)
            into[f"{bookings[0].measure.name}/{number}"] = fact


def _row(
    definition: str,
    text: str,
    formula: str,
    numerator: tuple[Measure, ...],
    denominator: tuple[Measure, ...],
    export: Export | None = None,
) -> RowSpec:
    return RowSpec(
        metric="service_level",
        definition=definition,
        version=2,
        kind="ratio",
        help=text,
        formula=formula,
        booked="at the queue's exit",
        gauge="service_level",
        numerator=numerator,
        denominator=denominator,
        export=export,
    )


METRIC = Metric(
    name="service_level",
    measures=(ANSWERED_WITHIN, ABANDONED_WITHIN, ABANDONED_BEYOND),
    rows=(
        _row(
            "answered_within_of_answered_and_abandoned",
            "Share of contacts answered within answer_within_seconds; every abandon counts against it",
            "answered within T / (answered + abandoned)",
            (ANSWERED_WITHIN,),
            OUTCOMES,
            Export(most_dimensions=2),
        ),
        _row(
            "left_queue_within_of_answered_and_abandoned",
            "Share of contacts answered or abandoned within answer_within_seconds; quick abandons improve it",
            "(answered within T + abandoned within T) / (answered + abandoned)",
            (ANSWERED_WITHIN, ABANDONED_WITHIN),
            OUTCOMES,
        ),
        _row(
            "answered_within_of_answered",
            "Share of the answered contacts that were answered within answer_within_seconds; abandons are not seen",
            "answered within T / answered",
            (ANSWERED_WITHIN,),
            (ANSWERED,),
        ),
        _row(
            "answered_within_of_answered_and_abandoned_beyond",
            "Share of contacts answered within answer_within_seconds; abandons within it leave both sides",
            "answered within T / (answered + abandoned after T)",
            (ANSWERED_WITHIN,),
            (ANSWERED, ABANDONED_BEYOND),
        ),
        _row(
            "answered_within_or_short_abandoned",
            "Share of contacts answered within answer_within_seconds or abandoned before short_abandon_seconds",
            "(answered within T + short abandons) / (answered + abandoned + short abandons)",
            (ANSWERED_WITHIN, SHORT),
            (*OUTCOMES, SHORT),
        ),
    ),
    reads=(Queue,),
    knobs=("answer_within_seconds", "answer_within_by_channel", "short_abandon_seconds", "short_abandon_by_channel"),
    facts=book,
    fact_values={
        "answered_within/<n>": "seconds waited",
        "abandoned_within/<n>": "seconds waited",
        "abandoned_beyond/<n>": "seconds waited",
    },
)
