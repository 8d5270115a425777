"""Ways to stand still, for the tests that prove that `/healthz` and `/readyz` tell of a worker that does."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Collection
from typing import Any, Final

STALLING: Final = (
    "loop",  # the event loop is blocked, as by a computation that does not end
    "consumer",  # the fetch loop waits for an answer that never comes; all else goes on
)
HOLDING: Final = (
    "start",  # the group is not joined; all else runs
    "delivery",  # what is fetched is put aside: it is known of, and not folded
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


class Holds:
    """Keeps a worker at places on its way, so that a test can look at it there: each SIGALRM lifts the next hold.

    ``places``: of `HOLDING`, whose order is theirs.
    """

    def __init__(self, places: Collection[str], loop: asyncio.AbstractEventLoop) -> None:
        self._lifted = {place: asyncio.Event() for place in HOLDING if place in places}
        self._loop = loop
        if self._lifted:
            # Not add_signal_handler: what comes before the loop runs counts too.
            signal.signal(signal.SIGALRM, lambda *_: loop.call_soon_threadsafe(self._lift_next))
        if "delivery" in self._lifted:
            self._put_aside(self._lifted["delivery"])

    def wait_to_start(self) -> None:
        """Run nothing but what the loop has to do by itself until the start is not held any more."""
        if "start" in self._lifted:
            self._loop.run_until_complete(self._lifted["start"].wait())

    def _lift_next(self) -> None:
        held = [lifted for lifted in self._lifted.values() if not lifted.is_set()]
        if held:
            held[0].set()

    @staticmethod
    def _put_aside(lifted: asyncio.Event) -> None:
        from stream.edge.kafka.transport import BatchConsumer

        deliver: Any = BatchConsumer._deliver
        aside: list[tuple[Any, ...]] = []

        async def deliver_later(consumer: Any, *fetched: Any) -> None:
            aside.append(fetched)
            while aside and lifted.is_set():
                await deliver(consumer, *aside.pop(0))

        BatchConsumer._deliver = deliver_later  # type: ignore[assignment, method-assign]  # for good
