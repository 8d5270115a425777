"""Places where a fault test lets a worker die or sleep, to prove that nothing is lost or counted twice there."""

from __future__ import annotations

import os
import signal
from typing import Final

POINTS: Final = (
    "taken_over",  # the previous owner is fenced, nothing has been loaded
    "loaded",  # the state is in memory, nothing has been read from the sources
    "in_transaction",  # a shard's rows are with the broker, the transaction is open
    "offsets_sent",  # the group's offsets are in the transaction too, it is still open
    "committed",  # the transaction is committed, this process does not know it yet
    "forgetting",  # ids of customers are taken out of what is in memory, nothing of it is written
    "forgotten",  # that is committed, and there may be more to look through
    "rebooking",  # a part of a shard that is booked anew is committed, and others are not
    "rebooked",  # all of it is committed
    "telling",  # a part of what customers are told anew is committed
    "moving_locked",  # a shard that is to be moved says so
    "moving_staged",  # the rows of a shard of the new generation are committed
    "moving_grown",  # a source topic has its new partitions
    "moved",  # the new generation is complete, and may be used
    "rollup_in_transaction",  # derived rows are with the broker, the transaction is open
    "rollup_committed",  # derived rows are committed
)


class CrashPoints:
    """Sends this process a signal at the ``count``-th passage of ``point``; by default there is no such point."""

    def __init__(self, point: str = "", count: int = 1, number: signal.Signals = signal.SIGKILL) -> None:
        self._point = point
        self._left = count
        self._number = number

    def reach(self, point: str) -> None:
        """Say that execution is at ``point``."""
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), self._number)


NO_CRASH: Final = CrashPoints()
