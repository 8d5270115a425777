"""A vendor's API on a real port, in a thread of its own: it limits, fails, cuts answers off, and notes all requests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

from aiohttp import web

from tests.pull.server_thread import ServerThread

Fault: TypeAlias = Literal["ok", "limit", "error", "cut", "garbage", "hang up"]
Query: TypeAlias = dict[str, str]
Answer: TypeAlias = Callable[[Query], Any]
"""Content of an answer; None: there is no such thing."""

TOKEN = "T0ken-9Ah"


class FakeServer(ServerThread):
    """``answer`` is given path and query. ``faults`` come one for each request, in turn, for ever; context manager."""

    def __init__(
        self,
        answer: Callable[[str, Query], Any],
        is_allowed: Callable[[dict[str, str]], bool],
        faults: Sequence[Fault] = ("ok",),
        retry_after: str = "0",
    ) -> None:
        super().__init__()
        self.answer = answer
        self._is_allowed = is_allowed
        self.faults = faults
        self._retry_after = retry_after
        self.requests: list[tuple[str, Query]] = []
        self.told: Counter[str] = Counter()

    async def open(self) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Listen no more."""
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults[len(self.requests) % len(self.faults)]
        query = dict(request.query)
        self.requests.append((request.path, query))
        self.told[fault] += 1
        if not self._is_allowed(dict(request.headers)):
            return web.json_response({"error": "no"}, status=401)
        if fault == "limit":
            return web.Response(status=429, headers={"Retry-After": self._retry_after}, text="slow down")
        if fault == "error":
            return web.Response(status=503, text="<html>sorry</html>")
        if fault == "hang up":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        content = self.answer(request.path, query)
        if content == "forbidden":
            return web.json_response({"error": "Forbidden"}, status=403)
        if content is None:
            return web.json_response({"error": "RecordNotFound"}, status=404)
        text = json.dumps(content)
        if fault == "garbage":
            return web.Response(text=text[: len(text) // 2], content_type="application/json")
        if fault == "cut":
            response = web.StreamResponse(headers={"Content-Length": str(len(text))})
            await response.prepare(request)
            await response.write(text[: len(text) // 2].encode())
            assert request.transport is not None
            request.transport.abort()
            return response
        return web.Response(text=text, content_type="application/json")
