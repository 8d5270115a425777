"""Customers asked again: of the surveys sent, the share that went to a customer who had just been sent another one.

Who is asked too often stops answering, or answers without thought, and counts several times in every share of answers.
So a survey that is sent within ``definitions.survey_rest_days`` of one before to the same customer is counted, booked
when it is sent. It does not matter of which kind the two are, which ticket or channel each is about, or whether the
first was answered: it is the customer who is asked. Of two that go out at once, one is the second. The one before may
be older than the window; a rest of exactly so many days is too short.

Whose survey it is: that of the customer whom its answer names, else that of the ticket's. Surveys of a ticket that
names nobody are in no figure. A ticket that gets another customer takes its surveys along, those of a customer that
was merged are the other's, and those of one that is to be forgotten leave.

30 days unless set: a survey after a ticket is about that contact, so it may come sooner than one about the whole
relationship, which vendors hold back for 90 to 180 days (AskNicely, LoyaltyLoop), and a customer with a ticket each
month is still asked about each. Shorter than that, whoever has trouble is asked again before it is over.

- **Asked again** (`asked_again_within_days`): surveys sent within the days / surveys sent, with its 95 % interval.

>>> from stream.domain.statement_events import CustomerAsked
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> day = 86_400_000_000
>>> log = [CustomerAsked(0, "", "a"), CustomerAsked(30 * day, "", "b"), CustomerAsked(61 * day, "", "c")]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(survey_rest_days=30), facts)
>>> [[booking.measure.name for booking in fact.bookings] for fact in facts.values()]
[['customer_surveys'], ['customer_surveys', 'customer_surveys_again'], ['customer_surveys']]
"""

from __future__ import annotations

from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.dealings import Dealings
from stream.domain.rowspec import RowSpec
from stream.domain.subjects import CUSTOMER
from stream.domain.timeline import Timeline
from stream.metrics.customers import GROUP_BYS, OF_CUSTOMERS, WINDOWS
from stream.metrics.spec import Metric

ASKED = Measure("customer_surveys", "Surveys sent to customers")
AGAIN = Measure("customer_surveys_again", "Surveys sent within survey_rest_days of one before to the same customer")

_ASKED: Final = (Booking(ASKED),)
_AGAIN: Final = (Booking(ASKED), Booking(AGAIN))


def book(customer: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``asked/<ticket and survey>``."""
    place = customer.profile.place
    rest_us = round(definitions.survey_rest_days * 86_400_000_000)
    before_us = -1
    for request in customer.dealings.requests:
        is_again = before_us >= 0 and request.time_us - before_us <= rest_us
        into[f"asked/{request.uid}"] = Fact(request.time_us, place, _AGAIN if is_again else _ASKED)
        before_us = request.time_us


METRIC = Metric(
    name="customer_surveys",
    subject=CUSTOMER.name,
    measures=(ASKED, AGAIN),
    rows=(
        RowSpec(
            metric="customers_asked_again",
            definition="asked_again_within_days",
            version=1,
            kind="ratio",
            help="Share of surveys sent within survey_rest_days of one before to the same customer",
            formula="surveys sent within survey_rest_days of the customer's survey before / surveys sent",
            booked="at the sending",
            gauge="customers_asked_again",
            numerator=(AGAIN,),
            denominator=(ASKED,),
            export=OF_CUSTOMERS,
        ),
    ),
    reads=(Dealings,),
    facts=book,
    knobs=("survey_rest_days",),
    windows=WINDOWS,
    group_bys=GROUP_BYS,
)
