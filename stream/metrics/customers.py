"""Customers: how many there are, who joined and left, churn by both formulas, and retention.

A customer joins with `customer.joined` and leaves with `customer.left`, both booked when they happened; who joins while
being a customer, or leaves while being none, changes nothing, and who comes back has joined again. One that was merged
into another, or is to be forgotten, leaves all figures. All of it stands under the tier, region and segment that the
customer has now.

For a window, with S customers at its beginning and E at its end, N that joined in it and L that left in it:

- **churn** `net_of_beginning`: (S - E) / S. New customers make up for lost ones; it is below 0 where there are more
  than before.
- **churn** `left_of_beginning`: those of the beginning that left / S. Who joined and left within the window is not
  among them; who left and came back is.
- **retention** `end_without_new_of_beginning`: (E - N) / S, which is 1 - L / S: who joined and left within the window
  lowers it.

E is the number of customers now, as every window ends now, and S is E + L - N: no snapshot of the past is needed, so
any window can be asked. An event dated ahead of the clock (`limits.future_tolerance_seconds`) is in E before it is in
the window. (Reichheld 1996: retention; the rates are those that billing systems give as customer churn.)

>>> from stream.domain.customer_events import CustomerJoined, CustomerLeft
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> log = [CustomerJoined(0, "", "1 /s", "gold"), CustomerLeft(9, "", "2 /s"), CustomerJoined(12, "", "3 /s")]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(), facts)
>>> {key: fact.time_us for key, fact in facts.items()}
{'joined/1': 0, 'left/1': 9, 'joined/2': 12, 'customer': 12}
"""

from __future__ import annotations

from typing import Final

from stream.domain.cells import Cell, Cells
from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.membership import Membership
from stream.domain.rows import Bounds
from stream.domain.rowspec import Export, RowSpec
from stream.domain.subjects import CUSTOMER
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric

CUSTOMERS = Measure("customers", "Customers there are now")
JOINED = Measure("customers_joined", "Customers that joined, or came back")
LEFT = Measure("customers_left", "Customers that left")

GROUP_BYS: Final = ("all", "tier", "region", "segment")
WINDOWS: Final = ("24h", "7d", "30d")
OF_CUSTOMERS: Final = Export(("30d",))

_CUSTOMER: Final = (Booking(CUSTOMERS),)
_JOINED: Final = (Booking(JOINED),)
_SLOT_US: Final = 10_000_000
"""Windows begin where one of these does."""
_NOTHING: Final = Cell()


def book(customer: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``joined/<n>``, ``left/<n>`` and the level ``customer``."""
    membership, place = customer.membership, customer.profile.place
    left = membership.left
    for number, joined_us in enumerate(membership.joined):
        into[f"joined/{number + 1}"] = Fact(joined_us, place, _JOINED)
        if number < len(left):
            # By when they joined: who was there at the beginning can be told for any window.
            bookings = (Booking(LEFT, 0, joined_us // _SLOT_US),)
            into[f"left/{number + 1}"] = Fact(left[number], place, bookings)
        else:
            into["customer"] = Fact(joined_us, place, _CUSTOMER, level=True)


def count_at_beginning(cells: Cells) -> int:
    """S: those that there are, with those that left, and without those that joined. At least 0."""
    joined, left = cells.get(JOINED.name, _NOTHING).count, cells.get(LEFT.name, _NOTHING).count
    return max(0, cells.get(CUSTOMERS.name, _NOTHING).count + left - joined)


def lost_of_beginning(cells: Cells, bounds: Bounds | None) -> int:
    """Those that left and had been there when the window began; nobody had before the beginning of all time."""
    bins = cells.get(LEFT.name, _NOTHING).bins
    if not bins or bounds is None:
        return 0
    first = bounds[0] // (_SLOT_US // 1_000_000)
    return sum(count for joined, count in bins.items() if joined < first)


def _net(cells: Cells, bounds: Bounds | None) -> tuple[int, float]:
    beginning = count_at_beginning(cells)
    return beginning, beginning - cells.get(CUSTOMERS.name, _NOTHING).count


def _lost(cells: Cells, bounds: Bounds | None) -> tuple[int, float]:
    return count_at_beginning(cells), lost_of_beginning(cells, bounds)


def _retained(cells: Cells, bounds: Bounds | None) -> tuple[int, float]:
    new = cells.get(JOINED.name, _NOTHING).count
    return count_at_beginning(cells), cells.get(CUSTOMERS.name, _NOTHING).count - new


METRIC = Metric(
    name="customers",
    subject=CUSTOMER.name,
    measures=(CUSTOMERS, JOINED, LEFT),
    rows=(
        RowSpec(
            metric="customers",
            definition="joined_not_left",
            version=1,
            kind="level",
            help="Customers there are now",
            formula="count of customers that joined and have not left",
            booked="from joining to leaving",
            gauge="customers",
            measure=CUSTOMERS,
            export=OF_CUSTOMERS,
        ),
        RowSpec(
            metric="customers_joined",
            definition="joined_or_came_back",
            version=1,
            kind="count",
            help="Customers that joined or came back",
            formula="count of joinings of those that were no customers",
            booked="at the joining",
            gauge="customers_joined",
            measure=JOINED,
            level=(CUSTOMERS,),
            export=OF_CUSTOMERS,
        ),
        RowSpec(
            metric="customers_left",
            definition="left",
            version=1,
            kind="count",
            help="Customers that left",
            formula="count of leavings of those that were customers",
            booked="at the leaving",
            gauge="customers_left",
            measure=LEFT,
            level=(CUSTOMERS,),
            export=OF_CUSTOMERS,
        ),
        RowSpec(
            metric="customer_churn",
            definition="net_of_beginning",
            version=1,
            kind="ratio",
            help="Churn, new customers set against lost ones; below 0 where there are more than before",
            formula="(S - E) / S, customers at the beginning and at the end",
            booked="at joining and leaving",
            gauge="customer_churn",
            numerator=(JOINED,),
            denominator=(LEFT,),
            level=(CUSTOMERS,),
            parts=_net,
            export=OF_CUSTOMERS,
        ),
        RowSpec(
            metric="customer_churn",
            definition="left_of_beginning",
            version=1,
            kind="ratio",
            help="Churn of those who were customers at the beginning",
            formula="customers of the beginning that left / S",
            booked="at joining and leaving",
            gauge="customer_churn",
            numerator=(JOINED,),
            denominator=(LEFT,),
            level=(CUSTOMERS,),
            parts=_lost,
            export=OF_CUSTOMERS,
        ),
        RowSpec(
            metric="customer_retention",
            definition="end_without_new_of_beginning",
            version=1,
            kind="ratio",
            help="Customers at the end without new ones, of those at the beginning",
            formula="(E - N) / S, customers at the end and the beginning, and those that joined",
            booked="at joining and leaving",
            gauge="customer_retention",
            numerator=(JOINED,),
            denominator=(LEFT,),
            level=(CUSTOMERS,),
            parts=_retained,
            export=OF_CUSTOMERS,
        ),
    ),
    reads=(Membership,),
    facts=book,
    knobs=(),
    windows=WINDOWS,
    group_bys=GROUP_BYS,
)
