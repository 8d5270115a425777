"""The page ``/metrics`` for all who ask: made in a thread of its own, one at a time, and shared where that is fair."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol, TypeAlias

from stream.edge.process.pace import Pace
from stream.edge.serve.prometheus.exposition import asks_for_openmetrics, content_type_of

_GZIP_LEVEL: Final = 5
_GZIP_FORMAT: Final = 31

_Kind: TypeAlias = tuple[bool, bool]
"""Whether it is OpenMetrics, and whether it is packed."""


class Rendering(Protocol):
    """What makes a page: `exposition.Exposition`."""

    def parts(self, *, is_openmetrics: bool) -> Iterable[bytes]:
        """The page in pieces."""


class MetricsPage:
    """With many series a page takes long; meanwhile health and boards have to be answered.

    However many ask at once, no more than two pages are made for them: the one under way, and one for all who came
    since it was begun, so that nobody gets numbers from before they asked.
    """

    def __init__(self, exposition: Rendering) -> None:
        self._exposition = exposition
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        self._one_at_a_time = asyncio.Lock()
        self._next: dict[_Kind, asyncio.Future[bytes]] = {}

    async def get(self, accept: str, packed: bool) -> tuple[bytes, str]:
        """Body and content type, in the format that ``accept`` (an HTTP header) asks for; ``packed``: as gzip."""
        content_type = content_type_of(accept)
        kind = asks_for_openmetrics(content_type), packed
        if kind not in self._next:
            self._next[kind] = asyncio.ensure_future(self._make(kind))
        return await asyncio.shield(self._next[kind]), content_type

    def close(self) -> None:
        """End the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _make(self, kind: _Kind) -> bytes:
        async with self._one_at_a_time:
            # From here on the numbers are taken: who asks now wants newer ones.
            del self._next[kind]
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._render, *kind)

    def _render(self, is_openmetrics: bool, packed: bool) -> bytes:
        parts = self._exposition.parts(is_openmetrics=is_openmetrics)
        return _packed(parts) if packed else b"".join(parts)


def _packed(parts: Iterable[bytes]) -> bytes:
    pace, packer = Pace(), zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_FORMAT)
    found: list[bytes] = []
    for part in parts:
        found.append(packer.compress(part))
        pace.step()
    return b"".join([*found, packer.flush()])
