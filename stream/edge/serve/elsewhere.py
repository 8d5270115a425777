"""A worker without the numbers answers for the one that holds them, so that any worker shows the board.

What a client brings is handed on, and the owner judges it as its own: a login that one worker knows, all know.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp import hdrs, web

from stream.edge.serve.http_headers import json_answer
from stream.edge.serve.owner_address import OwnerAddress
from stream.settings import HttpSettings

FORWARDED: Final = "Deskpulse-Forwarded"
"""On a request: another worker asks, and must not be sent on. On an answer: this is not the owner any more."""
_HANDED_ON: Final = (hdrs.AUTHORIZATION, hdrs.COOKIE, hdrs.ACCEPT)
_HANDED_BACK: Final = (hdrs.CONTENT_TYPE, hdrs.CACHE_CONTROL, hdrs.RETRY_AFTER, "X-Accel-Buffering")
_CONNECT_SECONDS: Final = 2.0
_SILENCE_SECONDS: Final = 12.0
"""As long as the page waits: a stream says something every 5 s."""


class Elsewhere:
    """Forwards requests to the owner; all in the event loop that serves."""

    def __init__(self, settings: HttpSettings, owner: OwnerAddress) -> None:
        self._settings = settings
        self._owner = owner
        self._session: aiohttp.ClientSession | None = None

    async def stop(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()

    async def answer(self, request: web.Request, client: str) -> web.StreamResponse | None:
        """What the owner answers, as it comes; None where nobody is known who could. ``client``: who asks."""
        address = await self._owner.get()
        if not address:
            return None
        headers: dict[str, str] = {name: request.headers[name] for name in _HANDED_ON if name in request.headers}
        headers |= {FORWARDED: "1", "X-Forwarded-For": client, hdrs.ACCEPT_ENCODING: "identity"}
        owner = urlsplit(address)
        # Not put together as text: a request may have named a host of its own.
        place = request.url.with_scheme(owner.scheme).with_host(owner.hostname or "").with_port(owner.port)
        try:
            theirs = await self._get_session().request(request.method, place, headers=headers, allow_redirects=False)
        except (aiohttp.ClientError, OSError, TimeoutError):
            self._owner.forget()
            return None
        async with theirs:
            if FORWARDED in theirs.headers:
                self._owner.forget()
                return None
            return await self._hand_back(request, theirs)

    async def _hand_back(self, request: web.Request, theirs: aiohttp.ClientResponse) -> web.StreamResponse:
        headers = {name: theirs.headers[name] for name in _HANDED_BACK if name in theirs.headers}
        ours = web.StreamResponse(status=theirs.status, headers=headers)
        await ours.prepare(request)
        try:
            async for part in theirs.content.iter_any():
                await ours.write(part)
        except (aiohttp.ClientError, TimeoutError):
            # The owner is gone in the middle: the client must not take what it has for the whole.
            self._owner.forget()
            if request.transport is not None and theirs.content_type != "text/event-stream":
                request.transport.close()
        return ours

    def _get_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT_SECONDS, sock_read=_SILENCE_SECONDS)
            connector = aiohttp.TCPConnector(ssl=_context(self._settings), limit=0)
            self._session = aiohttp.ClientSession(
                timeout=timeout, connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


def not_the_owner() -> web.Response:
    """Said to a worker that forwards to one that does not hold the numbers any more."""
    return json_answer({"error": "another worker holds the numbers"}, 503, Retry_After="1", Deskpulse_Forwarded="1")


def _context(settings: HttpSettings) -> ssl.SSLContext | bool:
    if settings.tls_certificate is None:
        return True
    context = ssl.create_default_context()
    with suppress(ssl.SSLError):
        # Workers of one installation may share a certificate that no public authority knows.
        context.load_verify_locations(settings.tls_certificate)
    if settings.tls_client_ca is not None:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key, password=lambda: "")
    return context
