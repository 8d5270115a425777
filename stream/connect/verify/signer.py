"""Signing as a vendor would: for trying a hook out, and for one's own programs. The other side of `verifier`."""

from __future__ import annotations

import base64
import hashlib
from typing import Final
from urllib.parse import quote, urlencode

from stream.connect.verify.request import HookRequest
from stream.connect.verify.scheme import BasicLogin, Scheme, SharedSecret, Signed, SignedField, TimestampUnit
from stream.connect.verify.verifier import mac, signed_message
from stream.domain.times import format_time_us

FORM: Final = "application/x-www-form-urlencoded"
_KEY_ID: Final = "try-out"
"""What stands where a scheme names a key besides the secret, and the request does not."""


def sign(scheme: Scheme, request: HookRequest, secret: str, now_us: int) -> HookRequest:
    """The request as it would come signed with ``secret`` at ``now_us``."""
    match scheme:
        case Signed():
            return _signed(scheme, request, secret, now_us)
        case SignedField():
            message = request.body.decode("utf-8", "replace")
            digest = mac(secret, message.encode(), scheme.digest).hex()
            body = urlencode({scheme.message: message, scheme.field: digest}).encode()
            return _with(request, {"content-type": FORM}, body=body)
        case SharedSecret():
            if scheme.header:
                return _with(request, {scheme.header: secret})
            return _with(request, {}, url=_more(request.url, scheme.parameter, secret))
        case BasicLogin():
            return _with(request, {"authorization": "Basic " + base64.b64encode(secret.encode()).decode()})


def _signed(scheme: Signed, request: HookRequest, secret: str, now_us: int) -> HookRequest:
    is_form = request.headers.get("content-type", "").lower().startswith(FORM)
    if scheme.body_hash_parameter and not is_form:
        hashed = hashlib.sha256(request.body).hexdigest()
        request = _with(request, {}, url=_more(request.url, scheme.body_hash_parameter, hashed))
    headers: dict[str, str] = {}
    timestamp = _timestamp(now_us, scheme.timestamp_unit) if scheme.timestamp_header else ""
    if scheme.timestamp_header:
        headers[scheme.timestamp_header] = timestamp
    key = secret
    if scheme.key_header:
        headers[scheme.key_header] = request.headers.get(scheme.key_header, _KEY_ID)
        key = f"{headers[scheme.key_header]}&{secret}"
    signature = mac(key, signed_message(scheme, request, request.url, timestamp), scheme.digest)
    encoded = signature.hex() if scheme.encoding == "hex" else base64.b64encode(signature).decode()
    return _with(request, headers | {scheme.header: scheme.prefix + encoded})


def _timestamp(now_us: int, unit: TimestampUnit) -> str:
    if unit == "rfc3339":
        return format_time_us(now_us // 1_000_000 * 1_000_000)
    return str(now_us // (1_000_000 if unit == "seconds" else 1_000))


def _more(url: str, name: str, value: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{name}={quote(value, safe='')}"


def _with(
    request: HookRequest, headers: dict[str, str], url: str | None = None, body: bytes | None = None
) -> HookRequest:
    return HookRequest(
        request.method,
        request.url if url is None else url,
        {**request.headers, **headers},
        request.body if body is None else body,
    )
