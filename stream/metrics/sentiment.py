"""Sentiment: how customers sounded (``sentiment`` of a message, -1 to 1), as the source says, or a scorer in its place.

Of the customer's public messages that carry a sentiment, by the time of each: the shares negative (below -0.05),
neutral and positive (above 0.05), and the mean. **Drift** is the sentiment of the ticket's last such message less that
of its first, for tickets that have at least two, -2 to 2: above 0 the conversation got better. It is booked at the last
message. (The bounds are those that VADER's authors give for its compound score: Hutto and Gilbert 2014.)

>>> from stream.domain.events import Message, TicketCreated
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [Message(0, "", "1 /a", "customer", True, False, -0.5), Message(9, "", "2 /a", "customer", True, False, 0.3)]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> {key: fact.value for key, fact in facts.items()}
{'sentiment/1': -0.5, 'sentiment/2': 0.3, 'sentiment_drift': 0.8}
"""

from __future__ import annotations

from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.sentiments import Sentiments
from stream.domain.rowspec import HOURLY, RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

SCORED = Measure("sentiment", "Customer messages with a sentiment", counter="scored_messages")
NEGATIVE = Measure("sentiment_negative", "Customer messages with a negative sentiment")
NEUTRAL = Measure("sentiment_neutral", "Customer messages with a neutral sentiment")
POSITIVE = Measure("sentiment_positive", "Customer messages with a positive sentiment")
DRIFT = Measure("sentiment_drift", "Tickets with the sentiment of two messages of the customer or more")

_NEUTRAL_WITHIN: Final = 0.05
_CLASS: Final = {name: Booking(name) for name in (NEGATIVE, NEUTRAL, POSITIVE)}


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``sentiment/n`` and ``sentiment_drift``."""
    scores = ticket.sentiments.scores
    for number, (time_us, score) in enumerate(scores, 1):
        kind = NEGATIVE if score < -_NEUTRAL_WITHIN else POSITIVE if score > _NEUTRAL_WITHIN else NEUTRAL
        bookings = (Booking(SCORED, round((score + 1) * 500_000)), _CLASS[kind])
        into[f"sentiment/{number}"] = Fact(time_us, ticket.segment_at(time_us), bookings, score)
    if len(scores) > 1:
        (_, first), (last_us, last) = scores[0], scores[-1]
        drift = Booking(DRIFT, round((last - first + 2) * 250_000))
        into[DRIFT.name] = Fact(last_us, ticket.segment_at(last_us), (drift,), round(last - first, 9))


def _share(name: str, measure: Measure) -> RowSpec:
    return RowSpec(
        metric=f"sentiment_{name}_share",
        definition=f"{name}_of_scored",
        version=1,
        kind="ratio",
        help=f"Share of the customer's messages with a {name} sentiment",
        formula=f"{name} messages / messages with a sentiment",
        booked="at the message",
        gauge=f"sentiment_{name}_share",
        numerator=(measure,),
        denominator=(SCORED,),
        export=HOURLY,
    )


METRIC = Metric(
    name="sentiment",
    measures=(SCORED, NEGATIVE, NEUTRAL, POSITIVE, DRIFT),
    rows=(
        RowSpec(
            metric="sentiment",
            definition="sentiment_mean",
            version=1,
            kind="mean",
            help="Mean sentiment of the customer's messages, -1 to 1",
            formula="sum of sentiment / messages with a sentiment",
            booked="at the message",
            gauge="sentiment",
            measure=SCORED,
            offset=-1.0,
            scale=2e-6,
            export=HOURLY,
        ),
        _share("negative", NEGATIVE),
        _share("neutral", NEUTRAL),
        _share("positive", POSITIVE),
        RowSpec(
            metric="sentiment_drift",
            definition="last_less_first",
            version=1,
            kind="mean",
            help="Mean change of sentiment from a ticket's first to its last customer message, -2 to 2",
            formula="sum of (last - first) / tickets with two messages or more that have a sentiment",
            booked="at the last message with a sentiment",
            gauge="sentiment_drift",
            measure=DRIFT,
            offset=-2.0,
            scale=4e-6,
            export=HOURLY,
        ),
    ),
    reads=(Sentiments,),
    knobs=(),
    facts=book,
    fact_values={"sentiment/<n>": "sentiment", "sentiment_drift": "change of sentiment"},
)
