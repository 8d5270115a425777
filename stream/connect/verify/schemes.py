"""The schemes of all vendors: one table. Where a vendor changed its ways, each way is an entry of its own."""

from __future__ import annotations

from typing import Final

from stream.connect.verify.scheme import BasicLogin, Scheme, SharedSecret, Signed, SignedField

_GITHUB: Final = Signed("x-hub-signature-256", ("body",), "sha256", "hex", prefix="sha256=")
_HUB_SHA1: Final = Signed("x-hub-signature", ("body",), "sha1", "hex", prefix="sha1=")

SCHEMES: Final[dict[str, Scheme]] = {
    "zendesk": Signed(
        "x-zendesk-webhook-signature",
        ("timestamp", "body"),
        "sha256",
        "base64",
        timestamp_header="x-zendesk-webhook-signature-timestamp",
        timestamp_unit="rfc3339",
    ),
    "chatwoot": Signed(
        "x-chatwoot-signature",
        ("timestamp", ".", "body"),
        "sha256",
        "hex",
        prefix="sha256=",
        timestamp_header="x-chatwoot-timestamp",
    ),
    "intercom": _HUB_SHA1,
    "zammad": _HUB_SHA1,
    "hubspot": Signed(
        "x-hubspot-signature-v3",
        ("method", "url", "body", "timestamp"),
        "sha256",
        "base64",
        timestamp_header="x-hubspot-request-timestamp",
        timestamp_unit="milliseconds",
        needs_decoded_url=True,
    ),
    "jira": Signed("x-hub-signature", ("body",), "sha256", "hex", prefix="sha256="),
    "jira_address": SharedSecret(parameter="secret"),
    "github": _GITHUB,
    "front": Signed(
        "x-front-signature",
        ("timestamp", ":", "body"),
        "sha256",
        "base64",
        timestamp_header="x-front-request-timestamp",
        timestamp_unit="milliseconds",
    ),
    "front_rule": Signed("x-front-signature", ("body",), "sha1", "base64"),
    "twilio": Signed(
        "x-twilio-signature",
        ("url", "form"),
        "sha1",
        "base64",
        urls_may_vary=True,
        body_hash_parameter="bodySHA256",
    ),
    "typeform": Signed("typeform-signature", ("body",), "sha256", "base64", prefix="sha256="),
    "surveymonkey": Signed("sm-signature", ("body",), "sha1", "base64", key_header="sm-apikey"),
    "delighted": Signed("x-delighted-webhook-signature", ("body",), "sha256", "hex", prefix="sha256="),
    "qualtrics": SignedField("HMAC", "MSG", "sha512"),
    "deskpulse": Signed(
        "x-deskpulse-signature",
        ("timestamp", ".", "body"),
        "sha256",
        "hex",
        prefix="sha256=",
        timestamp_header="x-deskpulse-timestamp",
    ),
    "secret_address": SharedSecret(parameter="secret"),
    "secret_header": SharedSecret(header="x-webhook-secret"),
    "basic": BasicLogin(),
}
"""``secret_header``, ``secret_address`` and ``basic`` are for vendors that sign nothing (Freshdesk, Gorgias, Chatwoot
before 4.13) and, with ``deskpulse``, for one's own programs."""

_ZENDESK_TEST: Final = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
"""Zendesk signs tests of a webhook that is not saved yet with it; it stands in its documentation."""

REFUSED_SECRETS: Final = frozenset({"", "placeholder", "changeme", "secret", _ZENDESK_TEST})
"""Secrets that no hook starts with: everybody knows them."""
