"""Contacts that ended, and how many of them gave up, by pane, of one group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]
"""First second, and the second after the last."""


_NOTHING = (0, 0)


def touches(start: int, width: int, spans: Iterable[Span]) -> bool:
    """True when a pane lies in one of the spans, or partly so."""
    return any(first < start + width and start < end for first, end in spans)


class GroupCounts:
    """Two whole numbers for every pane of every width: abandoned, and answered or abandoned."""

    __slots__ = ("_widths",)

    def __init__(self) -> None:
        self._widths: dict[int, dict[int, tuple[int, int]]] = {}

    def add(self, width_seconds: int, start_seconds: int, abandoned: int, count: int) -> None:
        """Add to a pane; what has come to nothing is forgotten."""
        panes = self._widths.setdefault(width_seconds, {})
        before = panes.get(start_seconds, (0, 0))
        after = (before[0] + abandoned, before[1] + count)
        if any(after):
            panes[start_seconds] = after
        else:
            panes.pop(start_seconds, None)

    def newest_first(self, width_seconds: int, span: Span) -> Iterator[tuple[int, int, int]]:
        """Start, abandoned and count of the panes that start in ``span`` and hold something."""
        panes = self._widths.get(width_seconds)
        if not panes:
            return
        first, end = span
        last = end - 1 - (end - 1) % width_seconds
        for start in range(last, first - 1, -width_seconds):
            held = panes.get(start)
            if held is not None:
                yield start, held[0], held[1]

    def at(self, width_seconds: int, start_seconds: int) -> tuple[int, int]:
        """Abandoned and count of one pane."""
        return self._widths.get(width_seconds, {}).get(start_seconds, _NOTHING)

    def within(self, width_seconds: int, span: Span) -> tuple[int, int]:
        """Abandoned and count of the panes that start in ``span``."""
        abandoned = count = 0
        for _, its_abandoned, its_count in self.newest_first(width_seconds, span):
            abandoned += its_abandoned
            count += its_count
        return abandoned, count

    def known_seconds(self, width_seconds: int, now_seconds: int) -> int:
        """How long ago the oldest pane of this width begins; 0 where there is none before now."""
        return max(0, now_seconds - min(self._widths.get(width_seconds, ()), default=now_seconds))

    def is_empty(self) -> bool:
        """True when no pane holds anything."""
        return not any(self._widths.values())
