"""How long tests wait: one generous time for everything, and what was seen when it is over.

No test may depend on how quick something is, or catch something in the moment in which it is there. What a test wants
to see it makes last: events are held back, a worker is held (``deskpulse worker --hold``), a process is stopped. Then
it waits for it, here, and a long time costs nothing where all is well.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final, TypeVar

PATIENCE_SECONDS: Final = float(os.environ.get("TEST_PATIENCE_SECONDS", "300"))
"""For everything that is waited for: conditions, answers, ends of processes. Less, to see a failing test sooner."""

FOR_EVER_SECONDS: Final = 3 * PATIENCE_SECONDS
"""For what must not happen by itself while a test waits: a session that expires, a program that has slept enough."""

_LOOK_EVERY_SECONDS: Final = 0.05

Found = TypeVar("Found")


def wait_until(
    condition: Callable[[], Found],
    what: str,
    seen: Callable[[], object] = str,
    check: Callable[[], None] = lambda: None,
    seconds: float = PATIENCE_SECONDS,
) -> Found:
    """Wait until ``condition`` gives something true, and give that; AssertionError with ``seen`` when it does not.

    ``check`` is called after each look in vain, and raises where waiting has no use any more.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:g} s\n{seen()}")
        check()
        time.sleep(_LOOK_EVERY_SECONDS)
    return found


def slowness() -> float:
    """How many times longer than on an idle machine a process takes now: 1 where it gets all the turns it wants.

    For the few promises that are in seconds. It is measured by half a second's computing.
    """
    began, computed_from = time.monotonic(), time.process_time()
    while (computed := time.process_time() - computed_from) < 0.5:
        pass
    return max(1.0, (time.monotonic() - began) / computed)
