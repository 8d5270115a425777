"""The knobs of the metric definitions, as data: part of the state's fingerprint, never read from anywhere else."""

from __future__ import annotations

from msgspec import Struct


class Definitions(Struct, frozen=True):
    """What the definitions leave open. Spans in seconds.

    ``short_abandon_seconds``: abandons shorter than this leave both sides of the abandonment ratio.
    ``answer_within_seconds``: longest wait within the service level; ``answer_within_by_channel`` for single channels.
    ``csat_top_boxes``: how many of the best points of a scale are its top boxes, as (points, boxes), with points 0
    for all other scales; without an entry the number follows from the points (`stream.metrics.csat`).
    ``clock_skew_seconds``: how far an answer may lie before the queueing it belongs to (clocks of two systems).
    """

    short_abandon_seconds: float = 0.0
    answer_within_seconds: float = 20.0
    answer_within_by_channel: tuple[tuple[str, float], ...] = ()
    clock_skew_seconds: float = 10.0
    csat_top_boxes: tuple[tuple[int, int], ...] = ()

    def answer_within(self, channel: str) -> float:
        """Seconds within which a contact of ``channel`` should be answered."""
        for name, seconds in self.answer_within_by_channel:
            if name == channel:
                return seconds
        return self.answer_within_seconds

    def top_boxes(self, points: int) -> int | None:
        """How many of a scale's ``points`` are top boxes, where that was set."""
        chosen = dict(self.csat_top_boxes)
        return chosen.get(points, chosen.get(0))
