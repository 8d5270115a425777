"""Sampling quality: how well the tickets that were answered stand for all of them.

A share of good answers is about those who answered. Where one team's customers answer twice as often as another's, or
one channel is never asked, it moves with who answers. So the share of answers from each segment is set against the
share of tickets there, as one distance between 0 and 1: half the sum over segments of ``|a - t|`` (total variation). 0:
answers are spread as tickets are. 0.2: a fifth of them would have to come from other segments. Segments are those
within the group, of all dimensions: for `all` each combination of channel, team and priority there is.

Few answers are spread unevenly by chance alone, so ``by_chance`` stands beside it: the mean distance if as many had
been drawn blindly (exact, without putting back). Near it a distance says nothing; twice as much is worth a look at
`survey_response_rate` by channel and team, which says where it comes from. ``count`` is how many answers there are.

Tickets are those that are done, by their last resolution (a live contact without a status: answered and ended), asked
or not: whoever is never asked is what a share of answers cannot show. Each counts once, however many surveys it has.
Those with an answer that was not withdrawn are some of them, so that one window has both, and chance can be told. An
answer to a ticket that is open counts once that is done.

`survey_nonresponse` is the same of the surveys sent: beside this it tells whether it is who is asked, or who answers.

Its gauges are off: it is a number for the month's report, not for every scrape. `export.definitions` turns them on.

>>> from stream.domain.events import StatusChanged, SurveyAnswered, TicketCreated
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [TicketCreated(0, "", "1 /s", "email"), StatusChanged(5, "", "2 /s", "solved"),
...        SurveyAnswered(9, "", "3 /s", "q", "csat", 4, 1, 5)]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> facts["sampled"].time_us, facts["sampled"].value, [booking.name for booking in facts["sampled"].bookings]
(5, 1.0, ['sampled_resolved', 'sampled_answered'])
"""

from __future__ import annotations

from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.queue import Queue
from stream.domain.readers.statuses import Statuses
from stream.domain.readers.surveys import Surveys
from stream.domain.rowspec import RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

RESOLVED = Measure("sampled_resolved", "Tickets that are done")
ANSWERED = Measure("sampled_answered", "Tickets that are done and have an answer to a survey")

_RESOLVED: Final = (Booking(RESOLVED),)
_ANSWERED: Final = (Booking(RESOLVED), Booking(ANSWERED))


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``sampled`` while the ticket is done."""
    done_us = ticket.done_us
    if ticket.created_us is not None and done_us is not None:
        is_answered = bool(ticket.surveys.answers)
        bookings = _ANSWERED if is_answered else _RESOLVED
        into["sampled"] = Fact(done_us, ticket.segment_at(done_us), bookings, float(is_answered))


METRIC = Metric(
    name="survey_sampling",
    measures=(RESOLVED, ANSWERED),
    rows=(
        RowSpec(
            metric="survey_sampling_distance",
            definition="answered_against_resolved",
            version=1,
            kind="distance",
            help="How far tickets with an answer are from all resolved ones, by how they are spread over segments",
            formula="1/2 * sum over segments |share of answered tickets - share of resolved tickets|",
            booked="at the last resolution",
            gauge="survey_sampling_distance",
            numerator=(ANSWERED,),
            denominator=(RESOLVED,),
            export=None,
            is_decided_late=True,
        ),
    ),
    reads=(Statuses, Queue, Surveys),
    knobs=(),
    facts=book,
    fact_values={"sampled": "1 with an answer, 0 without"},
    windows=("7d", "30d"),
)
