"""Facts: what a ticket's log says that some metric counts. A fact is booked once, and retracted when it changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct

from stream.domain.histogram import bin_of
from stream.domain.segments import Segment


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


Facts: TypeAlias = dict[str, Fact]
"""Fact key (``first_response``, ``answered/2``, ``csat/<survey>``) to fact: all that one ticket says."""


def duration_fact(measure: str, time_us: int, segment: Segment, span_us: int) -> Fact:
    """A fact that is a span of time in microseconds, at least 0."""
    return Fact(time_us, segment, (Booking(measure, span_us, bin_of(span_us)),), span_us / 1e6)


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
