"""Abandonment: of the contacts that were answered or gave up waiting, the share that gave up. By queue visit.

A visit begins with ``queued``. While it waits, ``queued`` of the same team or of none goes on with it; of another team
it ends it as a transfer, and the next one begins. ``answered``, ``abandoned`` and ``left_queue`` end it. ``ended`` ends
it too, at its own time, as abandoned: nobody answered and the contact is over
(``definitions.ended_while_waiting``: or as left); what comes after ``ended`` is a new contact.
Without a visit under way an exit is a visit of its own, answered (or abandoned) after 0 s, only where the contact has
had none since it began or since its last ``ended``. Any other is a hand-over among colleagues, the report of a second
system or noise: no visit, counted as ``deskpulse_pipeline_exits_without_wait_total``. Of two sources that both told a
visit's ``queued`` within ``clock_skew_seconds``, the slower one may say its exit again as late after the exit, or after
``ended``: that ends nothing either.
At the same time and without ``sequence``, an exit of the visit under way comes before a new ``queued``.

Booked at the queue's exit. Abandons shorter than ``short_abandon_seconds``, which is set for each channel, leave both
sides and are counted apart. Contacts that left the queue otherwise are neither, and are published beside it by reason.
A wait that would be negative counts as 0. Who waits longer than ``definitions.longest_wait_hours`` is lost: offered,
and in no outcome (see `lost_contacts`).
(Genesys Cloud, Google CCAI: abandoned / (answered + abandoned). By the other formula in use, of the contacts offered:
`abandonment_of_offered`.)

**Longest wait of those answered**: a maximum cannot be taken back, so no exact one is kept. It is read off the bins of
the waits, which are exact counts: the row's ``low`` and ``high`` are the ends of the bin that the longest wait lies in,
2 % apart, and ``value`` is the bin's middle, within 1 % of it.

**Patience**: how long contacts would wait at most. Those that were answered would have waited longer than they did, so
it is not the time to abandon, which is that of the impatient alone. The mean is all time waited by those who were
answered or abandoned, divided by the abandons (the maximum-likelihood estimate where patience is exponential); the
percentiles are those of Kaplan and Meier (1958), and null where too few gave up to tell: where one in ten abandons,
nobody knows how long half of them would wait. Short abandons are left out. (Brown et al. 2005, section 5.)

Version 2 of all of them: one contact has one visit at a time. Before, every exit without a queueing was a visit
answered at once, every ``queued`` a new one, and ``ended`` while waiting was left otherwise.

>>> from stream.domain.events import Abandoned, Queued
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> facts = {}
>>> log = [Queued(0, "", "1 /a"), Abandoned(45_000_000, "", "2 /a")]
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> sorted(facts), facts["abandoned/1"].value
(['abandoned/1', 'offered/1'], 45.0)
"""

from __future__ import annotations

from typing import Final, get_args

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.histogram import bin_of
from stream.domain.measures import Measure
from stream.domain.readers.queue import Queue
from stream.domain.rowspec import HOURLY, Export, RowSpec
from stream.domain.timeline import Timeline
from stream.domain.visits import ExitKind, LeftReason, Visit
from stream.metrics.spec import Metric

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

_REASONS: Final[dict[LeftReason, str]] = {
    "callback": "to be called back",
    "voicemail": "for a voicemail",
    "transfer": "by transfer to another queue",
    "timeout": "by timeout",
    "overflow": "by overflow",
    "ended": "because the conversation ended (with ended_while_waiting = left)",
}
"""Reason to how the text of its row ends."""
LEFT_FOR: Final = {
    reason: Measure(f"left_{reason}", f"Contacts that left the queue {text}") for reason, text in _REASONS.items()
}
EXITS_WITHOUT_WAIT: Final[dict[ExitKind, Measure]] = {
    kind: Measure(f"exit_without_wait_{kind}", f"Exits ({kind}) without a wait that they could end", is_counted=True)
    for kind in get_args(ExitKind)
}
_STRAY_BOOKINGS: Final = {kind: (Booking(measure),) for kind, measure in EXITS_WITHOUT_WAIT.items()}
_OFFERED: Final = (Booking(OFFERED),)
_LEFT_BOOKINGS: Final = {reason: (Booking(LEFT), Booking(measure)) for reason, measure in LEFT_FOR.items()}
OUTCOMES: Final = (ANSWERED, ABANDONED)
"""What contacts come to that the ratio counts; keys of their facts begin with the name of the measure booked."""


