"""Who is in a level: the tickets or customers that every partition tells by name, the first of each segment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from stream.domain.levels import LevelClock, MemberKey, Stages
from stream.domain.membership import Members
from stream.domain.segments import Segment

Told: TypeAlias = Mapping[tuple[int, str, Segment], Members]
"""By partition, measure and segment. Never changed once it is made."""


class LevelMembers:
    """What all partitions have said so far."""

    def __init__(self) -> None:
        self._told: Told = {}
        self._held: dict[tuple[int, str, Segment], Members] = {}
        self._has_changed = False

    def apply(self, partition: int, key: MemberKey, members: Members) -> None:
        """Replace what a partition has said of a level."""
        place = (partition, *key)
        self._held.pop(place, None)
        if members:
            self._held[place] = members
        self._has_changed = True

    def told(self) -> Told:
        """All of it, for a view."""
        if self._has_changed:
            self._told, self._has_changed = dict(self._held), False
        return self._told


def members_of(
    told: Told, measures: Iterable[str], is_asked: Callable[[Segment], bool], stages: Stages, now_us: int
) -> Iterator[tuple[int, str, str, Segment]]:
    """Start, measure, name and segment of those in one of ``measures`` by now, whose segment is asked for.

    ``stages``: what members count under later on, where the partitions' clocks may be behind ``now_us``.
    """
    wanted, clock = frozenset(measures), LevelClock(stages)
    for (_, measure, segment), members in told.items():
        if is_asked(segment):
            for since_us, name in members:
                found = clock.at(measure, since_us, now_us)
                if found in wanted:
                    yield since_us, found, name, segment
