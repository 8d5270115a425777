"""The pages and interfaces of a worker: metrics, health, numbers as JSON, and the live wallboard."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from aiohttp import web

from stream.clock import monotonic_seconds
from stream.edge.board import Boards, QueryError, find_rows, moment, parse_selection
from stream.edge.exposition import build_registry, render
from stream.edge.facts_route import RETRY_AFTER_SECONDS, FactLookups
from stream.edge.worker_state import WorkerState
from stream.errors import UnavailableError
from stream.wallboard import PAGES

MAX_STREAMS: Final = 200
PUSH_SECONDS: Final = 1.0
BEAT_SECONDS: Final = 5.0
_GZIP_LEVEL: Final = 5

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "deskpulse",
}

log = logging.getLogger(__name__)
_encode: Final = msgspec.json.Encoder().encode


class Routes:
    """Handlers over one worker's state."""

    def __init__(self, state: WorkerState) -> None:
        self._state = state
        self._boards = Boards(state)
        self._facts = FactLookups(state)
        self._registry = build_registry(state)
        self._stopping = asyncio.Event()
        self._streams = 0

    def app(self) -> web.Application:
        """The application: all routes, JSON errors, and headers that keep browsers strict."""
        app = web.Application(middlewares=[_errors_as_json])
        app.on_response_prepare.append(_add_headers)
        app.on_shutdown.append(self._stop_streams)
        app.router.add_get("/metrics", self.metrics)
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        app.router.add_get("/api/rows", self.rows)
        app.router.add_get("/api/facts", self.facts)
        app.router.add_get("/api/stream", self.stream)
        for path in PAGES:
            app.router.add_get(path, self.page)
        return app

    async def metrics(self, request: web.Request) -> web.Response:
        """Prometheus series, as text or OpenMetrics."""
        body, content_type = render(self._registry, request.headers.get("Accept", ""))
        headers = {"Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, _GZIP_LEVEL)
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=body, headers=headers)

    async def healthz(self, _: web.Request) -> web.Response:
        """Whether the worker works at all; if not, it should be started again."""
        sickness = self._state.sickness()
        return _json({"healthy": not sickness, "reason": sickness or None}, 503 if sickness else 200)

    async def readyz(self, _: web.Request) -> web.Response:
        """Whether the worker's state is loaded and its lag small."""
        report = self._state.report
        return _json({"ready": report.ready, "reasons": report.unready_reasons}, 200 if report.ready else 503)

    async def rows(self, request: web.Request) -> web.Response:
        """Rows of the view, with what is needed to judge how fresh they are."""
        view = self._state.view
        found = find_rows(view, request.query, self._state.settings)
        owner = self._state.report.is_rollup_owner
        fresh = {"now": self._boards.now(), "watermark": moment(view.watermark_us), "is_rollup_owner": owner}
        return _json(fresh | found)

    async def facts(self, request: web.Request) -> web.Response:
        """The tickets behind a number, looked up in Kafka."""
        try:
            return _json(await self._facts.find(request.query))
        except UnavailableError as error:
            answer = _json({"error": str(error)}, 503)
            answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
            return answer

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: a board whenever it changed, and a sign of life between them."""
        selection = parse_selection(request.query, self._state.settings)
        if self._streams >= MAX_STREAMS:
            return _json({"error": f"{MAX_STREAMS} boards are connected already; close some"}, 503)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        self._streams += 1
        try:
            sent, sent_at = b"", 0.0
            while not self._stopping.is_set():
                board = self._boards.board(selection)
                body = _encode(board)
                if body != sent:
                    await response.write(_event("board", {"now": self._boards.now(), **board}))
                    sent, sent_at = body, monotonic_seconds()
                elif monotonic_seconds() - sent_at >= BEAT_SECONDS:
                    await response.write(_event("beat", {"now": self._boards.now()}))
                    sent_at = monotonic_seconds()
                await self._pause()
        except ConnectionError:
            pass  # the browser is gone
        finally:
            self._streams -= 1
        return response

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), PUSH_SECONDS)
        except TimeoutError:
            return

    async def page(self, request: web.Request) -> web.Response:
        """A file of the wallboard."""
        page = PAGES[request.path]
        # The page belongs to the worker that serves it: a browser asks each time, and mostly hears "not modified".
        headers = {"Cache-Control": "no-cache", "ETag": page.etag, "Vary": "Accept-Encoding"}
        if request.headers.get("If-None-Match") == page.etag:
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = page.content_type
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=page.packed, headers=headers | {"Content-Encoding": "gzip"})
        return web.Response(body=page.body, headers=headers)

    async def _stop_streams(self, _: web.Application) -> None:
        self._stopping.set()


def _event(name: str, data: dict[str, Any]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), _encode(data))


def _json(content: dict[str, Any], status: int = 200) -> web.Response:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return web.Response(body=_encode(content) + b"\n", status=status, headers=headers)


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


@web.middleware
async def _errors_as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except QueryError as error:
        return _json({"error": str(error)}, 400)
    except web.HTTPException as error:
        answer = _json({"error": f"{error.reason}: {request.method} {request.path[:200]}"}, error.status)
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except Exception:
        log.exception("answering %s failed", request.path)
        return _json({"error": "this is a defect; the worker's log tells more"}, 500)
