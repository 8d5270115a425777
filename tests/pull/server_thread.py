"""A server of a test in a thread and an event loop of its own, while the context lasts."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Self

from tests.patience import PATIENCE_SECONDS


class ServerThread:
    """A context manager. What is derived from it opens, says where in ``address``, and closes."""

    def __init__(self) -> None:
        self.address = ""
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    async def open(self) -> None:
        """Listen."""
        raise NotImplementedError

    async def close(self) -> None:
        """Listen no more."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(PATIENCE_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self.open())
        self._started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self.close())
        self._loop.close()
