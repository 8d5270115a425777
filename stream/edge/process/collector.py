"""When cycles are collected: while nothing else is to be done, or when very many objects are new.

The interpreter's own collector looks at young objects every so many allocations, in the middle of the work, and what it
looks at is nearly all state, which makes no cycles. So it is off, and asked to look in its stead.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, Final, Protocol

LOOK_SECONDS: Final = 1.0
MOST_NEW: Final = 200_000
"""Objects that are new and stay, until they are looked at though there is work: 20 ms of looking."""
_YOUNG, _MIDDLE = 0, 1


class Timers(Protocol):
    """What is asked of an event loop."""

    def call_later(self, delay: float, callback: Callable[..., object], /, *args: Any) -> object:
        """Call ``callback`` in ``delay`` seconds."""


class Collector:
    """``is_idle``: nothing waits to be counted."""

    def __init__(self, is_idle: Callable[[], bool]) -> None:
        self._is_idle = is_idle

    def take_over(self) -> None:
        """Turn the interpreter's own off; what there is by now stays for ever, and is never looked at again."""
        gc.collect()
        gc.freeze()
        gc.disable()

    def watch(self, loop: Timers) -> None:
        """Look from now on, for as long as the loop runs."""
        self.look()
        loop.call_later(LOOK_SECONDS, self.watch, loop)

    def look(self) -> None:
        """Collect what is new, if it is time to; what is still there then is state, and not looked at again."""
        new = gc.get_count()[_YOUNG]
        if self._is_idle():
            if new:
                gc.collect(_MIDDLE)
        elif new > MOST_NEW:
            gc.collect(_YOUNG)
            # As little as the oldest generation was looked at: that takes seconds where there are many tickets.
            gc.freeze()
