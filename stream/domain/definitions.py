"""The knobs of the metric definitions, as data: part of the state's fingerprint, never read from anywhere else."""

from __future__ import annotations

from msgspec import Struct


class Definitions(Struct, frozen=True):
    """What the definitions leave open. Spans in seconds.

    ``short_abandon_seconds``: abandons shorter than this leave both sides of the abandonment ratio.
    ``clock_skew_seconds``: how far an answer may lie before the queueing it belongs to (clocks of two systems).
    """

    short_abandon_seconds: float = 0.0
    clock_skew_seconds: float = 10.0
