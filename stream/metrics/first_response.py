"""First response time: from the request to the first answer a person wrote, in three readings side by side.

A response is a public message of an agent that no automation wrote. Messages before the start do not count, and there
is no value until there is a response. Booked at the response.

- ``first_human_reply`` starts at creation, or at the last hand-over from a bot before the response.
- ``first_human_reply_since_opening`` starts at the last opening before the response: creation, hand-over, or a
  reopening (a change from done to a status that is not). So days in which a ticket lay solved by a bot do not count.
- ``first_reply_to_customer`` starts at creation whatever came after, and counts tickets opened by agents too: there the
  message that opened the ticket is no response, the next one is.

The first two leave out tickets opened by agents. Where ``opened_by`` is not given, a ticket whose first public message
is an agent's, at the very moment of creation, counts as opened by an agent. The message that opened a ticket is the
agent's first, where it is dated at most ``clock_skew_seconds`` after the creation.
(Zendesk "first reply time", Chatwoot "first response time" with bot hand-off.)

Version 2 of ``first_human_reply``: a ticket that began with an agent's message is not answered in 0 s any more; it is
left out like all tickets opened by agents.

>>> from stream.domain.events import Message, TicketCreated
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [TicketCreated(0, "", "1 /a", "email"), Message(90_000_000, "", "2 /a", "agent", public=True)]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> facts["first_response"].value
90.0
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts, duration_fact
from stream.domain.histogram import bin_of
from stream.domain.measures import Measure
from stream.domain.readers.conversation import Conversation
from stream.domain.readers.statuses import Statuses
from stream.domain.rowspec import Export, RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

RESPONSE = Measure(
    "first_response",
    "Tickets that got their first response",
    histogram=True,
    counter="first_response_seconds",
)
SINCE_OPENING = Measure("first_response_since_opening", "The same, timed from the last opening", histogram=True)
TO_CUSTOMER = Measure(
    "first_reply_to_customer", "Tickets whose customer got a first reply, those opened by agents too", histogram=True
)


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``first_response`` for all three, or ``first_reply_to_customer`` where an agent opened the ticket."""
    created, replies = ticket.created_us, ticket.conversation.human_replies
    if created is None or not replies or replies[-1] < created:
        return
    first = bisect_left(replies, created)
    reply = replies[first]
    if ticket.opened_by_agent:
        latest_opening_us = created + round(definitions.clock_skew_seconds * 1e6)
        later = [other for other in replies[first:] if other > reply] if reply <= latest_opening_us else [reply]
        if later:
            into[TO_CUSTOMER.name] = duration_fact(
                TO_CUSTOMER, later[0], ticket.segment_at(later[0]), later[0] - created
            )
        return
    start = _last(ticket.conversation.handoffs, created, reply)
    # A reopening at the moment of the reply is the reply's doing.
    opening = _last(ticket.statuses.reopenings, start, reply - 1)
    bin_index = bin_of(reply - start)
    # Mostly nothing lay between, and all three are the same.
    bookings = (
        Booking(RESPONSE, reply - start, bin_index),
        Booking(SINCE_OPENING, reply - opening, bin_index if opening == start else bin_of(reply - opening)),
        Booking(TO_CUSTOMER, reply - created, bin_index if created == start else bin_of(reply - created)),
    )
    # One fact for three readings of one message: it is the same response.
    into[RESPONSE.name] = Fact(reply, ticket.segment_at(reply), bookings, (reply - start) / 1e6)


def _last(openings: Sequence[int], start: int, end: int) -> int:
    """The last of ``openings`` after ``start`` and up to ``end``, or else ``start``."""
    for opening in openings:
        if start < opening <= end:
            start = opening
    return start


def _row(
    definition: str, version: int, text: str, formula: str, measure: Measure, export: Export | None = None
) -> RowSpec:
    return RowSpec(
        metric="first_response_time",
        definition=definition,
        version=version,
        kind="duration",
        help=text,
        formula=formula,
        booked="at the response",
        gauge="first_response_time",
        measure=measure,
        export=export,
    )


METRIC = Metric(
    name="first_response_time",
    measures=(RESPONSE, SINCE_OPENING, TO_CUSTOMER),
    rows=(
        _row(
            "first_human_reply",
            2,
            "From creation, or the last bot hand-over before it, to the first public message of a person",
            "first public, not automated agent message - max(created, last hand-over before it)",
            RESPONSE,
            Export(most_dimensions=2),
        ),
        _row(
            "first_human_reply_since_opening",
            1,
            "From the last opening (creation, bot hand-over or reopening) to the first public message of a person",
            "first public, not automated agent message - max(created, last hand-over, last reopening before it)",
            SINCE_OPENING,
        ),
        _row(
            "first_reply_to_customer",
            1,
            "From creation to the first public message of a person after the one that opened the ticket",
            "first public, not automated agent message after the opening one - created",
            TO_CUSTOMER,
        ),
    ),
    reads=(Conversation, Statuses),
    knobs=("clock_skew_seconds",),
    facts=book,
    fact_values={
        "first_response": "seconds of first_human_reply; the response counts in all three",
        "first_reply_to_customer": "seconds, of tickets opened by agents",
    },
)
