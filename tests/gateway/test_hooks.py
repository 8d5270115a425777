"""Hooks out of settings: what is wrong is told at the start, by key, value and what is allowed, and never a secret."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from stream.connect.asterisk import VENDOR as ASTERISK
from stream.contract.decoder import Decoder
from stream.domain.limits import Limits
from stream.errors import ConfigError
from stream.gateway.hooks import hook_of, hooks_of
from stream.gateway.rate import BURST_SECONDS, Rate
from stream.gateway.secrets import Secrets
from stream.gateway.seen import Seen
from stream.settings import ConnectSettings, Settings
from tests.gateway.desk import DESK, OTHER_SECRET, SECRET, STRANGER

VENDORS = (ASTERISK, DESK)
DECODER = Decoder(Limits())


def section(**given: Any) -> ConnectSettings:
    return ConnectSettings.model_validate({"name": "acme", "vendor": "desk", "secrets": [SECRET], **given})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"vendor": "zendsk"}, "connect.acme.vendor='zendsk': allowed: cloudevents, desk"),
        (
            {"vendor": "asterisk"},
            "connect.acme.vendor='asterisk': it sends nothing to a gateway; allowed: cloudevents, desk",
        ),
        (
            {"scheme": "zendesk"},
            "connect.acme.scheme='zendesk': allowed: deskpulse, github, secret_header, secret_address",
        ),
        (
            {"vendor": "cloudevents", "scheme": "github"},
            "connect.acme.scheme='github': allowed: secret_header, basic, deskpulse",
        ),
        (
            {"vendor": "cloudevents", "options": {"bots": "1"}},
            "connect.acme.options: cloudevents has none; leave them out",
        ),
        (
            {"options": {"bot": "1"}},
            "connect.acme.options.bot: there is none; desk has statuses, channels, teams, bots",
        ),
        ({"options": {"statuses": {"a": "shut"}}}, "connect.acme.options.statuses.a='shut': allowed: 'new', 'open', "),
        ({"secrets": []}, "connect.acme.secrets (not set): nobody could be told from a stranger; allowed: texts of 8"),
        ({"secrets": [SECRET, "short"]}, "connect.acme.secrets=***: number 2 is too short; allowed: texts of 8"),
        (
            {"secrets": ["Changeme"]},
            "connect.acme.secrets=***: number 1 is one that everybody knows; allowed: texts of 8",
        ),
        (
            {"secrets": ["dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="]},
            "connect.acme.secrets=***: number 1 is one that everybody knows",
        ),
        (
            {"vendor": "cloudevents", "scheme": "basic"},
            "connect.acme.secrets=***: number 1 is no login; allowed with scheme basic: name:password",
        ),
        (
            {"secrets_file": "/nowhere/secrets"},
            "connect.acme.secrets_file='/nowhere/secrets': No such file or directory; allowed: a file with one secret",
        ),
    ],
)
def test_what_is_wrong_is_told_by_its_key(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        hook_of(section(**given), DECODER, VENDORS)
    assert str(caught.value).startswith(told)
    assert SECRET not in str(caught.value)


def test_a_scheme_that_signs_the_address_needs_it() -> None:
    assert DESK.hook is not None
    vendor = DESK.__class__(**{**DESK.__dict__, "hook": DESK.hook.__class__(("twilio",), DESK.hook.read)})
    with pytest.raises(ConfigError, match=r"connect\.acme\.public_url \(not set\): desk signs the address"):
        hook_of(section(), DECODER, (vendor,))
    assert hook_of(section(public_url="https://a.example/hooks/acme"), DECODER, (vendor,)).path == "/hooks/acme"


def test_all_problems_are_told_at_once_and_no_section_is_one() -> None:
    with pytest.raises(ConfigError) as caught:
        hooks_of(
            Settings(connect=(section(vendor="a"), section(name="b", secrets=[]), section(name="c"))), DECODER, VENDORS
        )
    assert [line.partition(" ")[0] for line in str(caught.value).splitlines()] == [
        "connect.acme.vendor='a':",
        "connect.b.secrets",
    ]
    with pytest.raises(ConfigError, match=r"connect \(not set\): there is no section \[\[connect\]\]"):
        hooks_of(Settings(), DECODER, VENDORS)


def test_secrets_of_a_file_are_added_and_change_with_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "secrets"
    file.write_text(f"{OTHER_SECRET}\n\n{SECRET}\r\n")
    secrets = Secrets(section(secrets_file=file, secrets=[SecretStr(SECRET)]))
    assert secrets.current == (SECRET, OTHER_SECRET)
    file.write_text(STRANGER)
    with caplog.at_level(logging.INFO):
        secrets.refresh()
        assert secrets.current == (SECRET, STRANGER)
        file.write_text("short")
        secrets.refresh()
        assert secrets.current == (SECRET, STRANGER)
        file.unlink()
        secrets.refresh()
    assert secrets.current == (SECRET, STRANGER)
    assert [record.levelname for record in caplog.records] == ["INFO", "ERROR", "ERROR"]
    assert not [secret for secret in (SECRET, OTHER_SECRET, STRANGER, "'short'") if secret in caplog.text]


def test_a_rate_allows_a_burst_and_then_its_pace() -> None:
    rate = Rate(2)
    now = 1000.0
    assert [rate.take(now) for _ in range(int(2 * BURST_SECONDS) + 1)] == [True] * int(2 * BURST_SECONDS) + [False]
    assert [rate.take(now + 0.4), rate.take(now + 0.6), rate.take(now + 0.6)] == [False, True, False]
    assert [rate.take(now + 3600) for _ in range(int(2 * BURST_SECONDS) + 1)][-2:] == [True, False]
    assert [Rate(0.01).take(0.0)] == [True]


def test_marks_are_kept_for_a_while_and_no_more_than_so_many() -> None:
    seen = Seen(10, most=3)
    for number in range(5):
        seen.note(b"%d" % number, float(number))
    assert [number for number in range(5) if seen.has(b"%d" % number, 4.0)] == [2, 3, 4]
    assert [number for number in range(5) if seen.has(b"%d" % number, 13.5)] == [4]
    seen.note(b"4", 14.0)
    assert seen.has(b"4", 24.0)
    assert not seen.has(b"4", 24.1)
