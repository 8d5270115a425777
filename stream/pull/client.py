"""One GET of a vendor's API: decoded JSON, or why not and what follows from it. Nothing of an answer is ever told."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

import aiohttp

from stream import __version__
from stream.connect.api import Request
from stream.pull.answers import MOST_BYTES, decoded, weight_of

_TIMEOUT: Final = aiohttp.ClientTimeout(total=120, connect=15, sock_read=60)
_TRY_AGAIN: Final = frozenset({408, 409, 425, 429})
_REFUSED: Final = frozenset({401, 403})


class TryLater(Exception):  # noqa: N818 - says what to do: ask the same again
    """No answer this time. ``retry_after`` is the header as the vendor sent it."""

    def __init__(self, reason: str, retry_after: str | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Gone(Exception):  # noqa: N818 - not an error: what was asked for is not there
    """The vendor knows of no such thing (404, 410)."""


class Refused(Exception):  # noqa: N818 - becomes an error of the settings where a new token does not help
    """The token is not taken (401, 403)."""

    def __init__(self, status: int = 401) -> None:
        super().__init__(f"answer {status}: the token is refused")


class Client:
    """A context manager. ``headers`` are those of the login; redirects are not followed: they would carry it along.

    ``latest_bytes``: what the last answer takes in memory, at most.
    """

    latest_bytes = 0

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        self._address = address
        self.headers = dict(headers)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=_TIMEOUT,
            headers={"User-Agent": f"deskpulse/{__version__}", "Accept": "application/json"},
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=True,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, request: Request) -> Any:
        """The answer's JSON. TryLater, Gone, Refused."""
        assert self._session is not None
        url = self._address + request.path
        try:
            async with self._session.get(
                url, params=list(request.query), headers=self.headers, allow_redirects=False
            ) as answer:
                _check(answer.status, answer.headers.get("Retry-After"))
                body = await _body(answer)
        except (TryLater, Gone, Refused):
            raise
        except Exception as error:
            # Headers, chunks and compression that are none show up as exceptions of many kinds.
            raise TryLater(f"no answer, or not all of it ({type(error).__name__})") from error
        try:
            content = await decoded(body)
        except ValueError as error:
            raise TryLater(str(error)) from error
        self.latest_bytes = weight_of(body)
        return content


def _check(status: int, retry_after: str | None) -> None:
    if status == 200:
        return
    if status in _TRY_AGAIN or status >= 500:
        raise TryLater(f"answer {status}", retry_after)
    if status in (404, 410):
        raise Gone
    if status in _REFUSED:
        raise Refused(status)
    if 300 <= status < 400:
        raise TryLater(f"answer {status}, a redirect: if it stays, api_url has to be the address that it leads to")
    raise TryLater(f"answer {status}, not what was expected: if it stays, look at api_url")


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for part in answer.content.iter_chunked(1 << 16):
        body += part
        if len(body) > MOST_BYTES:
            raise TryLater(f"an answer of more than {MOST_BYTES >> 20} MiB")
    return bytes(body)
