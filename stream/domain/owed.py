"""What has been applied to panes, and is not in the totals of windows yet.

Partitions have panes of the same segments, segments are in the same groups, and of windows that end now one is inside
the next. So what is applied is summed by segment, in the innermost window that it lies in; then once by group; and what
a window has got by group is what the one around it gets, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from stream.domain.cells import Cells, merge_cells
from stream.domain.presence import Group
from stream.domain.segments import Segment


class Owed:
    """Of each window, by segment and by group."""

    def __init__(self, windows: Iterable[str]) -> None:
        self._segments: dict[str, dict[Segment, Cells]] = {name: {} for name in windows}
        self._groups: dict[str, dict[Group, Cells]] = {name: {} for name in self._segments}

    def add(self, window: str, segment: Segment, cells: Cells) -> None:
        """``window`` is the innermost that gets them."""
        owed = self._segments[window]
        held = owed.get(segment)
        if held is None:
            held = owed[segment] = {}
        merge_cells(held, cells)

    def pay_steps(
        self,
        chains: Iterable[Sequence[str]],
        groups_of: Callable[[Segment], list[Group]],
        pay: Callable[[str, Group, Cells], None],
    ) -> Iterator[None]:
        """Give all of it to ``pay``, in small steps. ``chains``: windows of which each lies in the next."""
        for chain in chains:
            for number, name in enumerate(chain, 1):
                segments, groups = self._segments[name], self._groups[name]
                while segments:
                    segment, cells = segments.popitem()
                    for group in groups_of(segment):
                        _put(groups, group, cells)
                    yield
                around = self._groups[chain[number]] if number < len(chain) else None
                while groups:
                    group, cells = groups.popitem()
                    pay(name, group, cells)
                    if around is not None:
                        if group in around:
                            merge_cells(around[group], cells)
                        else:
                            around[group] = cells
                    yield


def _put(groups: dict[Group, Cells], group: Group, cells: Cells) -> None:
    held = groups.get(group)
    if held is None:
        held = groups[group] = {}
    merge_cells(held, cells)
