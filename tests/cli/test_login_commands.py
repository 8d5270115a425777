"""`deskpulse password` and `deskpulse token`: what they print is what the users file takes."""

from __future__ import annotations

from pathlib import Path

import bcrypt
import pytest
from click.testing import CliRunner, Result

from stream.cli.main import deskpulse
from stream.edge.serve.access.users import read_users, token_digest
from stream.errors import ConfigError


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(deskpulse, arguments, input=typed)


def test_the_printed_password_line_is_a_users_file_that_knows_it(tmp_path: Path) -> None:
    done = run("password", "anna", "--cost", "10", typed="correct horse\n")
    assert done.exit_code == 0, done.output
    assert "correct horse" not in done.output
    file = tmp_path / "users.yml"
    file.write_text(done.stdout)
    assert bcrypt.checkpw(b"correct horse", read_users(file).passwords["anna"])


@pytest.mark.parametrize("name", ["true", "42", "null", "é", "- a", "#a"])
def test_names_that_mean_something_in_yaml_are_quoted(tmp_path: Path, name: str) -> None:
    file = tmp_path / "users.yml"
    file.write_text(run("password", "--cost", "10", "--", name, typed="correct horse\n").stdout)
    assert list(read_users(file).passwords) == [name]


@pytest.mark.parametrize("typed", ["short\n", "x" * 73 + "\n", "ü" * 40 + "\n", ""])
def test_a_password_that_bcrypt_would_cut_or_anybody_guess_is_refused(typed: str) -> None:
    done = run("password", "anna", typed=typed)
    assert isinstance(done.exception, ConfigError)
    assert "allowed: 8 characters or more, and at most 72 bytes" in str(done.exception)


@pytest.mark.parametrize(("flags", "section"), [((), "bearer_tokens"), (("--board",), "board_tokens")])
def test_the_printed_token_line_is_a_users_file_that_knows_it(
    tmp_path: Path, flags: tuple[str, ...], section: str
) -> None:
    done = run("token", "lobby", *flags)
    token = done.stderr.split("shown this once: ")[1].split()[0]
    assert token not in done.stdout
    file = tmp_path / "users.yml"
    file.write_text(done.stdout)
    assert getattr(read_users(file), section) == {"lobby": token_digest(token)}


@pytest.mark.parametrize("command", ["password", "token"])
def test_a_name_with_a_colon_is_refused(command: str) -> None:
    done = run(command, "a:b", typed="correct horse\n")
    assert isinstance(done.exception, ConfigError)
    assert "no colon" in str(done.exception)
