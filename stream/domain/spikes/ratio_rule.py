"""What is watched of a ratio that the settings name: how its rows count, and when it is worse than usual. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from stream.domain.cells import Cell
from stream.domain.segments import FIELDS

HISTORY_SECONDS: Final = 14 * 86_400
"""What is usual is taken from so long before the look-back begins, as far as it is kept."""

_NONE: Final = Cell()


class RatioRule(Struct, frozen=True):
    """``name``: of the settings. ``definition``: of the row. ``numerator`` and ``denominator``: names of measures.

    ``is_lower_bad``: what counts as bad are those of the denominator that are not in the numerator; else the numerator.
    ``factor``: the least multiple of the usual share of bad that is looked for, and its square and cube with it.
    ``critical_factor``: from this multiple on an alert is critical. ``min_count``, ``min_bad``: fewer since the onset
    are no alert. ``min_baseline_count``: with fewer before nothing is judged. ``fact``: key of the facts behind it.
    """

    name: str
    definition: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    is_lower_bad: bool = False
    factor: float = 2.0
    critical_factor: float = 3.0
    min_count: int = 20
    min_bad: int = 5
    min_baseline_count: int = 100
    look_back_seconds: int = 86_400
    days_between_false_alarms: float = 30.0
    group_bys: tuple[str, ...] = ("all", "channel", "team")
    dimensions: tuple[str, ...] = FIELDS
    keep_days: int = 30
    fact: str = ""

    @property
    def multiples(self) -> tuple[float, ...]:
        """Of the usual share: what the test asks whether the share has become."""
        return self.factor, self.factor**2, self.factor**3

    def counted(self, cells: Mapping[str, Cell]) -> tuple[int, int]:
        """How many are bad, and of how many; either may be negative where ``cells`` are what a pane has lost."""
        whole = sum(cells.get(name, _NONE).count for name in self.denominator)
        part = sum(cells.get(name, _NONE).count for name in self.numerator)
        return (whole - part if self.is_lower_bad else part), whole
