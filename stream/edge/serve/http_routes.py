"""The pages and interfaces of a worker: metrics, health, numbers as JSON, and the live wallboard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from functools import partial
from typing import Any, Final, cast

import msgspec
from aiohttp import web

from stream.clock import monotonic_seconds
from stream.edge.serve.access.boards import RETRY_AFTER_SECONDS as BOARD_RETRY_SECONDS
from stream.edge.serve.access.boards import BoardLimits
from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.board import Boards, find_rows, moment
from stream.edge.serve.elsewhere import FORWARDED, Elsewhere, not_the_owner
from stream.edge.serve.facts_route import RETRY_AFTER_SECONDS, FactLookups
from stream.edge.serve.http_connection import Connection
from stream.edge.serve.http_gate import Gate, Handler
from stream.edge.serve.http_headers import json_answer
from stream.edge.serve.prometheus.exposition import exposition_of
from stream.edge.serve.prometheus.metrics_page import MetricsPage
from stream.edge.serve.selection import QueryError, Selection, once, parse_selection
from stream.edge.serve.served_worker import ServedWorker
from stream.errors import UnavailableError
from stream.settings.http import SIDES
from stream.wallboard import PAGES

PUSH_SECONDS: Final = 1.0
BEAT_SECONDS: Final = 5.0
ASK_AGAIN_SECONDS: Final = 2.0
_STREAM_HEADERS: Final = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx in front would hold the events back
}

log = logging.getLogger(__name__)
_encode: Final = msgspec.json.Encoder().encode


class Routes:
    """Handlers over one worker's state."""

    def __init__(
        self,
        state: ServedWorker,
        gate: Gate,
        streams: BoardLimits,
        tally: HttpTally,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._elsewhere = elsewhere
        self._state = state
        self._gate = gate
        self._streams = streams
        self._boards = Boards(state)
        self._facts = FactLookups(state)
        self._metrics = MetricsPage(exposition_of(state, tally))
        self._stopping = asyncio.Event()

    def app(self, sides: Collection[str] = SIDES) -> web.Application:
        """An application with these ``sides`` of the worker, and its health: all routes are behind the gate."""
        app = web.Application(middlewares=[self._gate.check, _errors_as_json])
        app.on_shutdown.append(self._stop_streams)
        routes: dict[str, Handler] = {"/healthz": self.healthz, "/readyz": self.readyz}
        if "metrics" in sides:
            routes["/metrics"] = self.metrics
        if "api" in sides:
            routes |= {"/api/rows": self._by_owner(self.rows), "/api/facts": self._by_owner(self.facts)}
        if "board" in sides:
            routes |= dict.fromkeys(PAGES, self.page)
        if "api" in sides or "board" in sides:
            routes["/api/stream"] = self.stream
        for path, handler in routes.items():
            app.router.add_get(path, handler, expect_handler=_expect_nothing)
        return app

    async def metrics(self, request: web.Request) -> web.Response:
        """Prometheus series, as text or OpenMetrics."""
        packed = "gzip" in request.headers.get("Accept-Encoding", "")
        body, content_type = await self._metrics.get(request.headers.get("Accept", ""), packed)
        headers = {"Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
        if packed:
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=body, headers=headers)

    async def healthz(self, request: web.Request) -> web.Response:
        """Whether the worker works at all; if not, it should be started again. Why: for those who may see all."""
        sickness = self._state.sickness()
        if sickness and not self._gate.may_see_all(request):
            sickness = "told to those who log in"
        return json_answer({"healthy": not sickness, "reason": sickness or None}, 503 if sickness else 200)

    async def readyz(self, request: web.Request) -> web.Response:
        """Whether the worker's state is loaded and its lag small; with ``numbers=1``: and the numbers are here."""
        report = self._state.report
        reasons = list(report.unready_reasons)
        if request.query.get("numbers") == "1" and not report.is_rollup_owner:
            reasons.append("another worker holds the numbers")
        answer = {"ready": not reasons, "reasons": reasons, "warnings": report.warnings}
        return json_answer(answer, 503 if reasons else 200)

    def _by_owner(self, handler: Handler) -> Handler:
        """``handler``, on the worker that holds the numbers, whichever was asked."""

        async def answer(request: web.Request) -> web.StreamResponse:
            if self._elsewhere is None or self._state.report.is_rollup_owner:
                return await handler(request)
            if FORWARDED in request.headers:
                return not_the_owner()
            return await self._elsewhere.answer(request, self._gate.client_of(request)) or await handler(request)

        return answer

    async def rows(self, request: web.Request) -> web.Response:
        """Rows of the view, with what is needed to judge how fresh they are."""
        view = self._state.view
        found = find_rows(view, once(request.query), self._state.settings)
        owner = self._state.report.is_rollup_owner
        fresh = {"now": self._boards.now(), "watermark": moment(view.watermark_us), "is_rollup_owner": owner}
        return json_answer(fresh | found)

    async def facts(self, request: web.Request) -> web.Response:
        """The tickets behind a number, looked up in Kafka."""
        try:
            return json_answer(await self._facts.find(once(request.query), self._gate.client_of(request)))
        except UnavailableError as error:
            return json_answer({"error": str(error)}, 503, Retry_After=str(RETRY_AFTER_SECONDS))

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: a board whenever it changed, and a sign of life between them."""
        selection = parse_selection(once(request.query), self._state.settings)
        connection = cast(Connection, request.protocol)
        refused = self._streams.enter(connection.client, self._gate.client_of(request), monotonic_seconds())
        if refused is not None:
            status, sentence = refused
            return json_answer({"error": sentence}, status, Retry_After=str(BOARD_RETRY_SECONDS))
        try:
            connection.send_promptly()
            return await self._by_owner(partial(self._own_stream, selection))(request)
        finally:
            self._streams.leave(connection.client)

    async def _own_stream(self, selection: Selection, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=_STREAM_HEADERS)
        began_at, had_numbers = monotonic_seconds(), False
        try:
            await response.prepare(request)
            sent, sent_at, changes = b"", 0.0, self._gate.changes
            while not self._stopping.is_set() and request.transport is not None and self._gate.changes == changes:
                if self._elsewhere is not None:
                    # Ended, so that the board asks again: then it is known who holds the numbers.
                    has_numbers = self._state.report.is_rollup_owner
                    if not has_numbers and (had_numbers or monotonic_seconds() - began_at >= ASK_AGAIN_SECONDS):
                        break
                    had_numbers = has_numbers
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
        self._metrics.close()
        if self._elsewhere is not None:
            await self._elsewhere.stop()


def _event(name: str, data: dict[str, Any]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), _encode(data))


async def _expect_nothing(_: web.Request) -> None:
    """A client that waits for "100 Continue" with its body may wait: bodies are not wanted."""


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except QueryError as error:
        return json_answer({"error": str(error)}, 400)
    except web.HTTPException as error:
        answer = json_answer({"error": f"{error.reason}: {request.method} {request.path[:200]}"}, error.status)
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except Exception:
        # The route's path, not the request's: what a client sends does not belong into the log.
        resource = request.match_info.route.resource
        log.exception("answering %s failed", resource.canonical if resource is not None else "a request")
        return json_answer({"error": "this is a defect; the worker's log tells more"}, 500)
