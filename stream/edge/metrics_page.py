"""The page ``/metrics`` for all who ask: made in a thread of its own, one at a time, and shared where that is fair."""

from __future__ import annotations

import asyncio
import gzip
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeAlias

from prometheus_client import CollectorRegistry

from stream.edge.exposition import content_type_of, render

_GZIP_LEVEL: Final = 5

_Kind: TypeAlias = tuple[str, bool]


class MetricsPage:
    """With many series a page takes long; meanwhile health and boards have to be answered.

    However many ask at once, no more than two pages are made for them: the one under way, and one for all who came
    since it was begun, so that nobody gets numbers from before they asked.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        self._one_at_a_time = asyncio.Lock()
        self._next: dict[_Kind, asyncio.Future[bytes]] = {}

    async def get(self, accept: str, packed: bool) -> tuple[bytes, str]:
        """Body and content type, in the format that ``accept`` (an HTTP header) asks for; ``packed``: as gzip."""
        content_type = content_type_of(accept)
        kind = content_type, packed
        if kind not in self._next:
            self._next[kind] = asyncio.ensure_future(self._make(kind, accept, packed))
        return await asyncio.shield(self._next[kind]), content_type

    def close(self) -> None:
        """End the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _make(self, kind: _Kind, accept: str, packed: bool) -> bytes:
        async with self._one_at_a_time:
            # From here on the numbers are taken: who asks now wants newer ones.
            del self._next[kind]
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._render, accept, packed)

    def _render(self, accept: str, packed: bool) -> bytes:
        body, _ = render(self._registry, accept)
        return gzip.compress(body, _GZIP_LEVEL) if packed else body
