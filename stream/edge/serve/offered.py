"""What a reader of a board can choose: dimensions, which of them together, and the names that there are of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from stream.domain.segments import SEPARATOR, dimensions_of
from stream.edge.owners.view import View

MAX_CHOICES: Final = 200


class Offered:
    """Of groups (``group_names``) that are made of these ``dimensions``."""

    def __init__(self, dimensions: Sequence[str], group_names: Sequence[str]) -> None:
        self._dimensions = dimensions
        self._group_names = group_names
        self._places: dict[str, list[tuple[str, int]]] = {}
        """By group-by: dimensions whose names are looked up in its groups, and their places there."""
        for name in dimensions:
            having = [by for by in group_names if name in dimensions_of(by)]
            if having:
                by = min(having, key=lambda it: len(dimensions_of(it)))
                self._places.setdefault(by, []).append((name, dimensions_of(by).index(name)))

    def found(self, view: View) -> dict[str, Any]:
        """``dimensions``, ``groups``, and ``choices`` by dimension: as plain data."""
        names = {name: set[str]() for places in self._places.values() for name, _ in places}
        for by, group, _ in view.rows.blocks:
            for dimension, place in self._places.get(by, ()):
                names[dimension].add(group.split(SEPARATOR)[place])
        choices = {name: sorted(names[name])[:MAX_CHOICES] for name in self._dimensions if name in names}
        return {"dimensions": self._dimensions, "groups": self._group_names, "choices": choices}
