"""Subjects: what a shard keeps logs of. A ticket, and, where customers are counted, a customer.

All go through the same machinery, in one shard and one transaction: logs by name, readers, facts, panes, levels.
What tells them apart is a mark, a control character (ids and labels hold none) that the names and the segments of all
but tickets begin with. So a customer and a ticket of one id are two, and nothing of one is summed with the other.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from msgspec import Struct

from stream.domain.customer_events import CUSTOMER_EVENTS
from stream.domain.segments import OTHER, SEPARATOR, Segment, dimensions_of


class Subject(Struct, frozen=True):
    """``topics``: logical names of the source topics. ``events``: types of its events; empty: all that are no other's.

    ``dimensions``: what its segments are made of; empty: what the settings say. ``is_forgotten``: after the reopen
    horizon, unless something is under way.
    """

    name: str
    mark: str
    topics: tuple[str, ...]
    events: frozenset[type] = frozenset()
    dimensions: tuple[str, ...] = ()
    is_forgotten: bool = True


TICKET: Final = Subject("ticket", "", ("tickets", "surveys"))
CUSTOMER: Final = Subject(
    "customer", "\x1e", ("customers",), CUSTOMER_EVENTS, ("tier", "region", "segment"), is_forgotten=False
)
SUBJECTS: Final = (TICKET, CUSTOMER)

CUSTOMER_MARK: Final = CUSTOMER.mark
EMPTY_OF_CUSTOMER: Final[Segment] = CUSTOMER_MARK + SEPARATOR * 2
OTHER_OF_CUSTOMER: Final[Segment] = CUSTOMER_MARK + SEPARATOR.join((OTHER, OTHER, OTHER))


def subject_named(name: str) -> Subject:
    """The one of this name."""
    return next(subject for subject in SUBJECTS if subject.name == name)


def is_customer(name: str) -> bool:
    """Whether a name, or a segment, is a customer's."""
    return name[:1] == CUSTOMER_MARK


@lru_cache(maxsize=65536)
def group_of_customer(segment: Segment, by: str) -> Segment | None:
    """Group of a customer's segment under group-by ``by``; None where that is not made of what customers have."""
    names = dimensions_of(by)
    labels = dict(zip(CUSTOMER.dimensions, segment[1:].split(SEPARATOR), strict=True))
    return SEPARATOR.join(labels[name] for name in names) if labels.keys() >= {*names} else None


def customer_segment(tier: str, region: str, segment: str) -> Segment:
    """Where a customer is counted; an empty value means unknown."""
    return f"{CUSTOMER_MARK}{tier}{SEPARATOR}{region}{SEPARATOR}{segment}"
