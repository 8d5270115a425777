"""Samples of the targets: those of all contacts, and those that hold for a group because it lies in some part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias
from weakref import ref

from stream.domain.segments import FIELDS, group_labels
from stream.domain.targets import Targets
from stream.edge.owners.view import EMPTY_VIEW, View
from stream.metrics.headlines import TARGETED, Unit

ALL: Final = "all"

_Group: TypeAlias = tuple[str, ...]
"""Group-by, and a label for each dimension; empty where the group has none."""


class TargetSamples:
    """What of the targets is exported. The groups there are, are looked through once for each view, if at all."""

    def __init__(self, targets: Targets, dimensions: tuple[str, ...] = FIELDS) -> None:
        self._targets = targets
        self._dimensions = dimensions
        self._told_apart = {dimension for own in targets.own for dimension in own.part}
        self._made_of = ref(EMPTY_VIEW)
        self._groups: dict[_Group, Mapping[str, str]] = {}

    def samples(self, view: View, unit: Unit) -> list[tuple[tuple[str, ...], float | None]]:
        """Headline and group, and the target: None where all contacts have none, 0 where only the group has none."""
        found: list[tuple[tuple[str, ...], float | None]] = []
        groups = sorted(self._groups_of(view).items())
        for headline in TARGETED:
            if headline.unit != unit:
                continue
            usual = self._targets.value(headline.name, {})
            found.append(((headline.name, ALL, *("" for _ in self._dimensions)), usual or None))
            owned = ((group, self._targets.own_value(headline.name, segment)) for group, segment in groups)
            found += (((headline.name, *group), own) for group, own in owned if own is not None)
        return found

    def _groups_of(self, view: View) -> dict[_Group, Mapping[str, str]]:
        if view is not self._made_of():
            self._groups = {}
            self._made_of = ref(view)
            for by, group, _ in view.rows.blocks if self._told_apart else ():
                segment = group_labels(by, group)
                if not self._told_apart.isdisjoint(segment):
                    self._groups[by, *(segment.get(name, "") for name in self._dimensions)] = segment
        return self._groups
