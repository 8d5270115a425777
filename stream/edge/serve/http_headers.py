"""The headers that every answer has, whatever its status, also that to a request that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from aiohttp import web

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)

_HSTS_SECONDS: Final = 365 * 86_400

_encode: Final = msgspec.json.Encoder().encode


def strict_headers(tls: bool, ancestors: str = "'none'") -> dict[str, str]:
    """Headers that keep browsers strict. ``ancestors``: who may show the page in a frame, as CSP writes it."""
    only_tls = {"Strict-Transport-Security": f"max-age={_HSTS_SECONDS}"} if tls else {}
    return only_tls | {
        "Content-Security-Policy": _POLICY.format(ancestors=ancestors),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }


def request_class(headers: Mapping[str, str]) -> type[web.Request]:
    """A kind of request whose every answer has ``headers``, and does not say what served it.

    The signal ``on_response_prepare`` would miss the answers to requests that the parser refuses.
    """

    class StrictRequest(web.Request):
        async def _prepare_hook(self, response: web.StreamResponse) -> None:
            await super()._prepare_hook(response)
            response.headers.update(headers)
            response.headers.popall("Server", None)

    return StrictRequest


def json_answer(content: Mapping[str, Any], status: int = 200, **headers: str) -> web.Response:
    """An answer as JSON that nobody may keep. ``headers``: more of them, with ``_`` for ``-``."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    fixed = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return web.Response(body=_encode(content) + b"\n", status=status, headers=fixed | more)
