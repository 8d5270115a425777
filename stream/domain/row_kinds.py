"""Which rows there are in which window and for which group-by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from stream.domain.rowspec import Place, RowSpec

NOW: Final = "now"
"""Window of levels."""


class Kind(NamedTuple):
    """A spec, and what is asked of it a million times."""

    name: str
    spec: RowSpec
    measures: frozenset[str]


def kinds_by_place(
    specs: Iterable[RowSpec], windows: Iterable[str], group_bys: Sequence[str], places: Mapping[str, Place]
) -> dict[tuple[str, str], tuple[Kind, ...]]:
    """By window and group-by: what has rows there."""
    found: dict[tuple[str, str], tuple[Kind, ...]] = {(name, by): () for name in windows for by in group_bys}
    for spec in specs:
        place = places.get(spec.name)
        for window, by in found:
            if (spec.kind == "level") is (window == NOW) and (place is None or place.holds(spec, window, by)):
                found[window, by] += (Kind(spec.name, spec, frozenset(measure.name for measure in spec.measures)),)
    return found
