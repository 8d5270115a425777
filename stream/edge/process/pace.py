"""Long work in a thread beside an event loop: it rests so often that the loop never waits long for the interpreter."""

from __future__ import annotations

from time import sleep
from typing import Final

from stream.clock import monotonic_seconds

WORK_SECONDS: Final = 0.002
REST_SECONDS: Final = 0.0005
"""Not 0: a thread that lets go of the interpreter and asks again at once has it before anybody has woken up."""


class Pace:
    """One piece of work in one thread. `step` after each small part of it."""

    def __init__(self, work_seconds: float = WORK_SECONDS, rest_seconds: float = REST_SECONDS) -> None:
        self._work_seconds = work_seconds
        self._rest_seconds = rest_seconds
        self._until_seconds = monotonic_seconds() + work_seconds

    def step(self) -> None:
        """Rest, where it is time to."""
        if monotonic_seconds() >= self._until_seconds:
            sleep(self._rest_seconds)
            self._until_seconds = monotonic_seconds() + self._work_seconds
