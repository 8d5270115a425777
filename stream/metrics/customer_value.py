"""What customers bring: revenue of each, and lifetime value, realised and projected.

Revenue is purchases less refunds, in the reporting currency (`customers.currency`, by `customers.rates`), each booked
when it happened. A refund counts at its own time, so a window may have less than 0.

- **Revenue per customer**: revenue of the window / customers that there were in it (those now, and those that left in
  it).
- **Lifetime value, realised** (`realised_of_left`): the mean of all that customers had brought that left in the window
  and have not come back; booked when they left. Later refunds and purchases of theirs correct it.
- **Lifetime value, projected** (`projected_by_churn`): revenue per customer and month x margin / churn per month, by
  those of the beginning that left. Both are of the same S customers and the same months, which cancel out: it is the
  revenue of the window x margin (`sum`) / customers of the beginning that left (`count`). Its parts have rows of their
  own: revenue per customer, churn `left_of_beginning`; the margin is `customers.margin_ratio`. Where nobody left there
  is none. It supposes that customers go on leaving as in the window; few leavings make it jump.

(Margin / churn, the usual formula for a constant margin and rate, without discounting.)

>>> from stream.domain.customer_events import CustomerJoined, CustomerLeft, CustomerPurchase
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> bought = CustomerPurchase(5, "", "2 /s", 49_900_000, "EUR")
>>> log = [CustomerJoined(0, "", "1 /s"), bought, CustomerLeft(9, "", "3 /s")]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> {key: fact.value for key, fact in facts.items()}
{'purchase/2 /s': 49.9, 'lifetime': 49.9}
"""

from __future__ import annotations

from typing import Final

from stream.domain.cells import Cell, Cells
from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.money import ONE
from stream.domain.readers.membership import Membership
from stream.domain.readers.purchases import Purchases
from stream.domain.rows import Bounds
from stream.domain.rowspec import RowSpec
from stream.domain.subjects import CUSTOMER
from stream.domain.timeline import Timeline
from stream.metrics.customers import CUSTOMERS, GROUP_BYS, LEFT, OF_CUSTOMERS, WINDOWS, lost_of_beginning
from stream.metrics.spec import Metric

REVENUE = Measure("customer_revenue", "Purchases and refunds, in millionths of the reporting currency")
MARGIN = Measure("customer_margin", "The same times the margin")
LIFETIME = Measure("customer_lifetime", "All that a customer had brought that left")

_MOST: Final = (1 << 53) - 1
_NOTHING: Final = Cell()


def book(customer: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``purchase/<event>`` and ``lifetime``."""
    purchases, membership, place = customer.purchases, customer.membership, customer.profile.place
    for uid, time_us, amount in purchases.amounts:
        margin = amount * definitions.margin_millionths // ONE
        into[f"purchase/{uid}"] = Fact(
            time_us, place, (Booking(REVENUE, amount), Booking(MARGIN, margin)), amount / ONE
        )
    if membership.left and not membership.is_member:
        # Nobody brings thousands of millions: a sum beyond what can be booked is one of mistakes.
        total = max(-_MOST, min(_MOST, purchases.total))
        into["lifetime"] = Fact(membership.left[-1], place, (Booking(LIFETIME, total),), total / ONE)


def _revenue(cells: Cells, bounds: Bounds | None) -> tuple[int, float]:
    customers = cells.get(CUSTOMERS.name, _NOTHING).count + cells.get(LEFT.name, _NOTHING).count
    return customers, cells.get(REVENUE.name, _NOTHING).sum / ONE


def _projected(cells: Cells, bounds: Bounds | None) -> tuple[int, float]:
    return lost_of_beginning(cells, bounds), cells.get(MARGIN.name, _NOTHING).sum / ONE


METRIC = Metric(
    name="customer_value",
    subject=CUSTOMER.name,
    measures=(REVENUE, MARGIN, LIFETIME),
    rows=(
        RowSpec(
            metric="revenue_per_customer",
            definition="net_revenue_of_customers",
            version=1,
            kind="mean",
            help="Revenue per customer, in the reporting currency",
            formula="(purchases - refunds) / (customers now + customers that left in the window)",
            booked="at the purchase or refund",
            gauge="revenue_per_customer",
            numerator=(REVENUE,),
            denominator=(LEFT,),
            level=(CUSTOMERS,),
            parts=_revenue,
            export=OF_CUSTOMERS,
        ),
        RowSpec(
            metric="customer_lifetime_value",
            definition="realised_of_left",
            version=1,
            kind="mean",
            help="What customers that left had brought, in the reporting currency",
            formula="sum of all their purchases and refunds / customers that left for good",
            booked="at the leaving",
            gauge="customer_lifetime_value",
            measure=LIFETIME,
            export=OF_CUSTOMERS,
        ),
        RowSpec(
            metric="customer_lifetime_value",
            definition="projected_by_churn",
            version=1,
            kind="mean",
            help="What a customer will bring if all goes on as in the window, in the reporting currency",
            formula="revenue per customer and month * margin / churn per month",
            booked="at purchases and leavings",
            gauge="customer_lifetime_value",
            numerator=(MARGIN,),
            denominator=(LEFT,),
            parts=_projected,
            export=OF_CUSTOMERS,
        ),
    ),
    reads=(Membership, Purchases),
    facts=book,
    knobs=("margin_millionths",),
    windows=WINDOWS,
    group_bys=GROUP_BYS,
)
