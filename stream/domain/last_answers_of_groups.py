"""The last answers of each group, of what every partition says of every segment that is in it: rows of one window.

A partition tells the newest so many of each of its segments; the newest of a group are among them, whichever these are.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from stream.domain.answers import Families, cells_of, time_us_of
from stream.domain.groups import Groups
from stream.domain.presence import Group
from stream.domain.row_kinds import Kind, kinds_by_place
from stream.domain.rows import Block, Number
from stream.domain.rowspec import Place, RowSpec
from stream.domain.segments import Segment
from stream.domain.windows import Window

_Key: TypeAlias = tuple[int, str, Segment]
"""Partition, metric and segment."""


class LastAnswersOfGroups:
    """``families``: metrics that have rows of their last answers, and the measures of these."""

    def __init__(self, families: Families) -> None:
        self._families = families
        self._window: Window | None = None
        self._kinds: Mapping[str, Mapping[str, Sequence[Kind]]] = {}
        """By metric and group-by."""
        self._held: dict[_Key, tuple[bytes, ...]] = {}
        self._order: dict[Group, dict[str, list[bytes]]] = {}
        """By group and metric, oldest first. No group is empty."""
        self._changed: set[Group] = set()

    def takes(self, window: Window) -> bool:
        """Whether a window is the one of these rows: there is one at most."""
        if window.answers:
            self._window = window
        return bool(window.answers)

    def begin(
        self,
        specs: Sequence[RowSpec],
        places: Mapping[str, Place],
        groups: Groups,
        is_named: Callable[[Segment], bool],
        note_use: Callable[[Segment, int], None],
        failures: list[Exception],
    ) -> None:
        """To be called once, before anything is applied. ``places``: where ``specs`` have rows, as of `Rollup`.

        ``note_use``: told of every segment of which something (1), or nothing any more (-1), is held. ``failures`` gets
        what is raised by rows that cannot be made; such a row stays as it was.
        """
        self._groups = groups
        self._is_named = is_named
        self._note_use = note_use
        self._failures = failures
        if self._window is None:
            self._families = {}
            return
        name = self._window.name
        kinds = kinds_by_place(specs, (name,), groups.group_bys, places)
        self._kinds = {
            family: {by: [one for one in kinds[name, by] if one.measures <= {*measures}] for by in groups.group_bys}
            for family, measures in self._families.items()
        }

    def apply(self, partition: int, family: str, segment: Segment, entries: tuple[bytes, ...]) -> None:
        """Replace what a partition says of a metric in a segment; empty: there is no answer there."""
        if family not in self._families:
            return
        key = (partition, family, segment)
        old = self._held.pop(key, ())
        if entries:
            self._held[key] = entries
        self._note_use(segment, bool(entries) - bool(old))
        self._change(family, self._counted_as(segment), old, entries)

    def _counted_as(self, segment: Segment) -> Segment:
        return segment if self._is_named(segment) else self._groups.other_of(segment)

    def name(self, segment: Segment) -> None:
        """The segment has just got a name of its own: what it has is taken from ``other``."""
        for (_, family, of), entries in self._held.items():
            if of == segment:
                self._change(family, self._groups.other_of(segment), entries, ())
                self._change(family, segment, (), entries)

    def _change(self, family: str, segment: Segment, old: tuple[bytes, ...], new: tuple[bytes, ...]) -> None:
        gone, come = Counter(old), Counter(new)
        gone, come = gone - come, come - gone
        for group in self._groups.of(segment):
            of_group = self._order.setdefault(group, {})
            order = of_group.setdefault(family, [])
            for entry in gone.elements():
                del order[bisect_left(order, entry)]
            for entry in come.elements():
                insort(order, entry)
            if not order:
                del of_group[family]
                if not of_group:
                    del self._order[group]
            self._changed.add(group)

    def take_blocks(self) -> Iterator[Block]:
        """The rows of each group whose answers changed since the last call."""
        if self._window is None:
            return
        while self._changed:
            group = self._changed.pop()
            numbers: dict[str, Number] = {}
            kept: list[str] = []
            for family, order in self._order.get(group, {}).items():
                last = order[-self._window.answers :]
                cells = cells_of(last, self._families[family])
                bounds = time_us_of(last[0]) // 1_000_000, time_us_of(last[-1]) // 1_000_000 + 1
                for one in self._kinds[family][group[0]]:
                    try:
                        numbers[one.name] = replace(one.maker.make(bounds, cells), answers=len(last))
                    except Exception as error:
                        self._failures.append(error)
                        kept.append(one.name)
            yield Block(*group, self._window.name, numbers, tuple(kept))
