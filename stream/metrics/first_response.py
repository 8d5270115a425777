"""First response time: from the request to the first answer a person wrote.

Starts at creation, or at the last hand-over from a bot before the response; ends at the first public message of an
agent that no automation wrote. Tickets opened by agents are left out, messages before the start do not count, and
there is no value until there is a response. Booked at the response.
(Zendesk "first reply time", Chatwoot "first response time" with bot hand-off.)

>>> from stream.domain.events import Message, TicketCreated
>>> log = [TicketCreated(0, "", "1 /a", "email"), Message(90_000_000, "", "2 /a", "agent", public=True)]
>>> facts = {}
>>> book(Timeline(log, Definitions()), Definitions(), facts)
>>> facts["first_response"].value
90.0
"""

from __future__ import annotations

from stream.domain.definitions import Definitions
from stream.domain.facts import Facts, duration_fact
from stream.domain.rowspec import RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Measure, Metric

RESPONSE = Measure(
    "first_response",
    "Tickets that got their first response",
    histogram=True,
    counter="first_response_seconds",
)


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``first_response``."""
    start = ticket.created_us
    if start is None or ticket.opened_by_agent:
        return
    for reply in ticket.human_replies:
        if reply >= start:
            for handoff in ticket.handoffs:
                if start < handoff <= reply:
                    start = handoff
            into["first_response"] = duration_fact("first_response", reply, ticket.segment, reply - start)
            return


METRIC = Metric(
    name="first_response_time",
    measures=(RESPONSE,),
    rows=(
        RowSpec(
            metric="first_response_time",
            definition="first_human_reply",
            version=1,
            kind="duration",
            help="From creation, or the last bot hand-over before it, to the first public message of a person",
            formula="first public, not automated agent message - max(created, last hand-over before it)",
            booked="at the response",
            gauge="first_response_time",
            measure="first_response",
        ),
    ),
    facts=book,
    fact_values={"first_response": "seconds"},
)
