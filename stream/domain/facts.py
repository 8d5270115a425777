"""Facts: what a ticket's log says that some metric counts. A fact is booked once, and retracted when it changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from stream.domain.histogram import bin_of
from stream.domain.segments import DIMENSIONS, SEPARATOR, Segment

_LATEST_US: Final = 253_402_300_799_999_999
_LARGEST: Final = 1 << 53
"""Of an amount: a thousand of them still fit into the 64 bits a stored sum has."""
_SEPARATORS: Final = len(DIMENSIONS) - 1
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
    """Raise ValueError or TypeError when ``fact`` cannot be booked and published: what is added is a sane integer.

    A sum that a float, or a number without end, got into could never be put right again.
    """
    # What is no integer raises TypeError with `| 0`, which is as good.
    for booking in fact.bookings:
        if not -_LARGEST < booking.amount | 0 < _LARGEST:
            raise ValueError("the amount of a booking has more than 53 bits")
        if not -1 <= booking.bin_index | 0 < _BINS:
            raise ValueError("the bin of a booking is none")
    if not 0 <= fact.time_us | 0 <= _LATEST_US:
        raise ValueError("the time of a fact lies outside of the years 1970 to 9999")
    if fact.segment.count(SEPARATOR) != _SEPARATORS:
        raise ValueError("the segment of a fact has not three parts")
    value = fact.value
    if value is not None and value - value != 0:
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
