"""Customers at risk now: the latest answer was bad, and a ticket is open.

Whoever was let down, said so, and waits for us again. The latest answer of the customer decides, of whichever kind and
ticket: a detractor's (below 7), or a CSAT answer below the middle of its scale. A good or neutral one that is later
ends it, as does the end of the last open ticket. A customer that left is not at risk any more. Tickets opened by agents
count: the customer waits for those as well. Since: when both hold, the later of the answer and the oldest open ticket.
Who they are: ``/api/facts?level=customers_at_risk``, by id.

(Churn prevention as customer-success teams practise it: an open case after a bad score is called back first.)

>>> from stream.domain.statement_events import CustomerAnswer, CustomerContact
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [CustomerAnswer(0, "", "a", "nps", 3, 0, 10), CustomerContact(9, "", "b", True)]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> [(key, fact.time_us, fact.level) for key, fact in facts.items()]
[('at_risk', 9, True)]
"""

from __future__ import annotations

from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.dealings import Dealings
from stream.domain.readers.membership import Membership
from stream.domain.rowspec import RowSpec
from stream.domain.subjects import CUSTOMER
from stream.domain.timeline import Timeline
from stream.metrics.customer_answers import is_bad_answer
from stream.metrics.customers import GROUP_BYS, OF_CUSTOMERS, WINDOWS
from stream.metrics.spec import Metric

AT_RISK = Measure("customers_at_risk", "Customers whose latest answer is bad, with an open ticket", listed=True)

_AT_RISK: Final = (Booking(AT_RISK),)


def book(customer: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book the level ``at_risk``."""
    dealings, membership = customer.dealings, customer.membership
    if not dealings.answers or (membership.left and not membership.is_member):
        return
    latest = dealings.answers[-1]
    opened = [contact.time_us for contact in dealings.contacts if contact.is_open]
    if opened and is_bad_answer(latest):
        into["at_risk"] = Fact(max(latest.time_us, opened[0]), customer.profile.place, _AT_RISK, level=True)


METRIC = Metric(
    name="customers_at_risk",
    subject=CUSTOMER.name,
    measures=(AT_RISK,),
    rows=(
        RowSpec(
            metric="customers_at_risk",
            definition="bad_answer_and_open_ticket",
            version=1,
            kind="level",
            help="Customers at risk now: the latest answer was bad, and a ticket is open",
            formula="count of customers whose latest answer is bad and who have an open ticket",
            booked="from the later of the two until one of them ends",
            gauge="customers_at_risk",
            measure=AT_RISK,
            export=OF_CUSTOMERS,
        ),
    ),
    reads=(Dealings, Membership),
    facts=book,
    knobs=(),
    windows=WINDOWS,
    group_bys=GROUP_BYS,
)
