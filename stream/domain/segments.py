"""Segments: one value of each dimension (channel, team, whatever the settings name), and the ways to sum over them.

A segment travels as one string, its values joined by the control character 1F in the order of the dimensions (labels
are cleaned of control characters, so the separator cannot occur in a value): it is hashed millions of times, and a
string remembers its hash. The name of a group-by is made of dimensions too, joined by ``_``, which none of them holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

Segment: TypeAlias = str

Attributes: TypeAlias = tuple[str, ...]
"""Name and label, name and label, ordered by name: what a ticket has beside the fields of the contract."""

FIELDS: Final = ("channel", "team", "priority")
"""Dimensions for which events have a field of their own; all others are attributes."""

AGENT: Final = "agent"
"""A dimension that is no attribute: who answered a contact, or wrote last of the agents. Only where it is kept."""

MOST_DIMENSIONS: Final = 8
ALL: Final = "all"
SEPARATOR: Final = "\x1f"
OTHER: Final = "other"
_MOST_REMEMBERED: Final = 65_536


class Dimensions:
    """What segments are made of, in this order: at least one. ``empty``: nothing is known; ``other``: of no name."""

    __slots__ = ("_are_fields", "_order", "_rolled_up", "empty", "names", "other", "others")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.empty: Segment = SEPARATOR * (len(names) - 1)
        self.other: Segment = SEPARATOR.join([OTHER] * len(names))
        self.others = tuple(name for name in names if name not in FIELDS)
        """Those that are attributes."""
        self._are_fields = names == FIELDS
        known = (*FIELDS, *self.others)
        self._order = [known.index(name) for name in names]
        self._rolled_up: dict[tuple[Segment, str], Segment] = {}

    def segment(self, channel: str, team: str, priority: str, others: tuple[str, ...]) -> Segment:
        """Where a ticket is; ``others`` are its labels in the order of `others`. An empty one is not known."""
        if self._are_fields:
            return f"{channel}{SEPARATOR}{team}{SEPARATOR}{priority}"
        known = (channel, team, priority, *others)
        return SEPARATOR.join([known[place] for place in self._order])

    def fits(self, segment: Segment) -> bool:
        """Whether it has as many parts as there are dimensions."""
        return segment.count(SEPARATOR) + 1 == len(self.names)

    def labels_of_others(self, attributes: Attributes, before: tuple[str, ...]) -> tuple[str, ...]:
        """Labels in the order of `others` once a ticket has got ``attributes``; what these do not name stays."""
        given = dict(zip(attributes[::2], attributes[1::2], strict=True))
        return tuple([given.get(name, held) for name, held in zip(self.others, before, strict=True)])

    def with_agent(self, others: tuple[str, ...], agent: str) -> tuple[str, ...]:
        """The same labels of `others` with another agent."""
        return tuple([agent if name == AGENT else held for name, held in zip(self.others, others, strict=True)])

    def labels(self, segment: Segment) -> dict[str, str]:
        """The segment as ``{"channel": ..., "team": ..., ...}``."""
        return dict(zip(self.names, segment.split(SEPARATOR), strict=True))

    def of_labels(self, labels: Mapping[str, str]) -> Segment:
        """Inverse of `labels`; what is no dimension is passed over."""
        return SEPARATOR.join([labels[name] for name in self.names])

    def rolled_up(self, segment: Segment, by: str) -> Segment:
        """Group of ``segment`` under group-by ``by``: the kept values, joined; empty for ``all``."""
        key = (segment, by)
        group = self._rolled_up.get(key)
        if group is None:
            labels = self.labels(segment)
            group = SEPARATOR.join([labels[name] for name in dimensions_of(by)])
            if len(self._rolled_up) >= _MOST_REMEMBERED:
                self._rolled_up.clear()
            self._rolled_up[key] = group
        return group


@lru_cache(maxsize=64)
def dimensions_named(names: tuple[str, ...]) -> Dimensions:
    """The dimensions of these names, made once."""
    return Dimensions(names)


THREE: Final = dimensions_named(FIELDS)
"""The dimensions where the settings name no others."""


def segment_of(*labels: str) -> Segment:
    """Join one label of each dimension, in their order."""
    return SEPARATOR.join(labels)


def nameless(segment: Segment) -> Segment:
    """What ``segment`` counts as where it has no name, whichever its dimensions are."""
    return SEPARATOR.join([OTHER] * (segment.count(SEPARATOR) + 1))


@lru_cache(maxsize=1024)
def dimensions_of(by: str) -> tuple[str, ...]:
    """Dimensions of a group-by name: ``"all"`` has none, ``"channel_team"`` has two."""
    return () if by == ALL else tuple(by.split("_"))


def group_labels(by: str, group: Segment) -> dict[str, str]:
    """Labels of a group made by `Dimensions.rolled_up`: exactly the dimensions of ``by``."""
    names = dimensions_of(by)
    return dict(zip(names, group.split(SEPARATOR), strict=True)) if names else {}


def ordered_group_by(by: str, names: Sequence[str]) -> str | None:
    """The name of the group-by that ``by`` means where ``names`` are the dimensions; None: it names others, or none.

    >>> ordered_group_by("team_channel", FIELDS), ordered_group_by("channel", FIELDS), ordered_group_by("brand", FIELDS)
    ('channel_team', 'channel', None)
    """
    if by == ALL:
        return by
    given = by.split("_")
    known = [name for name in names if name in given]
    return "_".join(known) if sorted(known) == sorted(given) else None
