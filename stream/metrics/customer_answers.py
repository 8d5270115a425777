"""NPS and CSAT of customers: each counts once, with its latest answer in the window.

`nps` and `csat` count answers, so that who is asked ten times has ten votes. Here a customer has one of each kind:
the latest answer of all its tickets' surveys, booked when it was given; when a newer one comes, the older is
retracted. As all windows end now, that is the latest of the customer in every window. Answers are those of tickets
with a ``customer_id``, or of surveys that name the customer; those of a customer that was merged are the other's. A
changed answer counts when it was changed, one that is withdrawn does not.

- **NPS of customers** (`promoters_less_detractors_of_customers`): share of customers whose latest answer is 9 or 10,
  less those below 7, in hundredths, with its 95 % interval.
- **CSAT of customers** (`top_boxes_of_customers`, `good_bad_of_customers`): as `csat`, with its boxes.

(Reichheld 2003, where the score is one of customers; Bain, "relationship NPS".)

>>> from stream.domain.statement_events import CustomerAnswer
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [CustomerAnswer(0, "", "a", "nps", 3, 0, 10), CustomerAnswer(9, "", "b", "nps", 10, 0, 10)]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> [(key, fact.time_us, [booking.measure.name for booking in fact.bookings]) for key, fact in facts.items()]
[('customer_nps', 9, ['customer_nps_answers', 'customer_nps_promoters'])]
"""

from __future__ import annotations

from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.dealings import Dealings
from stream.domain.rowspec import RowSpec
from stream.domain.statement_events import CustomerAnswer
from stream.domain.subjects import CUSTOMER
from stream.domain.timeline import Timeline
from stream.metrics.csat import is_bad, is_top
from stream.metrics.customers import GROUP_BYS, OF_CUSTOMERS
from stream.metrics.nps import PASSIVE_FROM, PROMOTER_FROM
from stream.metrics.spec import Metric

NPS = Measure("customer_nps_answers", "Customers, by their latest NPS answer")
PROMOTERS = Measure("customer_nps_promoters", "Customers whose latest NPS answer is 9 or 10")
DETRACTORS = Measure("customer_nps_detractors", "Customers whose latest NPS answer is below 7")
CSAT = Measure("customer_csat_answers", "Customers, by their latest CSAT answer")
GOOD = Measure("customer_csat_good", "Customers whose latest CSAT answer is in the top boxes")
BAD = Measure("customer_csat_bad", "Customers whose latest CSAT answer is below the middle of the scale")

_NPS: Final = (Booking(NPS),)
_PROMOTER: Final = (Booking(NPS), Booking(PROMOTERS))
_DETRACTOR: Final = (Booking(NPS), Booking(DETRACTORS))
_CSAT: Final = (Booking(CSAT),)
_GOOD: Final = (Booking(CSAT), Booking(GOOD))
_BAD: Final = (Booking(CSAT), Booking(BAD))


def book(customer: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``customer_nps`` and ``customer_csat``."""
    latest: dict[str, CustomerAnswer] = {}
    for answer in customer.dealings.answers:
        latest[answer.kind] = answer
    place = customer.profile.place
    for kind, answer in latest.items():
        if is_good_answer(answer, definitions):
            bookings: tuple[Booking, ...] = _PROMOTER if kind == "nps" else _GOOD
        elif is_bad_answer(answer):
            bookings = _DETRACTOR if kind == "nps" else _BAD
        else:
            bookings = _NPS if kind == "nps" else _CSAT
        into[f"customer_{kind}"] = Fact(answer.time_us, place, bookings, float(answer.score))


def is_good_answer(answer: CustomerAnswer, definitions: Definitions) -> bool:
    """A promoter, or an answer in the top boxes of its scale."""
    if answer.kind == "nps":
        return answer.score >= PROMOTER_FROM
    return is_top(answer.score, answer.scale_min, answer.scale_max, definitions)


def is_bad_answer(answer: CustomerAnswer) -> bool:
    """A detractor, or an answer below the middle of its scale."""
    if answer.kind == "nps":
        return answer.score < PASSIVE_FROM
    return is_bad(answer.score, answer.scale_min, answer.scale_max)


METRIC = Metric(
    name="customer_answers",
    subject=CUSTOMER.name,
    measures=(NPS, PROMOTERS, DETRACTORS, CSAT, GOOD, BAD),
    rows=(
        RowSpec(
            metric="customer_nps",
            definition="promoters_less_detractors_of_customers",
            version=1,
            kind="balance",
            help="Net promoter score of customers, each by its latest answer, -100 to 100",
            formula="100 * (customers that are promoters - detractors) / customers that answered",
            booked="at the customer's latest answer",
            gauge="customer_nps",
            numerator=(PROMOTERS,),
            subtrahend=(DETRACTORS,),
            denominator=(NPS,),
            export=OF_CUSTOMERS,
        ),
        RowSpec(
            metric="customer_csat",
            definition="top_boxes_of_customers",
            version=1,
            kind="ratio",
            help="Share of customers whose latest answer is in the top boxes",
            formula="customers with an answer in the top boxes / customers that answered",
            booked="at the customer's latest answer",
            gauge="customer_csat",
            numerator=(GOOD,),
            denominator=(CSAT,),
            export=OF_CUSTOMERS,
        ),
        RowSpec(
            metric="customer_csat",
            definition="good_bad_of_customers",
            version=1,
            kind="ratio",
            help="Customers with a good latest answer, of those with a good or bad one",
            formula="good / (good + bad)",
            booked="at the customer's latest answer",
            gauge="customer_csat",
            numerator=(GOOD,),
            denominator=(GOOD, BAD),
            export=OF_CUSTOMERS,
        ),
    ),
    reads=(Dealings,),
    facts=book,
    knobs=("csat_top_boxes",),
    windows=("7d", "30d", "90d"),
    group_bys=GROUP_BYS,
)
