"""Churn after a bad answer, against after a good one and after none: who says what, and leaves.

An answer counts that was given by somebody who was a customer then (`customers`), each customer with the latest such
answer, booked when it was given. It is followed by **leaving** where the customer left at most
``definitions.churn_days`` after it. Bad and good are as in `customer_answers`, of NPS and CSAT alike.

- `after_bad`, `after_good`: customers that left within churn_days of the answer / customers with such an answer in the
  window. A ratio of the last days is too low as long as their churn_days are not over: compare the two with each other,
  and over windows that are longer than churn_days.
- `after_none`: customers that left in the window and had given no answer in the churn_days before / customers that
  there were in it (now, and those that left in it) without one in the window.

(The difference between the first two is what a bad experience costs; Dixon, Freeman and Toman 2010 ask the same.)

>>> from stream.domain.customer_events import CustomerJoined, CustomerLeft
>>> from stream.domain.statement_events import CustomerAnswer
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> day = 86_400_000_000
>>> bad = CustomerAnswer(day, "", "a", "csat", 1, 1, 5)
>>> log = [CustomerJoined(0, "", "1 /s"), bad, CustomerLeft(9 * day, "", "2 /s")]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(churn_days=30), facts)
>>> [(key, fact.time_us // day, [booking.measure.name for booking in fact.bookings]) for key, fact in facts.items()]
[('answer_of_member', 1, ['members_answered_bad', 'left_after_bad'])]
"""

from __future__ import annotations

from typing import Final

from stream.domain.cells import Cell, Cells
from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.dealings import Dealings
from stream.domain.readers.membership import Membership
from stream.domain.rows import Bounds
from stream.domain.rowspec import RowSpec
from stream.domain.statement_events import CustomerAnswer
from stream.domain.subjects import CUSTOMER
from stream.domain.timeline import Timeline
from stream.metrics.customer_answers import is_bad_answer, is_good_answer
from stream.metrics.customers import CUSTOMERS, GROUP_BYS, LEFT, OF_CUSTOMERS
from stream.metrics.spec import Metric

BAD = Measure("members_answered_bad", "Customers whose latest answer is bad")
GOOD = Measure("members_answered_good", "Customers whose latest answer is good")
NEUTRAL = Measure("members_answered_neutral", "Customers whose latest answer is neither")
LEFT_AFTER_BAD = Measure("left_after_bad", "Customers that left within churn_days of a bad answer")
LEFT_AFTER_GOOD = Measure("left_after_good", "Customers that left within churn_days of a good answer")
LEFT_AFTER_NONE = Measure("left_after_none", "Customers that left without an answer in churn_days")

_NOTHING: Final = Cell()
_LEFT_AFTER_NONE: Final = (Booking(LEFT_AFTER_NONE),)


def book(customer: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``answer_of_member`` and ``left_after_none/<n>``."""
    joined, left = customer.membership.joined, customer.membership.left
    if not joined:
        return
    place = customer.profile.place
    reach_us = round(definitions.churn_days * 86_400_000_000)
    # Each stay with its answers; both in the order of time.
    latest: CustomerAnswer | None = None
    left_us: int | None = None
    for number, joined_us in enumerate(joined):
        until_us = left[number] if number < len(left) else None
        given = [
            answer
            for answer in customer.dealings.answers
            if joined_us <= answer.time_us and (until_us is None or answer.time_us <= until_us)
        ]
        if given:
            latest, left_us = given[-1], until_us
        if until_us is not None and not (given and until_us - given[-1].time_us <= reach_us):
            into[f"left_after_none/{number + 1}"] = Fact(until_us, place, _LEFT_AFTER_NONE)
    if latest is not None:
        is_followed = left_us is not None and left_us - latest.time_us <= reach_us
        into["answer_of_member"] = Fact(latest.time_us, place, _bookings(latest, definitions, is_followed))


def _bookings(answer: CustomerAnswer, definitions: Definitions, is_followed: bool) -> tuple[Booking, ...]:
    if is_bad_answer(answer):
        measures: tuple[Measure, ...] = (BAD, LEFT_AFTER_BAD)
    elif is_good_answer(answer, definitions):
        measures = (GOOD, LEFT_AFTER_GOOD)
    else:
        measures = (NEUTRAL,)
    return tuple(Booking(measure) for measure in (measures if is_followed else measures[:1]))


def _after_none(cells: Cells, bounds: Bounds | None) -> tuple[int, float]:
    there = cells.get(CUSTOMERS.name, _NOTHING).count + cells.get(LEFT.name, _NOTHING).count
    answered = sum(cells.get(measure.name, _NOTHING).count for measure in (BAD, GOOD, NEUTRAL))
    left = cells.get(LEFT_AFTER_NONE.name, _NOTHING).count
    return max(left, there - answered), left


def _after(name: str, left: Measure, answered: Measure) -> RowSpec:
    return RowSpec(
        metric="churn_after_answer",
        definition=f"after_{name}",
        version=1,
        kind="ratio",
        help=f"Share of customers that left within churn_days of a {name} answer",
        formula=f"customers that left within churn_days of it / customers whose latest answer is {name}",
        booked="at the customer's latest answer",
        gauge="churn_after_answer",
        numerator=(left,),
        denominator=(answered,),
        export=OF_CUSTOMERS,
        is_decided_late=True,
    )


METRIC = Metric(
    name="churn_after_answer",
    subject=CUSTOMER.name,
    measures=(BAD, GOOD, NEUTRAL, LEFT_AFTER_BAD, LEFT_AFTER_GOOD, LEFT_AFTER_NONE),
    rows=(
        _after("bad", LEFT_AFTER_BAD, BAD),
        _after("good", LEFT_AFTER_GOOD, GOOD),
        RowSpec(
            metric="churn_after_answer",
            definition="after_none",
            version=1,
            kind="ratio",
            help="Share of customers that left without an answer in churn_days before",
            formula="left without an answer in churn_days before / customers without an answer in the window",
            booked="at the leaving",
            gauge="churn_after_answer",
            numerator=(LEFT_AFTER_NONE,),
            denominator=(BAD, GOOD, NEUTRAL, LEFT),
            level=(CUSTOMERS,),
            parts=_after_none,
            export=OF_CUSTOMERS,
        ),
    ),
    reads=(Dealings, Membership),
    facts=book,
    knobs=("churn_days", "csat_top_boxes"),
    windows=("30d", "90d"),
    group_bys=GROUP_BYS,
)
