"""``deskpulse token``: a new token, and a line for the users file that knows it."""

from __future__ import annotations

import click


@click.command("token", short_help="Make a token, and the line of the users file that knows it.")
@click.argument("name")
@click.option("--board", is_flag=True, help="For a television: the wallboard and nothing else.")
def token_command(name: str, board: bool) -> None:
    """Print a new random token on standard error, and on standard output what http.users_file knows it by.

    The token is shown this once; the file has only its SHA-256.
    """
    import yaml

    from stream.edge.serve.access.users import BEARER, BOARD, check_name, new_token

    check_name(name)
    token, known_by = new_token()
    click.echo(yaml.safe_dump({BOARD if board else BEARER: {name: known_by}}, allow_unicode=True, width=1000), nl=False)
    use = f"open http(s)://.../?token={token}" if board else f"Authorization: Bearer {token}"
    click.echo(f"The token, shown this once: {token}\nUse: {use}", err=True)
