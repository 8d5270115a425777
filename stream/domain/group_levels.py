"""Levels of each group: what every partition says of every segment that is in it. Summed when they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stream.domain.cells import Cells
from stream.domain.levels import LevelClock, Stages, sum_levels
from stream.domain.presence import Group
from stream.domain.segments import Segment


class GroupLevels:
    """``stages``: what members of the levels count under later on (see `levels`); empty: the shards have decided."""

    def __init__(self, stages: Stages) -> None:
        self._clock = LevelClock(stages) if stages else None
        self._held: dict[Group, dict[tuple[int, Segment], Cells]] = {}
        """By partition and segment. No group is empty."""

    def holds(self, group: Group, partition: int, segment: Segment) -> bool:
        """Whether a ticket of the segment is in any state there."""
        return (partition, segment) in self._held.get(group, {})

    def put(self, group: Group, partition: int, segment: Segment, cells: Cells | None) -> None:
        """Replace what a partition says of a segment; None or empty: no ticket is in any state there."""
        held = self._held.setdefault(group, {})
        held.pop((partition, segment), None)
        if cells:
            held[partition, segment] = cells
        if not held:
            del self._held[group]

    def take(self, group: Group, segment: Segment) -> dict[int, Cells]:
        """Take out what is held of a segment; by partition."""
        own = {partition: cells for (partition, of), cells in self._held.get(group, {}).items() if of == segment}
        for partition in own:
            self.put(group, partition, segment, None)
        return own

    def late(self, now_us: int) -> Iterator[Group]:
        """Groups in which something may count under another level by now."""
        clock = self._clock
        if clock is not None:
            for group, held in self._held.items():
                if any(clock.is_late(cells, now_us) for cells in held.values()):
                    yield group

    def of(self, group: Group, now_us: int, wanted: frozenset[str] | None = None) -> Cells:
        """The sum of all at ``now_us``, of the levels that are ``wanted``; None: of all."""
        parts: Iterable[Cells] = self._held.get(group, {}).values()
        if self._clock is not None:
            parts = [self._clock.read_off(cells, now_us) for cells in parts]
        cells = sum_levels(parts)
        return cells if wanted is None else {name: cell for name, cell in cells.items() if name in wanted}

    def __len__(self) -> int:
        """Number of groups with a ticket in any state."""
        return len(self._held)

    def __contains__(self, group: object) -> bool:
        return group in self._held
