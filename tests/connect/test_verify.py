"""Signatures: each vendor's scheme against a vector made by hand, and everything that must not pass."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.connect.verify.request import HookRequest
from stream.connect.verify.scheme import Signed
from stream.connect.verify.schemes import SCHEMES
from stream.connect.verify.verifier import verify

BODY = b'{"a":1}'
SECRET = "secret"
NOW_US = 1_764_230_400_000_000
FORM = {"content-type": "application/x-www-form-urlencoded"}
HUB_SHA1 = "sha1=f8446672f033e4b2beafc5ca3a71eafcd2cafb6e"
SHA256 = "sha256=aa9e2e3575f5d7098b6caccd790888c36d5fdb63342a73bada2d6a51747a8494"
FORM_BODY = b"TaskSid=WT1&EventType=task.created"


def basic(login: str) -> str:
    return "Basic " + base64.b64encode(login.encode()).decode()


VECTORS: dict[str, HookRequest] = {
    "zendesk": HookRequest(
        "POST",
        "",
        {
            "x-zendesk-webhook-signature": "2sfd0lRSuB3QHB1yNIVWJYEyDyl2247EbiWfkUalBLI=",
            "x-zendesk-webhook-signature-timestamp": "2026-11-27T10:00:00Z",
        },
        BODY,
    ),
    "intercom": HookRequest("POST", "", {"x-hub-signature": HUB_SHA1}, BODY),
    "zammad": HookRequest("POST", "", {"x-hub-signature": HUB_SHA1}, BODY),
    "github": HookRequest("POST", "", {"x-hub-signature-256": SHA256}, BODY),
    "jira": HookRequest("POST", "", {"x-hub-signature": SHA256}, BODY),
    "delighted": HookRequest("POST", "", {"x-delighted-webhook-signature": SHA256}, BODY),
    "chatwoot": HookRequest(
        "POST",
        "",
        {
            "x-chatwoot-signature": "sha256=0a02a4a8d0a458508ec2f740c7824fc7b93bdbe435b93c358b10f23b3d463f96",
            "x-chatwoot-timestamp": "1764230400",
        },
        BODY,
    ),
    "deskpulse": HookRequest(
        "POST",
        "",
        {
            "x-deskpulse-signature": "sha256=0a02a4a8d0a458508ec2f740c7824fc7b93bdbe435b93c358b10f23b3d463f96",
            "x-deskpulse-timestamp": "1764230400",
        },
        BODY,
    ),
    "hubspot": HookRequest(
        "POST",
        "https://gw.example/h/hubspot",
        {
            "x-hubspot-signature-v3": "1bGsd1eGl9ZMSHIf1mnVNvTgsLIL+uEZN56DJNdgbK4=",
            "x-hubspot-request-timestamp": "1764230400000",
        },
        BODY,
    ),
    "front": HookRequest(
        "POST",
        "",
        {
            "x-front-signature": "eNZGiK8UlsLWSrQm1ao13Y6cAb0iZpvfgFo8EAvSPJc=",
            "x-front-request-timestamp": "1764230400000",
        },
        BODY,
    ),
    "typeform": HookRequest(
        "POST", "", {"typeform-signature": "sha256=qp4uNXX11wmLbKzNeQiIw21f22M0KnO62i1qUXR6hJQ="}, BODY
    ),
    "surveymonkey": HookRequest(
        "POST", "", {"sm-apikey": "apikey", "sm-signature": "IwVt/M+tPrqjBEQ9jbnFyfIKTYs="}, BODY
    ),
    "twilio": HookRequest(
        "POST",
        "https://gw.example/h/twilio",
        {**FORM, "x-twilio-signature": "9WXn5jpMDbqnSzd/d8zhOxExwB0="},
        FORM_BODY,
    ),
    "front_rule": HookRequest(
        "POST",
        "",
        {"x-front-signature": base64.b64encode(hmac.new(b"secret", BODY, "sha1").digest()).decode()},
        BODY,
    ),
    "qualtrics": HookRequest(
        "POST", "", FORM, urlencode({"MSG": "m&m", "HMAC": hmac.new(b"secret", b"m&m", "sha512").hexdigest()}).encode()
    ),
    "secret_address": HookRequest("POST", "https://gw.example/h/jira?x=1&secret=secret", {}, BODY),
    "jira_address": HookRequest("POST", "https://gw.example/h/jira?x=1&secret=secret", {}, BODY),
    "secret_header": HookRequest("POST", "", {"x-webhook-secret": "secret"}, BODY),
    "basic": HookRequest("POST", "", {"authorization": basic("secret")}, BODY),
}
# Zendesk's vector is stamped on the 27th of November 2026; the others are a year older.
NOW_OF = {"zendesk": 1_795_773_600_000_000}


def judge(name: str, request: HookRequest, *secrets: str, now_us: int | None = None) -> str:
    return verify(SCHEMES[name], request, secrets or (SECRET,), NOW_OF.get(name, NOW_US) if now_us is None else now_us)


def test_every_scheme_has_a_vector() -> None:
    assert VECTORS.keys() == SCHEMES.keys()


@pytest.mark.parametrize("name", VECTORS)
def test_the_vendors_own_delivery_is_genuine(name: str) -> None:
    assert judge(name, VECTORS[name]) == "genuine"


@pytest.mark.parametrize("name", VECTORS)
def test_another_secret_does_not_pass_and_either_of_two_does(name: str) -> None:
    assert judge(name, VECTORS[name], "another") == "wrong_signature"
    assert judge(name, VECTORS[name], "another", SECRET) == "genuine"
    assert judge(name, VECTORS[name], SECRET, "another") == "genuine"


@pytest.mark.parametrize("name", VECTORS)
def test_without_its_headers_and_fields_a_delivery_is_unsigned(name: str) -> None:
    request = msgspec.structs.replace(VECTORS[name], headers={}, url="https://gw.example/h", body=BODY)
    assert judge(name, request) == "unsigned"


@pytest.mark.parametrize("name", [name for name, scheme in SCHEMES.items() if isinstance(scheme, Signed)])
def test_one_byte_more_in_the_body_does_not_pass(name: str) -> None:
    request = VECTORS[name]
    changed = msgspec.structs.replace(request, body=request.body + (b"&a=1" if name == "twilio" else b" "))
    assert judge(name, changed) == "wrong_signature"


STAMPED = [name for name, scheme in SCHEMES.items() if isinstance(scheme, Signed) and scheme.timestamp_header]


@pytest.mark.parametrize("name", STAMPED)
@pytest.mark.parametrize(("off_seconds", "verdict"), [(299, "genuine"), (301, "stale"), (-301, "stale")])
def test_old_deliveries_and_those_from_the_future_are_stale(name: str, off_seconds: int, verdict: str) -> None:
    now_us = NOW_OF.get(name, NOW_US) + off_seconds * 1_000_000
    assert judge(name, VECTORS[name], now_us=now_us) == verdict


@pytest.mark.parametrize("name", STAMPED)
@pytest.mark.parametrize("stamp", ["", "soon", "-1", "1e9", "9" * 400, "٣"])
def test_a_timestamp_that_cannot_be_read_is_none(name: str, stamp: str) -> None:
    scheme = SCHEMES[name]
    assert isinstance(scheme, Signed)
    headers = {**VECTORS[name].headers, scheme.timestamp_header: stamp}
    assert judge(name, msgspec.structs.replace(VECTORS[name], headers=headers)) == "no_timestamp"


def test_a_stale_forgery_is_told_nothing_of_its_time() -> None:
    assert judge("zendesk", VECTORS["zendesk"], "another", now_us=0) == "wrong_signature"


@pytest.mark.parametrize("url", ["https://gw.example:443/h/twilio", "https://gw.example/h/twilio"])
def test_twilio_may_sign_the_address_with_or_without_its_default_port(url: str) -> None:
    assert judge("twilio", msgspec.structs.replace(VECTORS["twilio"], url=url)) == "genuine"
    other = url.replace("gw.example/", "gw.example:8443/").replace(":443/", ":8443/")
    assert judge("twilio", msgspec.structs.replace(VECTORS["twilio"], url=other)) == "wrong_signature"


def twilio_json(url: str) -> HookRequest:
    signature = base64.b64encode(hmac.new(b"secret", url.encode(), "sha1").digest()).decode()
    return HookRequest("POST", url, {"content-type": "application/json", "x-twilio-signature": signature}, BODY)


def test_twilios_json_is_genuine_only_with_the_hash_of_its_body_in_the_address() -> None:
    hashed = hashlib.sha256(BODY).hexdigest()
    assert judge("twilio", twilio_json(f"https://gw.example/h?bodySHA256={hashed}")) == "genuine"
    assert judge("twilio", twilio_json("https://gw.example/h")) == "unsigned"
    assert judge("twilio", twilio_json(f"https://gw.example/h?bodySHA256={'0' * 64}")) == "unsigned"


def test_hubspot_signs_its_address_decoded_but_for_question_marks() -> None:
    decoded = "https://gw.example/h/a b?x=1%3F"
    message = b"POST" + decoded.encode() + BODY + b"1764230400000"
    headers = {
        "x-hubspot-signature-v3": base64.b64encode(hmac.new(b"secret", message, "sha256").digest()).decode(),
        "x-hubspot-request-timestamp": "1764230400000",
    }
    called = HookRequest("post", "https://gw.example/h/a%20b?x=1%3f", headers, BODY)
    assert judge("hubspot", called) == "genuine"


HEADER_NAMES = sorted({name for request in VECTORS.values() for name in request.headers})


@given(
    st.sampled_from(sorted(SCHEMES)),
    st.dictionaries(st.sampled_from(HEADER_NAMES), st.text(max_size=60)),
    st.binary(max_size=60),
    st.text(max_size=40),
)
def test_nothing_a_client_sends_raises_or_passes(name: str, headers: dict[str, str], body: bytes, query: str) -> None:
    request = HookRequest("POST", f"https://gw.example/h?{query}", headers, body)
    assert judge(name, request, "a secret nobody guesses") != "genuine"


@given(st.sampled_from(sorted(SCHEMES)), st.data())
def test_a_genuine_delivery_with_another_header_value_never_raises(name: str, data: st.DataObject) -> None:
    request = VECTORS[name]
    if not request.headers:
        return
    header = data.draw(st.sampled_from(sorted(request.headers)))
    changed = msgspec.structs.replace(request, headers={**request.headers, header: data.draw(st.text(max_size=80))})
    assert judge(name, changed) in {"genuine", "unsigned", "wrong_signature", "no_timestamp", "stale"}
