"""Replies: how long customers wait for the next one, how many a ticket takes, and who waits for one now.

A reply is a public message of an agent that no automation wrote. The **next reply time** runs from the first message of
the customer that nobody has replied to yet to the reply, and is booked at the reply; the first reply of a ticket is
left out, it is the first response. What the customer writes before that one reply adds nothing: it is one wait.

**Replies and customer messages per ticket** are counted when the ticket is resolved, at its last change into done, and
taken back while it is reopened. A ticket is **unanswered** while it is open and the customer waits for a reply: since
the first message not replied to, or since the creation where the customer opened it and nobody has replied at all.
Contacts of a queue are not unanswered before the customer writes: they wait in the queue.
(Chatwoot reply time; Intercom and Zendesk replies per ticket; Zendesk "unreplied".)

>>> from stream.domain.events import Message, TicketCreated
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [TicketCreated(0, "", "1 /a", "email"), Message(60_000_000, "", "2 /a", "agent", True),
...        Message(100_000_000, "", "3 /a", "customer", True), Message(110_000_000, "", "4 /a", "customer", True),
...        Message(130_000_000, "", "5 /a", "agent", True)]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> {key: fact.value for key, fact in facts.items()}
{'next_reply/1': 30.0}
"""

from __future__ import annotations

from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts, duration_fact
from stream.domain.measures import Measure
from stream.domain.readers.conversation import Conversation
from stream.domain.readers.exchange import Exchange
from stream.domain.readers.queue import Queue
from stream.domain.readers.statuses import Statuses
from stream.domain.rowspec import DAILY, RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

NEXT_REPLY = Measure(
    "next_reply", "Replies to a customer after the first", histogram=True, counter="next_reply_seconds"
)
REPLIES = Measure("replies", "Tickets resolved, by the replies they took")
CUSTOMER_MESSAGES = Measure("customer_messages", "Tickets resolved, by the messages of their customer")
UNANSWERED = Measure("unanswered", "Open tickets whose customer waits for a reply")

_UNANSWERED: Final = (Booking(UNANSWERED),)
_ONE: Final = 1_000_000
"""Amounts that are numbers of things are stored in millionths."""


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``next_reply/n``, ``replies`` while the ticket is done, and the level ``unanswered``."""
    waiting_us = _book_waits(ticket, definitions, into)
    created, statuses, exchange = ticket.created_us, ticket.statuses, ticket.exchange
    if created is None:
        return
    if statuses.is_done:
        last = statuses.resolutions[-1]
        bookings = (
            Booking(REPLIES, exchange.replies * _ONE),
            Booking(CUSTOMER_MESSAGES, exchange.customer_messages * _ONE),
        )
        into[REPLIES.name] = Fact(last, ticket.segment_at(last), bookings, float(exchange.replies))
    elif ticket.is_open:
        if waiting_us is None and not exchange.replies and not ticket.opened_by_agent and not ticket.queue.visits:
            waiting_us = created
        if waiting_us is not None:
            into[UNANSWERED.name] = Fact(waiting_us, ticket.segment, _UNANSWERED, level=True)


def _book_waits(ticket: Timeline, definitions: Definitions, into: Facts) -> int | None:
    """Book the waits that are over; since when the customer waits now, None: not at all."""
    over, waiting_us, _ = waits_of(ticket, definitions)
    for count, (start_us, end_us) in enumerate(over, 1):
        into[f"{NEXT_REPLY.name}/{count}"] = duration_fact(
            NEXT_REPLY, end_us, ticket.segment_at(end_us), end_us - start_us
        )
    return waiting_us


def waits_of(ticket: Timeline, definitions: Definitions) -> tuple[list[tuple[int, int]], int | None, bool]:
    """Waits for a next reply that are over; since when the customer waits now; whether there was a first response."""
    opened_until_us = -1
    if ticket.opened_by_agent and ticket.created_us is not None:
        opened_until_us = ticket.created_us + round(definitions.clock_skew_seconds * 1e6)
    waiting_us: int | None = None
    has_responded = False
    over: list[tuple[int, int]] = []
    for time_us, is_reply in ticket.exchange.turns:
        if not is_reply:
            waiting_us = time_us if waiting_us is None else waiting_us
        elif time_us > opened_until_us:
            if has_responded and waiting_us is not None:
                over.append((waiting_us, time_us))
            has_responded, waiting_us = True, None
    return over, waiting_us, has_responded


METRIC = Metric(
    name="replies",
    measures=(NEXT_REPLY, REPLIES, CUSTOMER_MESSAGES, UNANSWERED),
    rows=(
        RowSpec(
            metric="next_reply_time",
            definition="first_unanswered_to_reply",
            version=1,
            kind="duration",
            help="From the customer's first message not replied to yet, to the reply; the first response left out",
            formula="reply - first customer message since the reply before",
            booked="at the reply",
            gauge="next_reply_time",
            measure=NEXT_REPLY,
            export=DAILY,
        ),
        RowSpec(
            metric="replies_per_ticket",
            definition="replies_of_resolved",
            version=1,
            kind="mean",
            help="Replies that a ticket took until it was resolved",
            formula="replies / tickets that are resolved",
            booked="at the last change into done",
            gauge="replies_per_ticket",
            measure=REPLIES,
            export=DAILY,
        ),
        RowSpec(
            metric="customer_messages_per_ticket",
            definition="customer_messages_of_resolved",
            version=1,
            kind="mean",
            help="Messages that a customer wrote until the ticket was resolved",
            formula="public messages of the customer / tickets that are resolved",
            booked="at the last change into done",
            gauge="customer_messages_per_ticket",
            measure=CUSTOMER_MESSAGES,
            export=DAILY,
        ),
        RowSpec(
            metric="unanswered_tickets",
            definition="customer_waits_for_reply",
            version=1,
            kind="level",
            help="Open tickets whose customer waits for a reply",
            formula="count of open tickets with a customer message, or a creation, nobody has replied to",
            booked="while open",
            gauge="unanswered_tickets",
            oldest_gauge="longest_unanswered",
            measure=UNANSWERED,
            export=DAILY,
        ),
    ),
    reads=(Exchange, Conversation, Statuses, Queue),
    knobs=("clock_skew_seconds",),
    facts=book,
    fact_values={"next_reply/<n>": "seconds", "replies": "number of replies"},
)
