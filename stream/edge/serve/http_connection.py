"""One HTTP connection: aiohttp's, with bounds on what its client may send, hold and leave unread."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any, Final, cast

from aiohttp import web

from stream.clock import monotonic_seconds
from stream.edge.serve.access.clients import Client, Clients
from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.http_headers import json_answer

HEADER_BYTES: Final = 65_536
"""A header that is larger ends its connection; aiohttp bounds each line, but allows many."""

_STREAM_SEND_BUFFER_BYTES: Final = 32_768

log = logging.getLogger(__name__)


class Connection(web.RequestHandler):
    """Tells its `Client` what it does; how long that may take is for `Clients` to say."""

    def __init__(
        self,
        server: web.Server,
        client: Client,
        clients: Clients,
        tally: HttpTally,
        keepalive_timeout: float,
        body_bytes: int = 0,
    ) -> None:
        """``body_bytes``: the largest body that a request here may have."""
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=keepalive_timeout,
            access_log=cast(Any, None),
            # What a client goes on sending after its answer is not read: the connection is closed.
            lingering_time=0,
            auto_decompress=False,
        )
        self.client = client
        self._clients = clients
        self._tally = tally
        self._header_bytes = 0
        # A body that comes along with its header is here before the request is.
        self._most_header_bytes = HEADER_BYTES + body_bytes
        self._wire: asyncio.Transport | None = None

    @property
    def unsent_bytes(self) -> int:
        """What waits here until the client takes it."""
        return self._wire.get_write_buffer_size() if self._wire is not None else 0

    def end(self) -> None:
        """Close at once, with whatever is under way."""
        if self._wire is not None:
            self._wire.abort()

    def send_promptly(self) -> None:
        """Let the kernel keep little, so that it is soon known whether the client reads: for endless answers."""
        wire = self._wire
        if wire is not None and (found := wire.get_extra_info("socket")) is not None:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _STREAM_SEND_BUFFER_BYTES)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open, and its TLS agreed on."""
        wire = self._wire = cast(asyncio.Transport, transport)
        # So that pause_writing says when a client begins to leave something unread, and resume_writing when nothing
        # is left. 1, as with 0 asyncio's TLS pauses an empty buffer.
        wire.set_write_buffer_limits(high=1, low=0)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection is closed."""
        self._clients.forget(self.client)
        self._wire = None
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not keep up."""
        self.client.blocked(monotonic_seconds(), self.unsent_bytes)
        super().pause_writing()

    def resume_writing(self) -> None:
        """All is sent."""
        self.client.unblocked()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Bytes of a header or of a body, or none: aiohttp asks itself so to go on."""
        if data and self.client.idle_since is not None:
            self.client.receiving(monotonic_seconds())
            self._header_bytes += len(data)
            if self._header_bytes > self._most_header_bytes:
                self._clients.end(self.client, "header_size")
                return
        super().data_received(data)

    async def _handle_request(self, request: Any, start_time: Any, request_handler: Any) -> Any:
        self._header_bytes = 0
        self.client.answering()
        try:
            return await super()._handle_request(request, start_time, request_handler)
        finally:
            self.client.answered(monotonic_seconds())

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what the parser refused, or what failed outside of all handlers.

        Neither the answer nor the log has the sender's bytes: aiohttp's own would fill the log with them.
        """
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is sent already")
        if status < 500:
            self._tally.bad_requests_total += 1
            log.debug("a request is no HTTP: %s", type(exc).__name__)
            answer = json_answer({"error": "this is no HTTP request that can be read"}, status)
        else:
            log.error("answering a request failed", exc_info=exc)
            answer = json_answer({"error": "this is a defect; the log tells more"}, status)
        answer.force_close()
        return answer

    def log_exception(self, *arguments: Any, **named: Any) -> None:
        """What aiohttp could not handle itself; the message only, as it may carry what the client sent."""
        error = named.get("exc_info")
        log.warning("a connection failed: %s", type(error).__name__ if isinstance(error, BaseException) else "unknown")
