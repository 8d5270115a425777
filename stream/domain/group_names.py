"""Which segments have a name of their own in the whole installation; all others count under ``other``.

A bound on all of them, and a rate for new ones: a source that puts something endless into a label (ticket ids as team)
must not take every place before anybody has looked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stream.domain.segments import THREE, Segment

_MINUTE_US: Final = 60_000_000


class GroupNames:
    """At most ``limit`` names; of these half at once, then ``per_minute`` (None: as they come).

    A fresh installation has its hundreds of groups at once, and a flood leaves half of the places to others. A name is
    kept for as long as anything is counted under it, as that may be taken back. One that was refused may have a name
    later.
    """

    def __init__(self, limit: int, per_minute: float | None, other: Segment = THREE.other) -> None:
        self._limit = limit
        self._other = other
        self._per_minute = per_minute
        self._burst = max(1.0, limit / 2)
        self._places = self._burst
        self._filled_us = 0
        self._names: set[Segment] = {other}
        self._changed: dict[Segment, bool] = {}

    def __contains__(self, segment: object) -> bool:
        return segment in self._names

    def __len__(self) -> int:
        """Names given, ``other`` not counted."""
        return len(self._names) - 1

    def admit(self, segment: Segment, now_us: int | None) -> bool:
        """True when ``segment`` has a name of its own, be it from now on. ``now_us`` None: whatever the rate says."""
        if segment in self._names:
            return True
        if len(self) >= self._limit or not (now_us is None or self._take_place(now_us)):
            return False
        self._names.add(segment)
        self._changed[segment] = True
        return True

    def free(self, segment: Segment) -> None:
        """Nothing is counted under the name any more: its place is for others."""
        if segment in self._names and segment != self._other:
            self._names.discard(segment)
            self._changed[segment] = False

    def _take_place(self, now_us: int) -> bool:
        if self._per_minute is None:
            return True
        passed_us = max(0, now_us - self._filled_us) if self._filled_us else 0
        self._filled_us = now_us
        self._places = min(self._burst, self._places + passed_us * self._per_minute / _MINUTE_US)
        if self._places < 1:
            return False
        self._places -= 1
        return True

    def restore(self, segment: Segment) -> bool:
        """Give a name that was given before; False beyond the limit, which may be lower now.

        An installation that has names is not fresh: only a minute's new ones come at once.
        """
        if self._per_minute is not None:
            self._places = min(self._places, self._per_minute)
        if segment not in self._names and len(self) >= self._limit:
            return False
        self._names.add(segment)
        return True

    def __iter__(self) -> Iterator[Segment]:
        """All names that were given."""
        return (segment for segment in self._names if segment != self._other)

    def take_changed(self) -> dict[Segment, bool]:
        """Names given (True) and freed (False) since the last call."""
        changed, self._changed = self._changed, {}
        return changed
