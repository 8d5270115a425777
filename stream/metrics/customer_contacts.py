"""Contacts of customers: how many tickets each has that asks, and how often one comes back.

A contact is a ticket of a customer that no agent opened, booked at its creation. It does not matter whether the
customer ever joined: who is not known has no tier, region or segment. A ticket that gets another customer later is
taken from the one and given to the other, and the tickets of a customer that was merged are the other's.

- **Contacts per customer** (`contacts_of_contacting`): contacts / customers that had any in the window. A customer is
  counted at its latest contact, so each counts once in every window, as all windows end now.
- **Repeat-contact rate** (`repeated_within_days`): the share of contacts that came at most ``definitions.repeat_days``
  after one before of the same customer, whether that was done or not.

(Contact rate and repeat contacts as contact centres count them: ICMI, SQM; by customer, whatever the channel.)

>>> from stream.domain.statement_events import CustomerContact
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> day = 86_400_000_000
>>> log = [CustomerContact(0, "", "a", False), CustomerContact(3 * day, "", "b", True)]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(repeat_days=7), facts)
>>> [[booking.measure.name for booking in fact.bookings] for fact in facts.values()]
[['customer_contacts'], ['customer_contacts', 'customer_contacts_repeated', 'customers_contacting']]
"""

from __future__ import annotations

from typing import Final

from stream.domain.cells import Cell, Cells
from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.dealings import Dealings
from stream.domain.rows import Bounds
from stream.domain.rowspec import RowSpec
from stream.domain.subjects import CUSTOMER
from stream.domain.timeline import Timeline
from stream.metrics.customers import GROUP_BYS, OF_CUSTOMERS, WINDOWS
from stream.metrics.spec import Metric

CONTACTS = Measure("customer_contacts", "Contacts of customers")
REPEATED = Measure("customer_contacts_repeated", "Contacts within repeat_days of one before of the same customer")
CONTACTING = Measure("customers_contacting", "Customers, each at its latest contact")

_CONTACT: Final = (Booking(CONTACTS),)
_REPEATED: Final = (Booking(CONTACTS), Booking(REPEATED))
_CONTACTING: Final = (Booking(CONTACTING),)
_NOTHING: Final = Cell()


def book(customer: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``contact/<ticket>``."""
    place = customer.profile.place
    reach_us = round(definitions.repeat_days * 86_400_000_000)
    before_us = -1
    latest = ""
    for contact in customer.dealings.contacts:
        if contact.by_agent:
            continue
        is_repeated = before_us >= 0 and contact.time_us - before_us <= reach_us
        latest = f"contact/{contact.uid}"
        into[latest] = Fact(contact.time_us, place, _REPEATED if is_repeated else _CONTACT)
        before_us = contact.time_us
    if latest:
        fact = into[latest]
        into[latest] = Fact(fact.time_us, place, fact.bookings + _CONTACTING)


def _contacts(cells: Cells, bounds: Bounds | None) -> tuple[int, float]:
    return cells.get(CONTACTING.name, _NOTHING).count, cells.get(CONTACTS.name, _NOTHING).count


METRIC = Metric(
    name="customer_contacts",
    subject=CUSTOMER.name,
    measures=(CONTACTS, REPEATED, CONTACTING),
    rows=(
        RowSpec(
            metric="contacts_per_customer",
            definition="contacts_of_contacting",
            version=1,
            kind="mean",
            help="Contacts per customer, of those that had any",
            formula="contacts / customers with a contact in the window",
            booked="at the creation of the ticket",
            gauge="contacts_per_customer",
            numerator=(CONTACTS,),
            denominator=(CONTACTING,),
            parts=_contacts,
            export=OF_CUSTOMERS,
        ),
        RowSpec(
            metric="repeat_contact_rate",
            definition="repeated_within_days",
            version=1,
            kind="ratio",
            help="Share of contacts within repeat_days of one before of the same customer",
            formula="contacts within repeat_days of the customer's contact before / contacts",
            booked="at the creation of the ticket",
            gauge="repeat_contact_rate",
            numerator=(REPEATED,),
            denominator=(CONTACTS,),
            export=OF_CUSTOMERS,
        ),
    ),
    reads=(Dealings,),
    facts=book,
    knobs=("repeat_days",),
    windows=WINDOWS,
    group_bys=GROUP_BYS,
)
