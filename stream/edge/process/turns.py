"""Long work on the worker's event loop, a slice at a time, so that the loop is never away for long."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final

from stream.clock import monotonic_seconds

SLICE_SECONDS: Final = 0.005
"""A few of them, a collection of young objects and a switch of threads fit into a twentieth of a second."""
_LET_GO_AT_ONCE: Final = 256


def let_go(held: list[Any]) -> Iterator[None]:
    """Forget what is in ``held``, in small steps: to free half a million objects at once takes a fifth of a second."""
    while held:
        del held[-_LET_GO_AT_ONCE:]
        yield


class Turns:
    """Shared by all that works long in one process: between two slices, whoever they are of, the loop does the rest."""

    def __init__(self, slice_seconds: float = SLICE_SECONDS) -> None:
        self._slice_seconds = slice_seconds
        self._turn = asyncio.Lock()
        self.alone = asyncio.Lock()
        """Held by work of which two at once would take too much memory."""

    async def run(self, steps: Iterator[object]) -> None:
        """Exhaust ``steps``, each of which is short. Whoever is cancelled meanwhile stops between two steps."""
        is_over = False
        while not is_over:
            async with self._turn:
                end = monotonic_seconds() + self._slice_seconds
                for _ in steps:
                    if monotonic_seconds() >= end:
                        break
                else:
                    is_over = True
                # The turn is kept until the loop has been round: else several would have theirs in one passage.
                await asyncio.sleep(0)
