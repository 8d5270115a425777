"""Facts: what a ticket's log says that some metric counts. A fact is booked once, and retracted when it changes."""

from __future__ import annotations

from typing import Final, TypeAlias

from stream.compiled import mypyc_attr
from stream.domain.histogram import bin_of
from stream.domain.measures import Measure
from stream.domain.segments import FIELDS, SEPARATOR, Segment
from stream.domain.subjects import CUSTOMER, is_customer

_LATEST_US: Final = 253_402_300_799_999_999
_LARGEST: Final = 1 << 53
"""Of an amount: a thousand of them still fit into the 64 bits a stored sum has."""
_BINS: Final = 1 << 31


@mypyc_attr(acyclic=True)
class Booking:
    """One amount for one measure: microseconds or millionths; ``bin_index`` is -1 for measures without bins.

    ``name``: of the measure, here as it is asked for with every booking.
    """

    __slots__ = ("amount", "bin_index", "measure", "name")

    def __init__(self, measure: Measure, amount: int = 0, bin_index: int = -1) -> None:
        self.measure = measure
        self.name = measure.name
        self.amount = amount
        self.bin_index = bin_index

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Booking):
            return NotImplemented
        return (
            self.amount == other.amount
            and self.bin_index == other.bin_index
            and (self.measure is other.measure or self.measure == other.measure)
        )

    def __hash__(self) -> int:
        return hash((self.measure, self.amount, self.bin_index))

    def __repr__(self) -> str:
        return f"Booking({self.name}, {self.amount}, {self.bin_index})"


@mypyc_attr(acyclic=True)
class Fact:
    """Booked at ``time_us`` into the panes of ``segment``; never changed once it is made.

    ``value`` is what the derived topic shows: seconds for a span, the score for an answer, None for a mere event.
    A ``level`` fact is a state that holds since ``time_us`` (a ticket is open): it belongs to no pane of time.
    """

    __slots__ = ("bookings", "level", "segment", "time_us", "value")

    def __init__(
        self,
        time_us: int,
        segment: Segment,
        bookings: tuple[Booking, ...],
        value: float | None = None,
        level: bool = False,
    ) -> None:
        self.time_us = time_us
        self.segment = segment
        self.bookings = bookings
        self.value = value
        self.level = level

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fact):
            return NotImplemented
        return self.reads_as(other) and self.level == other.level and self.bookings == other.bookings

    def __hash__(self) -> int:
        return hash((self.time_us, self.segment, self.bookings, self.value, self.level))

    def __repr__(self) -> str:
        return f"Fact({self.time_us}, {self.segment!r}, {self.bookings}, {self.value}, level={self.level})"

    def reads_as(self, other: Fact) -> bool:
        """True when the derived topic says the same of both, whatever they book."""
        return self.time_us == other.time_us and self.value == other.value and self.segment == other.segment


Facts: TypeAlias = dict[str, Fact]
"""Fact key (``first_response``, ``answered/2``, ``csat/<survey>``) to fact: all that one ticket says."""


def duration_fact(measure: Measure, time_us: int, segment: Segment, span_us: int) -> Fact:
    """A fact that is a span of time in microseconds, at least 0."""
    return Fact(time_us, segment, (Booking(measure, span_us, bin_of(span_us)),), span_us / 1e6)


def check_fact(fact: Fact, dimensions: int = len(FIELDS), fitting: Segment | None = None) -> None:
    """Raise ValueError or TypeError when ``fact`` cannot be booked and published: what is added is a sane integer.

    ``dimensions``: how many parts its segment has, unless it is a customer's. ``fitting``: one that was found to have
    them; a ticket's facts share theirs.

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
    if fact.segment is not fitting:
        if is_customer(fact.segment):
            dimensions = len(CUSTOMER.dimensions)
        if fact.segment.count(SEPARATOR) + 1 != dimensions:
            raise ValueError(f"the segment of a fact has not {dimensions} parts, one for each dimension")
    value = fact.value
    if value is not None and value - value != 0:
        raise ValueError("the value of a fact is not finite")
