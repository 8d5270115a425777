"""How many deliveries a hook takes: a bucket that fills again at a steady rate."""

from __future__ import annotations

from typing import Final

BURST_SECONDS: Final = 10.0
"""So many seconds' worth may come at once."""


class Rate:
    """Pure: time is an argument, in seconds of a clock that never goes back."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._most = max(per_second * BURST_SECONDS, 1.0)
        self._left = self._most
        self._at_seconds = 0.0

    def take(self, now_seconds: float) -> bool:
        """Take one; False where none is left."""
        filled = (now_seconds - self._at_seconds) * self._per_second
        self._left = min(self._left + max(filled, 0.0), self._most)
        self._at_seconds = now_seconds
        if self._left < 1:
            return False
        self._left -= 1
        return True
