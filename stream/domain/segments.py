"""Segments: one combination of channel, team and priority, and the ways to sum over them.

A segment travels as one string, its three values joined by the control character 1F (labels are cleaned of control
characters, so the separator cannot occur in a value): it is hashed millions of times, and a string remembers its hash.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, TypeAlias

Segment: TypeAlias = str

DIMENSIONS: Final = ("channel", "team", "priority")
SEPARATOR: Final = "\x1f"
OTHER: Final = "other"
EMPTY_SEGMENT: Final[Segment] = SEPARATOR * 2
OTHER_SEGMENT: Final[Segment] = SEPARATOR.join((OTHER, OTHER, OTHER))


def segment_of(channel: str, team: str, priority: str) -> Segment:
    """Join the three values of a segment; an empty value means unknown."""
    return f"{channel}{SEPARATOR}{team}{SEPARATOR}{priority}"


def segment_labels(segment: Segment) -> dict[str, str]:
    """Give the segment as ``{"channel": ..., "team": ..., "priority": ...}``."""
    return dict(zip(DIMENSIONS, segment.split(SEPARATOR), strict=True))


def dimensions_of(by: str) -> tuple[str, ...]:
    """Dimensions of a group-by name: ``"all"`` has none, ``"channel_team"`` has two.

    Raises ValueError when the name is not ``all`` or an ordered subset of channel, team, priority.
    """
    if by == "all":
        return ()
    names = tuple(by.split("_"))
    ordered = tuple(name for name in DIMENSIONS if name in names)
    if names != ordered:
        raise ValueError(f"{by!r} is neither 'all' nor an ordered '_'-joined choice of {', '.join(DIMENSIONS)}")
    return names


@lru_cache(maxsize=65536)
def rolled_up(segment: Segment, by: str) -> Segment:
    """Group of ``segment`` under group-by ``by``: the kept values, joined; empty for ``all``."""
    labels = segment_labels(segment)
    return SEPARATOR.join(labels[name] for name in dimensions_of(by))


def group_labels(by: str, group: Segment) -> dict[str, str]:
    """Labels of a group made by `rolled_up`: exactly the dimensions of ``by``."""
    names = dimensions_of(by)
    return dict(zip(names, group.split(SEPARATOR), strict=True)) if names else {}
