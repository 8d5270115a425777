"""The only place that reads the real clock. Everything else takes time as an argument."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time; tests bring their own."""

    def now_us(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_us(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1000


class ManualClock:
    """A clock that stands still until told otherwise."""

    def __init__(self, start_us: int) -> None:
        self._now_us = start_us

    def now_us(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        return self._now_us

    def advance(self, seconds: float) -> None:
        """Move forward by ``seconds``."""
        self._now_us += round(seconds * 1_000_000)


def monotonic_seconds() -> float:
    """A clock for measuring spans inside this process."""
    return time.monotonic()
