"""Sampling: how far what was drawn lies from what it was drawn from, and how far it would lie by chance alone.

>>> found = distance_of({1: 8, 2: 2}, {1: 50, 2: 50})
>>> round(found.value, 4), round(found.by_chance, 4), found.count, found.population, found.segments
(0.3, 0.1167, 10, 100, 2)
>>> distance_of({}, {1: 50}).value is None
True
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, fsum, lgamma
from typing import Any, Final

from msgspec import Struct

_DIGITS: Final = 6
"""Of what is expected: more would only tell in which order it was summed."""


class Distance(Struct, frozen=True, gc=False):
    """``value``: total variation distance of the shares of those drawn from those of all, 0 (alike) to 1 (apart).

    ``by_chance``: its mean if so many had been drawn blindly. ``count`` were drawn, of a ``population`` in so many
    ``segments``. Of nothing both numbers are None.
    """

    count: int
    population: int
    segments: int
    value: float | None
    by_chance: float | None

    def fields(self) -> dict[str, Any]:
        """As its row has it."""
        return {
            "value": self.value,
            "by_chance": self.by_chance,
            "population": self.population,
            "segments": self.segments,
        }


def distance_of(drawn: Mapping[int, int], population: Mapping[int, int]) -> Distance:
    """Of how many were drawn in each segment, and how many there are; who was drawn is one of these.

    The sum over segments of ``|drawn / all drawn - there / all there|``, halved: 0.3 means that 3 of 10 answers would
    have to come from elsewhere. Integers until the one division at the end, so no order changes it.
    """
    count, whole = sum(drawn.values()), sum(population.values())
    if count <= 0 or whole <= 0:
        return Distance(count, whole, len(population), None, None)
    apart = sum(
        abs(drawn.get(segment, 0) * whole - population.get(segment, 0) * count)
        for segment in population.keys() | drawn.keys()
    )
    chance = fsum(_deviation(there, whole, count) for there in population.values())
    return Distance(count, whole, len(population), apart / (2 * count * whole), round(chance / count, _DIGITS))


def _deviation(there: int, whole: int, count: int) -> float:
    """Half the mean distance of how many of ``there`` are among ``count`` drawn blindly from how many should be.

    Exactly, for drawing without putting back (hypergeometric): with k the first number above the mean, the mean of
    what exceeds it is k * (others not drawn if k are) / whole * P(k) (Diaconis and Zabell 1991).
    """
    drawn = there * count // whole + 1
    others = whole - there - count + drawn
    if drawn > there or drawn > count or others < 0:
        return 0.0
    log = _log_choices(there, drawn) + _log_choices(whole - there, count - drawn) - _log_choices(whole, count)
    return drawn * others / whole * exp(log)


def _log_choices(of: int, taken: int) -> float:
    return lgamma(of + 1) - lgamma(taken + 1) - lgamma(of - taken + 1)
