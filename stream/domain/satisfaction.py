"""Overall satisfaction: one number of what three kinds of surveys say, and the parts that it is made of.

Each part lies between 0 and 1: the share of CSAT answers in the top boxes, the net promoter score moved from -100..100
to 0..1, the share of CES answers above the middle of the scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any, Final

from msgspec import Struct

from stream.domain.cells import Cell
from stream.domain.intervals import net_promoter_interval, wilson

_EMPTY: Final = Cell()


class Weights(Struct, frozen=True, gc=False):
    """How much each part weighs beside the others; 0: it is shown, and not in the number."""

    csat: float = 1.0
    nps: float = 1.0
    ces: float = 1.0


USUAL_WEIGHTS: Final = Weights()


class Part(Struct, frozen=True, gc=False):
    """``value``, and the bounds that hold it at 95 %; of no answers (``count``) they say nothing."""

    count: int
    value: float = 0.0
    low: float = 0.0
    high: float = 1.0

    @property
    def known(self) -> float | None:
        """The value; None of no answers."""
        return self.value if self.count else None


class Satisfaction(Struct, frozen=True, gc=False):
    """``count``: the fewest answers that any part with a weight stands on; 0: there is no number.

    ``low`` and ``high`` hold it at 95 %.
    """

    count: int
    value: float | None
    low: float | None
    high: float | None
    csat: Part
    nps: Part
    ces: Part
    weights: Weights

    def fields(self) -> dict[str, Any]:
        """As its row has it."""
        weights = self.weights
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "csat": self.csat.known,
            "nps": self.nps.known,
            "ces": self.ces.known,
            "csat_count": self.csat.count,
            "nps_count": self.nps.count,
            "ces_count": self.ces.count,
            "weights": {"csat": weights.csat, "nps": weights.nps, "ces": weights.ces},
        }


def satisfaction_of(
    cells: Mapping[str, Cell], names: tuple[str, str, str, str, str, str, str], weights: Weights
) -> Satisfaction:
    """Of the cells of a window.

    ``names``: measures of CSAT answers and those in the top boxes, of NPS answers, promoters and detractors, of CES
    answers and those above the middle.
    """
    counts = [cells.get(name, _EMPTY).count for name in names]
    csat, nps, ces = _share(counts[1], counts[0]), _score(counts[3], counts[4], counts[2]), _share(counts[6], counts[5])
    weighed = [
        (weight, part) for weight, part in ((weights.csat, csat), (weights.nps, nps), (weights.ces, ces)) if weight
    ]
    count = min((part.count for _, part in weighed), default=0)
    value, low, high = _blend(weighed) if count else (None, None, None)
    return Satisfaction(count, value, low, high, csat, nps, ces, weights)


def _share(reached: int, count: int) -> Part:
    bounds = wilson(reached, count)
    return Part(0) if bounds is None else Part(count, reached / count, *bounds)


def _score(promoters: int, detractors: int, count: int) -> Part:
    bounds = net_promoter_interval(promoters, detractors, count)
    if bounds is None:
        return Part(0)
    low, high = bounds
    return Part(count, (1 + (promoters - detractors) / count) / 2, (low + 100) / 200, (high + 100) / 200)


def _blend(weighed: list[tuple[float, Part]]) -> tuple[float, float, float]:
    """Weighted mean, and its bounds: distances to the bounds of independent parts add up as their squares."""
    whole = sum(weight for weight, _ in weighed)
    value = below = above = 0.0
    for weight, part in weighed:
        share = weight / whole
        value += share * part.value
        below += (share * (part.value - part.low)) ** 2
        above += (share * (part.high - part.value)) ** 2
    return value, max(0.0, value - sqrt(below)), min(1.0, value + sqrt(above))
