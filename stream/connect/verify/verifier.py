"""Whether a delivery is genuine: one function for all vendors, driven by their `Scheme`.

Everything secret is compared in constant time. Nothing a client sends makes it raise: what cannot be read is unsigned.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from stream.connect.verify.request import HookRequest, Verdict
from stream.connect.verify.scheme import BasicLogin, Encoding, Scheme, SharedSecret, Signed, SignedField, TimestampUnit
from stream.domain.times import parse_time_us

_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_FORM: Final = "application/x-www-form-urlencoded"
_MAX_FORM_FIELDS: Final = 1000


def verify(
    scheme: Scheme, request: HookRequest, secrets: Sequence[str], now_us: int, tolerance_seconds: float = 300
) -> Verdict:
    """Judge a delivery. Any of ``secrets`` will do, so that one can be changed without a gap."""
    match scheme:
        case Signed():
            return _verify_signed(scheme, request, secrets, now_us, tolerance_seconds)
        case SignedField():
            fields = dict(_form(request))
            if scheme.field not in fields or scheme.message not in fields:
                return "unsigned"
            given = _decoded(fields[scheme.field].lower(), "hex")
            made = (mac(secret, fields[scheme.message].encode(), scheme.digest) for secret in secrets)
            return _verdict(given, made)
        case SharedSecret():
            shared = request.headers.get(scheme.header) if scheme.header else _parameter(request.url, scheme.parameter)
            return _verdict(None if shared is None else _hashed(shared), map(_hashed, secrets))
        case BasicLogin():
            kind, _, encoded = request.headers.get("authorization", "").partition(" ")
            login = _decoded(encoded.strip(), "base64") if kind.lower() == "basic" else None
            return _verdict(
                None if login is None else hashlib.sha256(login).digest(),
                map(_hashed, secrets),
            )


def _verify_signed(
    scheme: Signed, request: HookRequest, secrets: Sequence[str], now_us: int, tolerance_seconds: float
) -> Verdict:
    header = request.headers.get(scheme.header, "")
    key_header = request.headers.get(scheme.key_header, "") if scheme.key_header else ""
    given = _decoded(header.removeprefix(scheme.prefix), scheme.encoding) if header.startswith(scheme.prefix) else None
    if not given or (scheme.key_header and not key_header):
        return "unsigned"
    timestamp = request.headers.get(scheme.timestamp_header, "") if scheme.timestamp_header else ""
    at_us = _timestamp_us(timestamp, scheme.timestamp_unit) if scheme.timestamp_header else None
    if scheme.timestamp_header and at_us is None:
        return "no_timestamp"
    if scheme.body_hash_parameter and not _body_is_covered(scheme.body_hash_parameter, request):
        return "unsigned"
    keys = [f"{key_header}&{secret}" if key_header else secret for secret in secrets]
    messages = [signed_message(scheme, request, url, timestamp) for url in _urls(scheme, request.url)]
    verdict = _verdict(given, (mac(key, message, scheme.digest) for key in keys for message in messages))
    # Looked at last: whether a time is right is told to nobody who cannot sign.
    if verdict == "genuine" and at_us is not None and abs(now_us - at_us) > tolerance_seconds * 1e6:
        return "stale"
    return verdict


def _verdict(given: bytes | None, made: Iterable[bytes]) -> Verdict:
    if given is None:
        return "unsigned"
    # All are compared: how many secrets there are, and which one fits, takes the same time.
    found = [hmac.compare_digest(given, each) for each in made]
    return "genuine" if any(found) else "wrong_signature"


def signed_message(scheme: Signed, request: HookRequest, url: str, timestamp: str) -> bytes:
    """The bytes that are signed, at ``url`` and with ``timestamp`` as it stands in its header."""
    parts = {
        "body": request.body,
        "timestamp": timestamp.encode("utf-8", "surrogateescape"),
        "method": request.method.upper().encode("utf-8", "surrogateescape"),
        "url": url.encode("utf-8", "surrogateescape"),
        "form": b"" if "form" not in scheme.parts else _sorted_form(request),
    }
    return b"".join(parts[part] if part in parts else part.encode() for part in scheme.parts)


def _urls(scheme: Signed, url: str) -> list[str]:
    if scheme.needs_decoded_url:
        # A question mark stays as it is: decoded it would begin a query.
        return ["%3F".join(unquote(piece) for piece in url.replace("%3f", "%3F").split("%3F"))]
    if not scheme.urls_may_vary:
        return [url]
    split = urlsplit(url)
    default = _DEFAULT_PORTS.get(split.scheme)
    host = split.netloc.removesuffix(f":{default}")
    if ":" in host.rpartition("]")[2]:
        return [url]
    return [urlunsplit(split._replace(netloc=netloc)) for netloc in (host, f"{host}:{default}")]


def _body_is_covered(parameter: str, request: HookRequest) -> bool:
    if request.headers.get("content-type", "").lower().startswith(_FORM):
        return True
    expected = _parameter(request.url, parameter)
    return expected is not None and hmac.compare_digest(
        expected.lower().encode("utf-8", "surrogateescape"), hashlib.sha256(request.body).hexdigest().encode()
    )


def _form(request: HookRequest) -> list[tuple[str, str]]:
    if not request.headers.get("content-type", "").lower().startswith(_FORM):
        return []
    try:
        return parse_qsl(
            request.body.decode(), keep_blank_values=True, max_num_fields=_MAX_FORM_FIELDS, errors="strict"
        )
    except ValueError:
        return []


def _sorted_form(request: HookRequest) -> bytes:
    return "".join(name + value for name, value in sorted(set(_form(request)))).encode()


def _parameter(url: str, name: str) -> str | None:
    try:
        return dict(parse_qsl(urlsplit(url).query, max_num_fields=_MAX_FORM_FIELDS)).get(name)
    except ValueError:
        return None


def _decoded(text: str, encoding: Encoding) -> bytes | None:
    try:
        raw = text.encode("ascii")
        if encoding == "base64":
            return base64.b64decode(raw, validate=True)
        # Our vendors write lower case; bytes.fromhex would also skip spaces.
        return bytes.fromhex(text) if text == text.lower() and not set(text) & set(" \t\r\n") else None
    except (binascii.Error, ValueError):
        return None


def _timestamp_us(text: str, unit: TimestampUnit) -> int | None:
    try:
        if unit == "rfc3339":
            return parse_time_us(text)
        if not (text.isascii() and text.isdigit() and len(text) <= 15):
            return None
        return int(text) * (1_000_000 if unit == "seconds" else 1_000)
    except ValueError:
        return None


def mac(secret: str, message: bytes, digest: str) -> bytes:
    """The keyed hash of ``message``."""
    return hmac.new(secret.encode("utf-8", "surrogateescape"), message, digest).digest()


def _hashed(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
