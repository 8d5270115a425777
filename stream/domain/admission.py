"""Bounded cardinality: the first ``limit`` segments keep their name, all further ones count under ``other``.

The choice only ever grows and is stored with the state: what was booked under a segment is retracted from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stream.domain.segments import THREE, Segment
from stream.domain.subjects import OTHER_OF_CUSTOMER, is_customer


class Admission:
    """Segments that have a name of their own; ``other`` is that of all further ones."""

    def __init__(self, limit: int, other: Segment = THREE.other) -> None:
        self._limit = limit
        self._other = other
        self._admitted: dict[Segment, Segment] = {}
        self._changed = False
        self.refused_total = 0

    def admit(self, segment: Segment) -> Segment:
        """The segment to book under."""
        admitted = self._admitted.get(segment)
        if admitted is not None:
            return admitted
        if len(self._admitted) < self._limit:
            self._changed = True
            self._admitted[segment] = segment
            return segment
        self.refused_total += 1
        return OTHER_OF_CUSTOMER if is_customer(segment) else self._other

    def take_changed(self) -> list[Segment] | None:
        """All admitted segments if there are new ones since the last call."""
        if not self._changed:
            return None
        self._changed = False
        return list(self._admitted)

    def restore(self, segments: Iterable[Segment]) -> None:
        """Put back what was stored."""
        self._admitted = {segment: segment for segment in segments}

    def reset(self) -> None:
        """Nothing is booked any more under any segment: all begins anew."""
        self._admitted = {}
        self._changed = True

    def __iter__(self) -> Iterator[Segment]:
        """All of these."""
        return iter(self._admitted)

    def __len__(self) -> int:
        """Number of segments with a name of their own."""
        return len(self._admitted)
