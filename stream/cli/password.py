"""``deskpulse password``: a line for the users file, from a password that is typed."""

from __future__ import annotations

import sys
from typing import Final

import click

from stream.errors import ConfigError

_MIN_CHARACTERS: Final = 8


@click.command("password", short_help="Make a line of the users file from a password.")
@click.argument("name")
@click.option(
    "--cost", type=click.IntRange(10, 16), default=12, show_default=True, help="Work of one try; 1 more: twice."
)
def password_command(name: str, cost: int) -> None:
    """Ask for a password, and print what http.users_file knows NAME by: its bcrypt hash.

    Without a terminal the password is read from standard input, one line.
    """
    import bcrypt
    import yaml

    from stream.edge.serve.access.users import MAX_PASSWORD_BYTES, USERS, check_name

    check_name(name)
    if sys.stdin.isatty():
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True))
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    size = len(password.encode())
    if len(password) < _MIN_CHARACTERS or size > MAX_PASSWORD_BYTES:
        raise ConfigError(
            f"the password has {len(password)} characters, {size} bytes: allowed: {_MIN_CHARACTERS} characters or "
            f"more, and at most {MAX_PASSWORD_BYTES} bytes, as bcrypt looks at no more"
        )
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode()
    click.echo(yaml.safe_dump({USERS: {name: hashed}}, allow_unicode=True, width=1000), nl=False)
