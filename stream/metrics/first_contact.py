"""First-contact resolution, by whether the customer comes again: done, and no other contact within days.

A contact of a customer (`customer_contacts`) that is done counts when it was done. It was **repeated** where the
customer had another contact that was created after it and at most ``definitions.repeat_days`` after it was done,
whatever that is about: nobody asks why. It is **resolved** once that time is over without one, and **undecided** until
then, which the clock decides without an event. One that is open, reopened or given up is none of these, and a ticket
that gets another customer is judged by that one's.

- `of_decided`: resolved / (resolved + repeated). Repeats are known before their days are over, so it is too low where
  the window is not much longer than these.
- `at_least`: resolved / all; `at_most`: (resolved + undecided) / all. What will be true lies between them: the second
  is provisional, and the same as the first when nothing of the window is undecided. `first_contact_undecided` counts
  it.

(SQM's and ICMI's first-contact resolution "by no repeat contact", within 7 days as is usual.)

>>> from stream.domain.statement_events import CustomerContact
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> day = 86_400_000_000
>>> log = [CustomerContact(0, "", "a", False, day), CustomerContact(8 * day, "", "b", False, 9 * day)]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(Definitions())), Definitions(repeat_days=7), facts)
>>> [(fact.time_us // day, fact.bookings[0].measure.name) for fact in facts.values()]
[(1, 'first_contact_repeated'), (9, 'first_contact_undecided')]
"""

from __future__ import annotations

from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.dealings import Dealings
from stream.domain.rowspec import Export, RowSpec
from stream.domain.subjects import CUSTOMER
from stream.domain.timeline import Timeline
from stream.metrics.customers import GROUP_BYS, OF_CUSTOMERS, WINDOWS
from stream.metrics.spec import Metric

RESOLVED = Measure("first_contact_resolved", "Contacts done, and no other within repeat_days")
REPEATED = Measure("first_contact_repeated", "Contacts done, and another of the customer within repeat_days")
UNDECIDED = Measure(
    "first_contact_undecided", "Contacts done whose repeat_days are not over", overdue="first_contact_resolved"
)

_ALL: Final = (RESOLVED, REPEATED, UNDECIDED)
_REPEATED: Final = (Booking(REPEATED),)
_RESOLVED: Final = (Booking(RESOLVED),)
_MINUTE_US: Final = 60_000_000


def book(customer: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``first_contact/<ticket>``."""
    place = customer.profile.place
    reach_us = round(definitions.repeat_days * 86_400_000_000)
    contacts = [contact for contact in customer.dealings.contacts if not contact.by_agent]
    for number, contact in enumerate(contacts):
        done_us = contact.done_us
        if done_us is None:
            continue
        until_us = done_us + reach_us
        if number + 1 == len(contacts):
            bookings: tuple[Booking, ...] = (Booking(UNDECIDED, 0, until_us // _MINUTE_US),)
        else:
            bookings = _REPEATED if contacts[number + 1].time_us <= until_us else _RESOLVED
        into[f"first_contact/{contact.uid}"] = Fact(done_us, place, bookings)


def _rate(
    name: str, numerator: tuple[Measure, ...], denominator: tuple[Measure, ...], formula: str, export: Export | None
) -> RowSpec:
    return RowSpec(
        metric="first_contact_resolution",
        definition=name,
        version=1,
        kind="ratio",
        help=f"Share of contacts done without another of the customer within repeat_days, {name.replace('_', ' ')}",
        formula=formula,
        booked="when the contact was done",
        gauge="first_contact_resolution",
        numerator=numerator,
        denominator=denominator,
        export=export,
    )


METRIC = Metric(
    name="first_contact_resolution",
    subject=CUSTOMER.name,
    measures=_ALL,
    rows=(
        _rate("of_decided", (RESOLVED,), (RESOLVED, REPEATED), "resolved / (resolved + repeated)", OF_CUSTOMERS),
        _rate("at_least", (RESOLVED,), _ALL, "resolved / (resolved + repeated + undecided)", OF_CUSTOMERS),
        _rate(
            "at_most",
            (RESOLVED, UNDECIDED),
            _ALL,
            "(resolved + undecided) / (resolved + repeated + undecided); provisional while any is undecided",
            OF_CUSTOMERS,
        ),
        RowSpec(
            metric="first_contact_undecided",
            definition="days_not_over",
            version=1,
            kind="count",
            help="Contacts done whose repeat_days are not over: as many of first_contact_resolution are provisional",
            formula="count of contacts done less than repeat_days ago that were not repeated so far",
            booked="when the contact was done",
            gauge="first_contact_undecided",
            measure=UNDECIDED,
            export=OF_CUSTOMERS,
        ),
    ),
    reads=(Dealings,),
    facts=book,
    knobs=("repeat_days",),
    windows=WINDOWS,
    group_bys=GROUP_BYS,
)
