"""What every request has to pass before a route sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeAlias

from aiohttp import HttpVersion11, hdrs, web

from stream.edge.access.addresses import Proxies
from stream.edge.access.hosts import AllowedHosts
from stream.edge.access.tally import HttpTally, Refusal
from stream.edge.http_headers import json_answer

OPEN: Final = "/healthz"
"""What answers whoever asks, by whatever name: supervisors and load balancers."""

_BODY_BYTES: Final = 65_536
_BODY_SECONDS: Final = 1.0

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gate:
    """Looks at the name a request is sent to, and at what it brings."""

    def __init__(self, hosts: AllowedHosts, proxies: Proxies, tally: HttpTally) -> None:
        self._hosts = hosts
        self._proxies = proxies
        self._tally = tally

    def client_of(self, request: web.Request) -> str:
        """The client that sent this, behind any trusted proxy."""
        peer = request.transport.get_extra_info("peername") if request.transport is not None else None
        forwarded = request.headers.getall("X-Forwarded-For", [])
        return self._proxies.client_of(str(peer[0]) if peer else "", forwarded)

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request that must not pass; hand on any other."""
        refused = self._host_problem(request) if request.path != OPEN else None
        if refused is None and request.can_read_body and request.method in (hdrs.METH_GET, hdrs.METH_HEAD):
            refused = self._refuse("body", 413, "a request here has no body")
        answer = refused if refused is not None else await handler(request)
        if request.can_read_body:
            await _read_a_little(request)
            answer.force_close()
        return answer

    def _host_problem(self, request: web.Request) -> web.Response | None:
        named = request.headers.getall(hdrs.HOST, [])
        if len(named) > 1 or (not named and request.version >= HttpVersion11):
            return self._refuse("host", 400, "a request has one Host header")
        if request.raw_path[:1] not in ("/", "*"):
            named = [*named, request.host or ""]  # of a target with a host of its own: GET http://host/path
        if all(self._hosts.allows(name) for name in named):
            return None
        return self._refuse(
            "host",
            421,
            "this server does not answer to the name that was asked for; allow it with http.allowed_hosts "
            "(DESKPULSE_HTTP__ALLOWED_HOSTS), or use an address",
        )

    def _refuse(self, reason: Refusal, status: int, sentence: str) -> web.Response:
        self._tally.refusals[reason] += 1
        return json_answer({"error": sentence}, status)


async def _read_a_little(request: web.Request) -> None:
    # A connection that is closed with something unread is reset, and the answer may be lost with it.
    left = _BODY_BYTES
    with suppress(Exception):  # whatever is wrong with the body, nobody wants it
        async with asyncio.timeout(_BODY_SECONDS):
            while left > 0 and (read := len(await request.content.readany())):
                left -= read
