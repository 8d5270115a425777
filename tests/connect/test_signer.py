"""What is signed here is what is verified there, for every scheme; and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.connect.verify.request import HookRequest
from stream.connect.verify.scheme import Signed
from stream.connect.verify.schemes import SCHEMES
from stream.connect.verify.signer import FORM, sign
from stream.connect.verify.verifier import verify

NOW_US = 1_764_230_400_123_456
URL = "https://hooks.example.com/hooks/desk"
SECRET = "user:a long secret"


@pytest.mark.parametrize("name", SCHEMES)
@given(body=st.binary(max_size=200), is_form=st.booleans())
def test_what_is_signed_is_genuine(name: str, body: bytes, is_form: bool) -> None:
    if is_form:
        body = b"a=1&b=%C3%A9"
    headers = {"content-type": FORM if is_form else "application/json"}
    signed = sign(SCHEMES[name], HookRequest("POST", URL, headers, body), SECRET, NOW_US)
    assert verify(SCHEMES[name], signed, ["another secret", SECRET], NOW_US) == "genuine"
    assert verify(SCHEMES[name], signed, ["another secret"], NOW_US) == "wrong_signature"


@pytest.mark.parametrize("name", [name for name, scheme in SCHEMES.items() if getattr(scheme, "timestamp_header", "")])
def test_a_signature_is_of_its_time(name: str) -> None:
    scheme = SCHEMES[name]
    assert isinstance(scheme, Signed)
    signed = sign(scheme, HookRequest("POST", URL, {}, b"{}"), SECRET, NOW_US)
    for seconds, verdict in ((-302, "stale"), (-298, "genuine"), (298, "genuine"), (302, "stale")):
        assert verify(scheme, signed, [SECRET], NOW_US + seconds * 1_000_000) == verdict


@pytest.mark.parametrize("name", SCHEMES)
def test_bytes_that_are_no_text_are_refused_wherever_they_stand(name: str) -> None:
    signed = sign(SCHEMES[name], HookRequest("POST", URL, {}, b"{}"), SECRET, NOW_US)
    for header in signed.headers:
        spoilt = {**signed.headers, header: signed.headers[header] + "\udcff"}
        verdict = verify(SCHEMES[name], HookRequest("POST", signed.url, spoilt, signed.body), [SECRET], NOW_US)
        assert verdict != "genuine" or header == "content-type"
    verify(SCHEMES[name], HookRequest("POST", signed.url + "?a=\udcff", signed.headers, b"\xff"), [SECRET], NOW_US)
