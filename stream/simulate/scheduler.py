"""A small discrete-event simulator: processes are generators that say when they want to go on.

A process yields the time (microseconds) at which it goes on, or None to stand still until someone resumes it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import Any, TypeAlias

Process: TypeAlias = Generator[int | None, Any, None]

# Contact centre systems record milliseconds; so do the events.
TICK_US = 1000


class Scheduler:
    """Runs processes in the order of their times; equal times in the order they were asked for."""

    def __init__(self, start_us: int) -> None:
        self.now_us = start_us
        self.current: Process | None = None
        self._agenda: list[tuple[int, int, Callable[[Any, Any], None], Any, Any]] = []
        self._asked = 0

    def start(self, process: Process, time_us: int) -> None:
        """Begin a process at ``time_us``."""
        self._push(time_us, self._go_on, process, None)

    def resume(self, process: Process, value: object) -> None:
        """Let a process that stands still go on now, with ``value`` as what its yield returns."""
        self._push(self.now_us, self._go_on, process, value)

    def call(self, time_us: int, action: Callable[[Any, Any], None], first: object, second: object) -> None:
        """Call ``action(first, second)`` at ``time_us``."""
        self._push(time_us, action, first, second)

    def step(self) -> bool:
        """Do the next thing on the agenda; False when there is none."""
        if not self._agenda:
            return False
        self.now_us, _, action, first, second = heappop(self._agenda)
        action(first, second)
        return True

    def _go_on(self, process: Process, value: object) -> None:
        self.current = process
        try:
            wanted = process.send(value)
        except StopIteration:
            return
        if wanted is not None:
            self._push(wanted, self._go_on, process, None)

    def _push(self, time_us: int, action: Callable[[Any, Any], None], first: object, second: object) -> None:
        self._asked += 1
        at_us = max(time_us - time_us % TICK_US, self.now_us)
        heappush(self._agenda, (at_us, self._asked, action, first, second))
