"""Sections ``[[connect]]``: from a file and the environment, with secrets that are never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.errors import ConfigError
from stream.settings import ConnectSettings, Settings, load, load_settings
from stream.settings.connect_sections import variable_of
from stream.settings.reference import as_env, as_toml

SECRET = "s3cret of the desk"
ACME = f"""
[[connect]]
name = "acme-eu"
vendor = "zendesk"
source = "/zendesk/acme"
secrets = ["{SECRET}", "older"]
tolerance_seconds = 60

[connect.options]
bots = ["17"]
teams = {{ "3601" = "Billing" }}

[[connect]]
name = "own"
vendor = "cloudevents"
secrets_file = "/run/secrets/own"
"""


def toml(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "deskpulse.toml"
    file.write_text(text, encoding="utf-8")
    return file


def problems(tmp_path: Path, text: str = "", **variables: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_settings({f"DESKPULSE_CONNECT__{name}": value for name, value in variables.items()}, toml(tmp_path, text))
    return str(caught.value).replace(str(tmp_path / "deskpulse.toml"), "FILE").splitlines()


def secrets_of(section: ConnectSettings) -> list[str]:
    return [secret.get_secret_value() for secret in section.secrets]


def test_a_file_has_any_number_of_them(tmp_path: Path) -> None:
    acme, own = load_settings({}, toml(tmp_path, ACME)).connect
    assert (acme.name, acme.vendor, acme.source_name, acme.tolerance_seconds) == (
        "acme-eu",
        "zendesk",
        "/zendesk/acme",
        60,
    )
    assert secrets_of(acme) == [SECRET, "older"]
    assert acme.options == {"bots": ["17"], "teams": {"3601": "Billing"}}
    assert (own.source_name, own.secrets_file, own.secrets) == ("/cloudevents/own", Path("/run/secrets/own"), ())
    assert load_settings({}).connect == ()


def test_the_environment_wins_over_the_file_and_may_make_one_alone(tmp_path: Path) -> None:
    environ = {
        "DESKPULSE_CONNECT__ACME_EU__SECRETS": "new, old",
        "DESKPULSE_CONNECT__ACME_EU__MAX_BODY_BYTES": "2048",
        "DESKPULSE_CONNECT__CHAT__VENDOR": "chatwoot",
        "DESKPULSE_CONNECT__CHAT__SECRETS_FILE": "/run/secrets/chat",
    }
    acme, own, chat = load_settings(environ, toml(tmp_path, ACME)).connect
    assert (secrets_of(acme), acme.max_body_bytes) == (["new", "old"], 2048)
    assert acme.options["bots"] == ["17"]
    assert own.vendor == "cloudevents"
    assert (chat.name, chat.vendor, chat.secrets_file) == ("chat", "chatwoot", Path("/run/secrets/chat"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[connect]\nname = 'a'\n", "connect (FILE): write [[connect]], with two brackets: there may be several"),
        ("[[connect]]\nvendor = 'x'\n", "connect number 1 (FILE): name is missing: allowed: a-z"),
        ("[[connect]]\nname = 'A b'\nvendor = 'x'\n", "connect number 1 (FILE): name is 'A b': allowed: a-z"),
        ("[[connect]]\nname = 'a'\nvendor='x'\n[[connect]]\nname = 'a'\n", "connect.a (FILE): is there twice"),
        ("[[connect]]\nname = 'a'\n", "connect.a.vendor (not set; DESKPULSE_CONNECT__A__VENDOR): allowed: cloudevents"),
        (
            "[[connect]]\nname = 'a'\nvendor = 'x'\nsource = 'a b'\n",
            "connect.a.source='a b' (FILE): allowed: up to 256 characters without spaces and @, such as /zendesk/acme",
        ),
        (
            "[[connect]]\nname = 'a'\nvendor = 'x'\ntolerance_seconds = 0\n",
            "connect.a.tolerance_seconds=0 (FILE): allowed: number of seconds from 1 to 86400",
        ),
        (
            "[[connect]]\nname = 'a'\nvendor = 'x'\nmax_deliveries_per_second = true\n",
            "connect.a.max_deliveries_per_second=True (FILE): allowed: number from 0.1 to 100000",
        ),
        (
            "[[connect]]\nname = 'a'\nvendor = 'x'\npublic_url = 'hooks.example.com'\n",
            "connect.a.public_url='hooks.example.com' (FILE): allowed: the whole address",
        ),
        (
            "[[connect]]\nname = 'a'\nvendor = 'x'\nsecret = 'y'\n",
            "connect.a.secret (FILE): no such setting; there are",
        ),
        ("[[connect]]\nname = 'a'\nvendor = 'x'\noptions = 3\n", "connect.a.options=3 (FILE): allowed: a table"),
    ],
)
def test_what_is_wrong_names_key_value_and_what_is_allowed(tmp_path: Path, text: str, told: str) -> None:
    lines = problems(tmp_path, text)
    assert len(lines) == 1, lines
    assert lines[0].startswith(told)


def test_variables_are_told_by_their_name_and_secrets_never(tmp_path: Path) -> None:
    lines = problems(tmp_path, A__VENDOR="zendesk", A__TOLERANCE_SECONDS="soon", A__SECRTS=SECRET, __SECRETS=SECRET)
    assert [line.partition(":")[0] for line in lines] == [
        "DESKPULSE_CONNECT__A__SECRTS",
        "DESKPULSE_CONNECT____SECRETS",
        "DESKPULSE_CONNECT__A__TOLERANCE_SECONDS='soon'",
    ]
    broken = problems(tmp_path, f"[[connect]]\nname = 'a'\nvendor = 'x'\nsecrets = [1, '{SECRET}']\n")
    assert broken == ["connect.a.secrets=*** (FILE): allowed: texts, comma separated or an array"]
    assert SECRET not in "\n".join([*lines, *broken])


def test_no_form_of_the_settings_shows_a_secret_and_both_can_be_given_back(tmp_path: Path) -> None:
    loaded = load({}, toml(tmp_path, ACME))
    again = tmp_path / "again.toml"
    again.write_text(as_toml(loaded))
    assert SECRET not in again.read_text() + as_env(loaded) + repr(loaded.settings)
    bare = tuple(section.model_copy(update={"secrets": ()}) for section in loaded.settings.connect)
    assert load_settings({}, again).connect == bare
    lines = dict(line.split("=", 1) for line in as_env(loaded).splitlines() if line.startswith("DESKPULSE_"))
    by_variables = load_settings(lines).connect
    assert by_variables == tuple(section.model_copy(update={"options": {}}) for section in bare)


def test_the_names_of_variables_are_those_that_are_read() -> None:
    environ = {variable_of("acme-eu", "vendor"): "zendesk"}
    assert load_settings(environ) == Settings(connect=(ConnectSettings(name="acme-eu", vendor="zendesk"),))
