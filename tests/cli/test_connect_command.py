"""``deskpulse connect check``: what would be counted, told before a vendor is switched on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stream.__main__ import run
from stream.clock import SystemClock
from stream.connect.verify.request import HookRequest
from stream.connect.verify.schemes import SCHEMES
from stream.connect.verify.signer import sign

SECRET = "a secret of the tests"
ZENDESK = {"type": "zen:event-type:ticket.status_changed", "detail": {"id": "4711"}, "event": {"current": "OPEN"}}


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPULSE_CONNECT__ACME__VENDOR", "zendesk")
    monkeypatch.setenv("DESKPULSE_CONNECT__ACME__SECRETS", f"{SECRET},the next one of the tests")
    monkeypatch.setenv("DESKPULSE_CONNECT__OWN__VENDOR", "cloudevents")
    monkeypatch.setenv("DESKPULSE_CONNECT__OWN__SECRETS", SECRET)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = run(["connect", "check", *arguments])
    captured = capsys.readouterr()
    assert SECRET not in captured.out + captured.err
    return code, captured.out + captured.err


def test_the_vendors_own_samples_are_tried(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = told(capsys, "acme")
    assert code == 0, text
    assert text.startswith("/hooks/acme: zendesk, source /zendesk/acme, 2 secrets\n")
    assert "  doorbell    ticket 4711: its history would be fetched\n" in text
    assert "  signature   genuine (signed here with each secret); a stranger's: wrong signature\n" in text


def test_our_own_contract_has_a_sample_too(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = told(capsys, "own")
    assert code == 0, text
    assert [line.split()[1:5] for line in text.splitlines() if line.startswith("  event")] == [
        ["2026-11-27T09:15:00Z", "T-1", "ticket.created", "channel=phone"],
        ["2026-11-27T09:15:01Z", "T-1", "ticket.queued", "team=Billing"],
    ]


def test_a_delivery_that_was_kept_is_judged_as_it_came(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    body = json.dumps(ZENDESK).encode()
    file = tmp_path / "delivery.json"
    file.write_bytes(body)
    now_us = SystemClock().now_us()
    signed = sign(SCHEMES["zendesk"], HookRequest("POST", "", {}, body), SECRET, now_us)
    given = [part for name, value in signed.headers.items() for part in ("-H", f"{name}: {value}")]
    code, text = told(capsys, "acme", str(file), *given)
    assert (code, "genuine (as it is signed)" in text) == (0, True), text
    file.write_bytes(body + b" ")
    code, text = told(capsys, "acme", str(file), *given)
    assert (code, "wrong signature (as it is signed)" in text) == (1, True), text


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("acme", b"{", "unreadable  the body is not JSON"),
        ("acme", b'{"type":"zen:event-type:ticket.status_changed"}', "broken      webhook: detail.id"),
        ("own", b'{"specversion":"1.0"}', "broken      event 0: type is missing"),
    ],
)
def test_what_is_not_understood_is_told(
    name: str, content: bytes, part: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "delivery.json"
    file.write_bytes(content)
    code, text = told(capsys, name, str(file), "-H", "Content-Type: application/json")
    assert code == 1, text
    assert part in text


def test_what_is_passed_over_is_told_and_is_no_fault(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "delivery.json"
    file.write_bytes(json.dumps({**ZENDESK, "type": "zen:event-type:ticket.csat_requested"}).encode())
    code, text = told(capsys, "acme", str(file))
    assert (code, "passed over csat_requested: counts for nothing here" in text) == (0, True), text


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["other"], "other: no section [[connect]] has this name; there are: acme, own"),
        (["acme", "/nowhere"], "/nowhere: No such file or directory; give the body of a delivery as it came"),
        (["acme", "/dev/null", "-H", "nonsense"], "--header 'nonsense': allowed: 'NAME: VALUE'"),
    ],
)
def test_what_cannot_be_tried_is_told(arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = told(capsys, *arguments)
    assert code == 2
    assert part in text


def test_wrong_settings_are_told_as_the_gateway_tells_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKPULSE_CONNECT__ACME__SECRETS", "short")
    code, text = told(capsys, "acme")
    assert (code, "connect.acme.secrets=***: number 1 is too short" in text) == (2, True), text
