"""What every request has to pass before a route sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeAlias
from urllib.parse import urlencode

from aiohttp import HttpVersion11, hdrs, web

from stream.edge.serve.access.addresses import Proxies
from stream.edge.serve.access.credentials import COOKIE, Credentials, credentials_of
from stream.edge.serve.access.hosts import AllowedHosts
from stream.edge.serve.access.logins import Denied, Grant, Logins
from stream.edge.serve.access.tally import HttpTally, Refusal
from stream.edge.serve.http_headers import json_answer
from stream.wallboard import PAGES

OPEN: Final = "/healthz"
"""What answers whoever asks, by whatever name: supervisors and load balancers."""

GRANT: Final = web.RequestKey("grant", Grant)
"""What of a request says what its login may see; absent where no login is needed."""

TOKEN: Final = "token"  # the name of a parameter
_START_PAGE: Final = "/"
_BOARD_PATHS: Final = frozenset({*PAGES, "/api/stream"})
_COOKIE_SECONDS: Final = 400 * 86_400  # the longest that browsers keep one

_BODY_BYTES: Final = 65_536
_BODY_SECONDS: Final = 1.0

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gate:
    """Looks at the name a request is sent to, and at what it brings."""

    def __init__(self, hosts: AllowedHosts, proxies: Proxies, logins: Logins | None, tally: HttpTally) -> None:
        self._hosts = hosts
        self._proxies = proxies
        self._logins = logins
        self._tally = tally

    @property
    def changes(self) -> int:
        """How often the users have changed: what was granted before may hold no more."""
        return self._logins.changes if self._logins is not None else 0

    def client_of(self, request: web.Request) -> str:
        """The client that sent this, behind any trusted proxy."""
        return self._proxies.client_of(_peer(request), request.headers.getall("X-Forwarded-For", []))

    def may_see_all(self, request: web.Request) -> bool:
        """Whether it was sent by somebody who may see everything."""
        return self._logins is None or request.get(GRANT) is Grant.ALL

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request that must not pass; hand on any other."""
        refused = self._host_problem(request) if request.path != OPEN else None
        if refused is None and self._logins is not None:
            refused = await self._login_problem(request, self._logins)
        if refused is None and request.can_read_body and request.method in (hdrs.METH_GET, hdrs.METH_HEAD):
            refused = self._refuse("body", 413, "a request here has no body")
        answer = refused if refused is not None else await handler(request)
        if request.can_read_body:
            await read_a_little(request)
            answer.force_close()
        return answer

    async def _login_problem(self, request: web.Request, logins: Logins) -> web.Response | None:
        given = credentials_of(request.headers.getall(hdrs.AUTHORIZATION, []), request.cookies)
        token = request.query.get(TOKEN) if request.path == _START_PAGE else None
        if token is not None:
            given = Credentials("board", token)
        if request.path == OPEN and given is None:
            return None
        found = await logins.judge(self.client_of(request), given) if given is not None else Denied()
        if isinstance(found, Grant):
            request[GRANT] = found
        if request.path == OPEN:
            return None
        if isinstance(found, Denied):
            return self._denied(found, asks_user=request.headers.get("Sec-Fetch-Dest", "document") == "document")
        if token is not None:
            return self._with_cookie(request, token)
        if found is Grant.BOARD and request.path not in _BOARD_PATHS:
            return self._refuse("board_only", 403, "this token is for the wallboard and nothing else")
        return None

    def _denied(self, denied: Denied, asks_user: bool) -> web.Response:
        if denied.retry_seconds:
            answer = self._refuse("login_limit", 429, "there were too many wrong logins from this address; wait")
            answer.headers[hdrs.RETRY_AFTER] = str(denied.retry_seconds)
            return answer
        answer = self._refuse("login", 401, "a login is needed, and none that is known here was given")
        if asks_user:
            # A page that lost its login says so itself; a box that pops up over a television helps nobody.
            answer.headers.add(hdrs.WWW_AUTHENTICATE, 'Basic realm="Deskpulse", charset="UTF-8"')
        answer.headers.add(hdrs.WWW_AUTHENTICATE, 'Bearer realm="Deskpulse"')
        return answer

    def _with_cookie(self, request: web.Request, token: str) -> web.Response:
        """Send a television on to the same address without its token, which would stay in the bar and in links."""
        left = [(name, value) for name, value in request.query.items() if name != TOKEN]
        place = f"./?{urlencode(left)}" if left else "./"
        answer = web.Response(status=303, headers={hdrs.LOCATION: place, hdrs.CACHE_CONTROL: "no-store"})
        secure = request.secure or self._proxies.says_https(
            _peer(request), request.headers.get("X-Forwarded-Proto", "")
        )
        answer.set_cookie(COOKIE, token, max_age=_COOKIE_SECONDS, httponly=True, samesite="Strict", secure=secure)
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


def _peer(request: web.Request) -> str:
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    return str(peer[0]) if peer else ""


async def read_a_little(request: web.Request) -> None:
    """Read on in a body that nobody wants, for a moment; the connection is to be closed after the answer."""
    # A connection that is closed with something unread is reset, and the answer may be lost with it.
    left = _BODY_BYTES
    with suppress(Exception):  # whatever is wrong with the body, nobody wants it
        async with asyncio.timeout(_BODY_SECONDS):
            while left > 0 and (read := len(await request.content.readany())):
                left -= read
