"""Spans of time as people take them: skewed, never negative, with a long tail."""

from __future__ import annotations

import math
from random import Random


class Spread:
    """A lognormal span, given by its median and its sigma (0.5: most within a factor of two)."""

    def __init__(self, median_seconds: float, sigma: float) -> None:
        self._mu = math.log(median_seconds * 1e6)
        self._sigma = sigma
        self.mean_seconds = median_seconds * math.exp(sigma * sigma / 2)

    def draw_us(self, random: Random) -> int:
        """One span in microseconds."""
        return int(math.exp(self._mu + self._sigma * random.gauss(0.0, 1.0)))
