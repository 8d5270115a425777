"""Facts: what a ticket's log says that some metric counts. A fact is booked once, and retracted when it changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from stream.domain.histogram import bin_of
from stream.domain.segments import DIMENSIONS, SEPARATOR, Segment

_LATEST_US: Final = 253_402_300_799_999_999
_LARGEST: Final = 1 << 53
"""Of an amount: a thousand of them still fit into the 64 bits a stored sum has."""
_BINS: Final = 1 << 31


class Booking(Struct, frozen=True, gc=False):
    """One amount for one measure: microseconds or millionths; ``bin_index`` is -1 for measures without bins."""

    measure: str
    amount: int = 0
    bin_index: int = -1


class Fact(Struct, frozen=True, gc=False):
    """Booked at ``time_us`` into the panes of ``segment``.

    ``value`` is what the derived topic shows: seconds for a span, the score for an answer, None for a mere event.
    A ``level`` fact is a state that holds since ``time_us`` (a ticket is open): it belongs to no pane of time.
    """

    time_us: int
    segment: Segment
    bookings: tuple[Booking, ...]
    value: float | None = None
    level: bool = False

    def reads_as(self, other: Fact) -> bool:
        """True when the derived topic says the same of both, whatever they book."""
        return (self.time_us, self.segment, self.value) == (other.time_us, other.segment, other.value)


Facts: TypeAlias = dict[str, Fact]
"""Fact key (``first_response``, ``answered/2``, ``csat/<survey>``) to fact: all that one ticket says."""


def duration_fact(measure: str, time_us: int, segment: Segment, span_us: int) -> Fact:
    """A fact that is a span of time in microseconds, at least 0."""
    return Fact(time_us, segment, (Booking(measure, span_us, bin_of(span_us)),), span_us / 1e6)


def check_fact(fact: Fact) -> None:
    """Raise ValueError when ``fact`` cannot be booked and published: what is added must be an integer of a sane size.

    A sum that a float, or a number without end, got into could never be put right again.
    """
    for booking in fact.bookings:
        amount, index = booking.amount, booking.bin_index
        if type(amount) is not int or not -_LARGEST < amount < _LARGEST:
            raise ValueError("the amount of a booking is no integer, or has more than 53 bits")
        if type(index) is not int or not -1 <= index < _BINS:
            raise ValueError("the bin of a booking is none")
    if type(fact.time_us) is not int or not 0 <= fact.time_us <= _LATEST_US:
        raise ValueError("the time of a fact lies outside of the years 1970 to 9999")
    if fact.segment.count(SEPARATOR) != len(DIMENSIONS) - 1:
        raise ValueError("the segment of a fact has not three parts")
    if fact.value is not None and not math.isfinite(fact.value):
        raise ValueError("the value of a fact is not finite")


def changes(before: Mapping[str, Fact], after: Mapping[str, Fact]) -> list[tuple[str, Fact | None, Fact | None]]:
    """Keys whose fact differs, each with the fact to retract (or None) and the fact to book (or None)."""
    found: list[tuple[str, Fact | None, Fact | None]] = []
    for key, fact in after.items():
        old = before.get(key)
        if old is None or old != fact:
            found.append((key, old, fact))
    # Equal where facts were only added, which is what most events do.
    if len(before) + len(found) != len(after):
        found += [(key, old, None) for key, old in before.items() if key not in after]
    return found
