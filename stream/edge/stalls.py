"""Ways to stand still, for the tests that prove that `/healthz` notices a worker that does."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import Any, Final

STALLING: Final = (
    "loop",  # the event loop is blocked, as by a computation that does not end
    "consumer",  # the fetch loop waits for an answer that never comes; all else goes on
)
_FOR_EVER_SECONDS: Final = 86_400


def stall_on_signal(what: str, loop: asyncio.AbstractEventLoop, app: Any) -> None:
    """From SIGALRM on, let ``what`` stand still."""
    if what == "loop":
        loop.add_signal_handler(signal.SIGALRM, time.sleep, _FOR_EVER_SECONDS)
    else:
        loop.add_signal_handler(signal.SIGALRM, _stop_fetching, app)


def _stop_fetching(app: Any) -> None:
    async def never(_: float) -> None:
        await asyncio.Future()

    app.consumer._wait_next_records = never
