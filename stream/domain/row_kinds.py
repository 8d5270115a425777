"""Which rows there are in which window and for which group-by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Final

from stream.domain.row_making import RowMaker
from stream.domain.rowspec import Place, RowSpec
from stream.domain.windows import Window

NOW: Final = "now"
"""Window of levels."""


class Kind:
    """A spec, and what is asked of it a million times.

    ``has_goal``: its numbers are about what the group should reach. ``compares``: with the window before.
    """

    __slots__ = ("compares", "has_goal", "maker", "measures", "name", "spec")

    def __init__(self, spec: RowSpec, measures: frozenset[str]) -> None:
        self.name = spec.name
        self.spec = spec
        self.measures = measures
        self.maker = RowMaker(spec)
        self.compares = spec.compares
        self.has_goal = spec.kind == "staffing"


def overdue_of(specs: Iterable[RowSpec]) -> dict[str, str]:
    """What counts under another measure once it is later than its bins say, and that measure."""
    measures = (measure for spec in specs for measure in (*spec.measures, *spec.feeding))
    return {measure.name: measure.overdue for measure in measures if measure.overdue}


def kinds_by_place(
    specs: Sequence[RowSpec], windows: Iterable[str], group_bys: Sequence[str], places: Mapping[str, Place]
) -> dict[tuple[str, str], tuple[Kind, ...]]:
    """By window and group-by: what has rows there."""
    found: dict[tuple[str, str], tuple[Kind, ...]] = {(name, by): () for name in windows for by in group_bys}
    overdue = overdue_of(specs)
    for spec in specs:
        names = {measure.name for measure in spec.measures}
        names |= {before for before, later in overdue.items() if later in names}
        kind, place = Kind(spec, frozenset(names)), places.get(spec.name)
        for window, by in found:
            if (spec.kind == "level") is (window == NOW) and (place is None or place.holds(spec, window, by)):
                found[window, by] += (kind,)
    return found


def levels_within(kinds: Mapping[tuple[str, str], Sequence[Kind]], window: str) -> frozenset[str]:
    """Names of the levels that rows of ``window`` are made of beside panes."""
    specs = [kind.spec for (name, _), of_place in kinds.items() if name == window for kind in of_place]
    return frozenset(measure.name for spec in specs for measure in spec.levels)


def add_windows_before(
    windows: MutableMapping[str, Window],
    group_bys: Sequence[str],
    kinds: MutableMapping[tuple[str, str], tuple[Kind, ...]],
) -> dict[str, str]:
    """By name of a window, that of the one before it, for those with rows that are compared with it.

    These windows are put into ``windows``, and what they are needed for into ``kinds``.
    """
    found: dict[str, str] = {}
    for window in [*windows.values()]:
        earlier = window.before
        compared = {by: tuple(kind for kind in kinds[window.name, by] if kind.spec.compares) for by in group_bys}
        if earlier is not None and any(compared.values()):
            found[window.name] = earlier.name
            windows[earlier.name] = earlier
            kinds.update({(earlier.name, by): of_group for by, of_group in compared.items()})
    return found
