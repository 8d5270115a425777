"""How long the worker's event loop was away: a timer that is late by so much says what all others waited."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from stream.clock import monotonic_seconds

WINDOW_SECONDS: Final = 60
"""The longest gap of so long is shown: as long as the longest usual interval of scraping."""
LONG_GAP_SECONDS: Final = 0.05
_TICK_SECONDS: Final = 0.01


class Timers(Protocol):
    """What is asked of an event loop."""

    def call_later(self, delay: float, callback: Callable[..., object], /, *args: Any) -> object:
        """Call ``callback`` in ``delay`` seconds."""


class LoopGap:
    """``long_total``: gaps of more than `LONG_GAP_SECONDS` since the start."""

    def __init__(self) -> None:
        self.long_total = 0
        self._longest: deque[tuple[int, float]] = deque()
        """Per second the longest gap; only those that no later one exceeds."""

    def watch(self, loop: Timers) -> None:
        """Look from now on, for as long as the loop runs."""
        self._tick(loop, monotonic_seconds())

    def _tick(self, loop: Timers, due_seconds: float) -> None:
        now = monotonic_seconds()
        self.note(now, max(0.0, now - due_seconds))
        loop.call_later(_TICK_SECONDS, self._tick, loop, now + _TICK_SECONDS)

    def note(self, now_seconds: float, gap_seconds: float) -> None:
        """At ``now_seconds`` the loop had been away for ``gap_seconds``."""
        if gap_seconds > LONG_GAP_SECONDS:
            self.long_total += 1
        longest, second = self._longest, int(now_seconds)
        while longest and longest[-1][1] <= gap_seconds:
            longest.pop()
        if not longest or longest[-1][0] != second:
            longest.append((second, gap_seconds))
        while longest[0][0] < second - WINDOW_SECONDS:
            longest.popleft()

    def longest_seconds(self, now_seconds: float) -> float:
        """The longest gap of the last `WINDOW_SECONDS`."""
        return max((gap for second, gap in self._longest if second >= now_seconds - WINDOW_SECONDS), default=0.0)
