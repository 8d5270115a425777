"""When contacts arrive: a Poisson process whose rate follows the day (or a short wave) and its spikes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

Curve: TypeAlias = Literal["day", "wave"]

# Contacts by hour of the day (UTC), relative to each other: quiet nights, two peaks.
HOURLY = (3, 2, 2, 2, 3, 6, 14, 32, 62, 88, 100, 96, 80, 82, 92, 90, 78, 58, 40, 28, 20, 13, 8, 5)
HOURLY_MEAN = sum(HOURLY) / 24
WEEKEND = 0.45
# 1970-01-01 was a Thursday: days 2 and 3 of each week counted from there are Saturday and Sunday.
WEEKEND_DAYS = (2, 3)

# The wave keeps a demonstration moving: two sines of different length, within seconds to be seen.
WAVES = ((0.22, 180_000_000), (0.10, 47_000_000))


@dataclass(frozen=True)
class Spike:
    """For a while ``magnitude`` times as many contacts as planned arrive."""

    magnitude: float
    start_us: int
    end_us: int


@dataclass(frozen=True)
class Demand:
    """How many contacts come: ``rate`` a minute on average over a weekday."""

    rate: float
    curve: Curve = "day"
    spikes: tuple[Spike, ...] = ()

    def __post_init__(self) -> None:
        """A centre without contacts would search for its first one for ever."""
        if not self.rate > 0:
            raise ValueError(f"rate is {self.rate}; it must be above 0 contacts a minute")

    def planned(self, time_us: int) -> float:
        """Contacts a minute that staffing expects: no spikes, no wave."""
        return self.rate * _day_factor(time_us) if self.curve == "day" else self.rate

    def at(self, time_us: int) -> float:
        """Contacts a minute that come."""
        rate = self.planned(time_us)
        if self.curve == "wave":
            rate *= 1 + sum(size * math.sin(math.tau * time_us / period) for size, period in WAVES)
        for spike in self.spikes:
            if spike.start_us <= time_us < spike.end_us:
                rate *= spike.magnitude
        return rate

    def most(self, start_us: int, end_us: int) -> float:
        """No rate between the two times is higher."""
        rate = max(self.planned(start_us), self.planned(end_us))
        if self.curve == "wave":
            rate *= 1 + sum(size for size, _ in WAVES)
        for spike in self.spikes:
            if spike.start_us < end_us and spike.end_us > start_us:
                rate *= max(1.0, spike.magnitude)
        return rate

    def arrivals(self, random: Random, start_us: int) -> Iterator[int]:
        """Times of arrival from ``start_us`` on, without end, by thinning one minute after the other."""
        block_us = start_us
        while True:
            end_us = block_us + MINUTE_US
            # The day's curve bends only on the half hour: within a minute its ends bound it but for that.
            bound = self.most(block_us, end_us) * 1.05
            time_us = float(block_us)
            while True:
                time_us += random.expovariate(bound) * MINUTE_US
                if time_us >= end_us:
                    break
                if random.random() * bound < self.at(int(time_us)):
                    yield int(time_us)
            block_us = end_us


def _day_factor(time_us: int) -> float:
    """The day's curve around 1, straight lines between the middles of the hours."""
    day, within_us = divmod(time_us, DAY_US)
    hours = within_us / HOUR_US - 0.5
    before = math.floor(hours)
    part = hours - before
    shape = HOURLY[before % 24] * (1 - part) + HOURLY[(before + 1) % 24] * part
    weekend = WEEKEND if day % 7 in WEEKEND_DAYS else 1.0
    return shape / HOURLY_MEAN * weekend
