"""Benchmarks: what others reach, by name, beside a headline number. Nothing is judged by them; targets do that."""

from __future__ import annotations

from msgspec import Struct


class Benchmark(Struct, frozen=True):
    """``headline``: name of the number it is beside, in whose unit ``value`` is. ``source``: where it was read."""

    name: str
    headline: str
    value: float
    source: str

    def distance(self, number: float | None) -> float | None:
        """By how much ``number`` is above it; None where there is no number.

        >>> Benchmark("us", "csat", 0.75, "a survey of 2025").distance(0.5)
        -0.25
        """
        return None if number is None else number - self.value