def outcome_of(ticket: Timeline, visit: Visit, definitions: Definitions) -> Measure:
    """Measure of a visit that has ended; its fact has the same name."""
    if visit.outcome == "left":
        return LEFT
    if visit.outcome == "answered":
        return ANSWERED
    return SHORT if visit.wait_us < definitions.short_abandon(ticket.channel) * 1e6 else ABANDONED


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``offered/n``, and ``answered/n``, ``abandoned/n``, ``short_abandoned/n`` or ``left_queue/n``."""
    for number, visit in enumerate(ticket.queue.visits, 1):
        start_us = visit.start_us
        into[f"offered/{number}"] = Fact(start_us, ticket.segment_of_visit(visit, start_us), _OFFERED)
        if visit.exit_us is None:
            continue
        wait = visit.wait_us
        measure = outcome_of(ticket, visit, definitions)
        bookings: tuple[Booking, ...]
        if measure in OUTCOMES:
            bookings = (Booking(measure, wait, bin_of(wait)),)
        elif visit.reason is not None:
            bookings = _LEFT_BOOKINGS[visit.reason]
        else:
            bookings = (Booking(measure),)
        if visit.is_negative:
            bookings += (Booking(NEGATIVE),)
        segment = ticket.segment_of_visit(visit, visit.exit_us)
        into[f"{measure.name}/{number}"] = Fact(visit.exit_us, segment, bookings, wait / 1e6)
    for number, stray in enumerate(ticket.queue.exits_without_wait, 1):
        segment = ticket.segment_for(stray.team, stray.time_us)
        into[f"exit_without_wait/{number}"] = Fact(stray.time_us, segment, _STRAY_BOOKINGS[stray.kind])


def _left_row(reason: LeftReason, text: str) -> RowSpec:
    return RowSpec(
        metric="contacts_left_queue",
        definition=f"left_by_{reason}",
        version=1,
        kind="count",
        help=f"Contacts that left the queue {text}",
        formula=f"count of queue exits with reason {reason}",
        booked="at the queue's exit",
        gauge="contacts_left_queue_by_reason",
        measure=LEFT_FOR[reason],
    )


METRIC = Metric(
    name="abandonment",
    measures=(OFFERED, ANSWERED, ABANDONED, SHORT, LEFT, *LEFT_FOR.values(), NEGATIVE, *EXITS_WITHOUT_WAIT.values()),
    rows=(
        RowSpec(
            metric="abandonment",
            definition="abandoned_of_answered_and_abandoned",
            version=2,
            kind="ratio",
            help="Share of contacts that left while waiting; short abandons leave both sides",
            formula="abandoned / (answered + abandoned)",
            booked="at the queue's exit",
            gauge="abandonment",
            numerator=(ABANDONED,),
            denominator=OUTCOMES,
            export=Export(most_dimensions=2),
        ),
        RowSpec(
            metric="speed_of_answer",
            definition="wait_of_answered",
            version=2,
            kind="duration",
            help="Wait of the contacts that were answered; 0 where they did not queue",
            formula="answered - queued",
            booked="at the answer",
            gauge="speed_of_answer",
            measure=ANSWERED,
        ),
        RowSpec(
            metric="time_to_abandon",
            definition="wait_of_abandoned",
            version=2,
            kind="duration",
            help="Wait of the contacts that abandoned (short abandons left out)",
            formula="abandoned - queued",
            booked="at the abandon",
            gauge="time_to_abandon",
            measure=ABANDONED,
        ),
        RowSpec(
            metric="longest_wait_of_answered",
            definition="longest_wait_of_answered",
            version=1,
            kind="longest",
            help="Longest wait of the contacts that were answered",
            formula="bin of the longest answered - queued",
            booked="at the answer",
            gauge="longest_wait_of_answered",
            measure=ANSWERED,
            export=HOURLY,
        ),
        RowSpec(
            metric="patience",
            definition="waits_of_answered_cut_short",
            version=1,
            kind="duration",
            help="How long contacts would wait until they abandon, those that were answered having waited too short",
            formula="waits of answered and abandoned / abandoned",
            booked="at the queue's exit",
            gauge="patience",
            measure=ABANDONED,
            censored=(ANSWERED,),
            export=HOURLY,
        ),
        RowSpec(
            metric="contacts_offered",
            definition="queue_visits",
            version=2,
            kind="count",
            help="Contacts that began to wait, or were answered without waiting",
            formula="count of queue visits",
            booked="when the wait begins",
            gauge="contacts_offered",
            measure=OFFERED,
            export=Export(most_dimensions=2),
        ),
        RowSpec(
            metric="contacts_left_queue",
            definition="left_otherwise",
            version=2,
            kind="count",
            help="Contacts that left the queue neither answered nor abandoned, for whatever reason",
            formula="count of queue exits that are neither answers nor abandons",
            booked="at the queue's exit",
            gauge="contacts_left_queue",
            measure=LEFT,
        ),
        *(_left_row(reason, text) for reason, text in _REASONS.items()),
        RowSpec(
            metric="contacts_short_abandoned",
            definition="abandoned_too_soon",
            version=2,
            kind="count",
            help="Abandons shorter than short_abandon_seconds",
            formula="count of abandons with wait < short_abandon_seconds",
            booked="at the abandon",
            gauge="contacts_short_abandoned",
            measure=SHORT,
        ),
    ),
    reads=(Queue,),
    knobs=("short_abandon_seconds", "short_abandon_by_channel"),
    facts=book,
    fact_values={
        "offered/<n>": "none",
        "answered/<n>": "seconds waited",
        "abandoned/<n>": "seconds waited",
        "short_abandoned/<n>": "seconds waited",
        "left_queue/<n>": "seconds waited",
        "exit_without_wait/<n>": "none",
    },
)
