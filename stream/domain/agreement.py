"""Whose numbers mean the same: rows wait while partitions are counted under other rules than those of the roll-up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from stream.domain.derivation import FactSource
from stream.domain.parts import HALF, Parts, last_answers_part
from stream.domain.row_kinds import NOW
from stream.domain.rowspec import Place, RowSpec
from stream.domain.windows import Window


class Agreement:
    """``ours``: the rules that rows are made by here. ``of``: those that each partition is counted under, as it said.

    None: it has not said, as it is counted by a version that does not know of parts. ``places``: as of `Rollup`.
    """

    def __init__(
        self,
        ours: Parts,
        metrics: Iterable[FactSource],
        specs: Sequence[RowSpec],
        windows: Iterable[Window],
        places: Mapping[str, Place],
    ) -> None:
        self._ours = ours
        self._specs = specs
        self._windows = tuple(windows)
        self._places = places
        self._booked_by = {measure.name: metric.name for metric in metrics for measure in metric.measures}
        self.of: dict[int, Parts | None] = {}

    @property
    def others(self) -> list[int]:
        """Partitions that are counted under other rules, or about to be."""
        return sorted(number for number, parts in self.of.items() if parts != self._ours)

    def waiting(self) -> dict[str, frozenset[str]]:
        """By window: names of rows that cannot be made, as not all partitions say the same by their measures."""
        others = [self.of[number] for number in self.others]
        if not others:
            return {}
        found: dict[str, frozenset[str]] = {}
        for window in (None, *self._windows):
            specs = (spec for spec in self._specs if self._is_shown(spec, window))
            names = (spec.name for spec in specs if not all(self._agrees(spec, window, one) for one in others))
            if waiting := frozenset(names):
                found[NOW if window is None else window.name] = waiting
        return found

    def _is_shown(self, spec: RowSpec, window: Window | None) -> bool:
        place = self._places.get(spec.name)
        return place is None or (bool(place.group_bys) if window is None else window.name in place.windows)

    def _agrees(self, spec: RowSpec, window: Window | None, other: Parts | None) -> bool:
        if other is None or other.segments != self._ours.segments:
            return False
        earlier = window.before if window is not None and spec.compares else None
        needed = [one for one in (window, earlier) if one is not None]
        for measure in spec.measures:
            name = self._booked_by.get(measure.name, "")
            mine, theirs = self._ours.metrics.get(name), other.metrics.get(name)
            if mine is None or theirs is None or theirs.fingerprint in (HALF, "") or mine != theirs:
                return False
            if window is not None and window.answers:
                part = last_answers_part(name)
                if self._ours.metrics.get(part) != other.metrics.get(part):
                    return False
            elif not all(_reaches(other, one, measure.name) for one in needed):
                return False
        return True


def _reaches(parts: Parts, window: Window, measure: str) -> bool:
    return parts.plan.kept_seconds(window.width_seconds, measure) >= window.kept_seconds


def metrics_of_rows(waiting: Mapping[str, frozenset[str]], specs: Iterable[RowSpec]) -> list[str]:
    """Names of the metrics that ``waiting`` rows are of."""
    names = frozenset[str]().union(*waiting.values())
    return sorted({spec.metric for spec in specs if spec.name in names})
