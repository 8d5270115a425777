"""Which measures any kept pane holds, by group: a row exists for as long as one of its measures is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, KeysView
from typing import TypeAlias, TypeVar

from stream.domain.segments import Segment

Group: TypeAlias = tuple[str, Segment]
"""Name of the group-by and the group's joined values."""

_Key = TypeVar("_Key")


class Presence:
    """Of each segment the panes that hold a measure are counted, and of each group such segments.

    So a pane more or less of a measure that has others costs one count, however many groups there are.
    """

    def __init__(self) -> None:
        self._panes: dict[Segment, dict[str, int]] = {}
        self._segments: dict[Group, dict[str, int]] = {}

    def note(self, segment: Segment, groups: Iterable[Group], measure: str, step: int) -> list[Group]:
        """One pane of ``segment`` more (1) or less (-1) holds ``measure``: the ``groups`` where it is new or gone."""
        if not _is_end(self._panes, segment, measure, step):
            return []
        return [group for group in groups if _is_end(self._segments, group, measure, step)]

    def of(self, group: Group) -> KeysView[str]:
        """The measures that are there."""
        return self._segments.get(group, {}).keys()

    def __contains__(self, group: object) -> bool:
        return group in self._segments

    def __len__(self) -> int:
        """Number of groups with anything in any pane."""
        return len(self._segments)

    def __iter__(self) -> Iterator[Group]:
        """Those groups."""
        return iter(self._segments)


def _is_end(counts: dict[_Key, dict[str, int]], key: _Key, measure: str, step: int) -> bool:
    """Count; True where this was the first, or the last."""
    of_key = counts.get(key)
    if of_key is None:
        of_key = counts[key] = {}
    count = of_key.get(measure, 0) + step
    if count:
        of_key[measure] = count
        return count == step
    del of_key[measure]
    if not of_key:
        del counts[key]
    return True
