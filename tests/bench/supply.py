"""Events for the rounds of one contestant; no ticket comes in two of them."""

from __future__ import annotations

import time
from typing import Final

from tests.bench.generate import events, tickets_of

SPAN_SECONDS: Final = 1800.0
_AGO_SECONDS: Final = 600.0


class Supply:
    """Of the half hour that ended ten minutes ago."""

    def __init__(self) -> None:
        self._tickets = 0

    def take(self, count: int) -> list[tuple[int, str, bytes, bytes]]:
        """``count`` events of tickets that have not been."""
        start_us = time.time_ns() // 1000 - round((SPAN_SECONDS + _AGO_SECONDS) * 1e6)
        found = events(count, start_us, SPAN_SECONDS, first_ticket=self._tickets)
        self._tickets += tickets_of(count)
        return found
