"""Passwords and other secrets: in files, in the environment, and in no message."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from stream.settings import load, load_settings
from stream.settings.catalogue import fields, value_at
from stream.settings.reference import as_env, as_toml
from tests.test_settings import problem, problems, toml

PASSWORD = "correct horse"
SASL = {
    "DESKPULSE_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
    "DESKPULSE_KAFKA__SASL_USERNAME": "pulse",
    "DESKPULSE_KAFKA__SASL_PASSWORD": PASSWORD,
}


def test_no_message_shows_a_secret_not_even_under_a_misspelt_name() -> None:
    lines = problems({"DESKPULSE_KAFKA__SASL_PASSWORD": PASSWORD, "DESKPULSE_KAFKA__SASL_PASSWRD": PASSWORD})
    assert not any(PASSWORD in line for line in lines)
    assert lines[1].startswith("DESKPULSE_KAFKA__SASL_PASSWORD=***: would not be used")


def test_a_password_inside_an_address_is_masked() -> None:
    line = problem({"DESKPULSE_KAFKA__BOOTSTRAP_SERVERS": "kafka://pulse:secret@host:9092"})
    assert line.startswith("DESKPULSE_KAFKA__BOOTSTRAP_SERVERS='kafka://***@host:9092'")
    assert "secret" not in line


def secret_in(tmp_path: Path, content: bytes = PASSWORD.encode() + b"\n") -> Path:
    file = tmp_path / "secret"
    file.write_bytes(content)
    return file


def test_every_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    file = secret_in(tmp_path)
    environ = {**without_password(), **{field.file_variable: str(file) for field in fields() if field.is_secret}}
    loaded = load(environ)
    for field in fields():
        if field.is_secret:
            value = value_at(loaded.settings, field.path)
            assert isinstance(value, SecretStr)
            assert value.get_secret_value() == PASSWORD
            assert loaded.secret_files[field.path] == file


def test_what_is_wrong_with_a_secret_from_a_file_names_the_file_and_not_the_secret(tmp_path: Path) -> None:
    file = secret_in(tmp_path)
    line = problem({FILE_VARIABLE: str(file)})
    assert line.startswith(f"{FILE_VARIABLE}={str(file)!r}: would not be used with kafka.security_protocol PLAINTEXT")


def without_password() -> dict[str, str]:
    return {name: value for name, value in SASL.items() if value != PASSWORD}


FILE_VARIABLE = "DESKPULSE_KAFKA__SASL_PASSWORD_FILE"


def test_a_secret_file_may_be_named_in_the_config_file_and_the_environment_wins(tmp_path: Path) -> None:
    file = toml(tmp_path, f"[kafka]\nsasl_password_file = {str(secret_in(tmp_path))!r}\n")
    assert load_settings(without_password(), file).kafka.sasl_password.get_secret_value() == PASSWORD
    other = load({**SASL, "DESKPULSE_KAFKA__SASL_PASSWORD": "other"}, file)
    assert (other.settings.kafka.sasl_password.get_secret_value(), other.secret_files) == ("other", {})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"x" * 70_000, "is longer than 65536 bytes"),
        (None, "No such file or directory"),
    ],
)
def test_a_secret_file_that_is_none_is_one_problem_that_names_it(
    content: bytes | None, reason: str, tmp_path: Path
) -> None:
    file = secret_in(tmp_path, content) if content is not None else tmp_path / "missing"
    line = problem({**without_password(), FILE_VARIABLE: str(file)})
    assert line.startswith(f"{FILE_VARIABLE}={str(file)!r}: {reason}")
    assert "allowed: a file that can be read" in line


def test_a_folder_is_no_secret_file(tmp_path: Path) -> None:
    assert "Is a directory" in problem({**without_password(), FILE_VARIABLE: str(tmp_path)})


def test_a_secret_given_twice_is_a_problem_and_an_empty_variable_is_not_given(tmp_path: Path) -> None:
    file = str(secret_in(tmp_path))
    line = problem({**SASL, FILE_VARIABLE: file})
    assert line == f"{FILE_VARIABLE}={file!r}: DESKPULSE_KAFKA__SASL_PASSWORD is given too; leave one of the two out"
    for empty in (
        {**SASL, FILE_VARIABLE: ""},
        {**without_password(), FILE_VARIABLE: file, "DESKPULSE_KAFKA__SASL_PASSWORD": ""},
    ):
        assert load_settings(empty).kafka.sasl_password.get_secret_value() == PASSWORD


def test_no_setting_has_the_name_of_a_secrets_file() -> None:
    keys = {field.key for field in fields()}
    assert not {f"{field.key}_file" for field in fields() if field.is_secret} & keys


def test_a_file_of_settings_names_the_secrets_file_and_can_be_given_back(tmp_path: Path) -> None:
    loaded = load({**without_password(), FILE_VARIABLE: str(secret_in(tmp_path))})
    env = dict(line.split("=", 1) for line in as_env(loaded).splitlines() if line and line[0] != "#")
    assert load_settings(env) == loaded.settings
    assert load_settings({}, toml(tmp_path, as_toml(loaded))) == loaded.settings
    assert not any(PASSWORD in text for text in (as_env(loaded), as_toml(loaded)))


def test_a_password_is_not_shown_by_printing_settings() -> None:
    settings = load_settings(SASL)
    assert settings.kafka.sasl_password.get_secret_value() == PASSWORD
    loaded = load(SASL)
    assert not any(PASSWORD in text for text in (repr(settings), as_env(loaded), as_toml(loaded)))
