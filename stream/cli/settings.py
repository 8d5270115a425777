"""``deskpulse settings``: every setting, its value and where that comes from; or a file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from stream.cli.configuration import config_option, read_loaded
from stream.cli.consoles import table_console
from stream.settings import Loaded
from stream.settings.catalogue import OTHER_VARIABLES, fields, text_of, value_at
from stream.settings.reference import as_env, as_toml

Format = Literal["table", "env", "toml"]


@click.command("settings", short_help="List all settings: value, default, where it comes from, meaning.")
@config_option
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "env", "toml"]),
    default="table",
    show_default=True,
    help="table to read; env or toml to start a file from (settings at their default are commented out).",
)
def settings_command(config_file: Path | None, output: Format) -> None:
    """List every setting with its value, its default, where the value comes from and what is allowed.

    Passwords are never shown. With --format env or toml the output is a file that can be given back, as an
    environment file or with --config.
    """
    loaded = read_loaded(config_file)
    if output == "env":
        click.echo(as_env(loaded), nl=False)
    elif output == "toml":
        click.echo(as_toml(loaded), nl=False)
    else:
        _print_table(loaded)


def _print_table(loaded: Loaded) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console = table_console()
    table = Table(box=box.SIMPLE, show_lines=True)
    table.add_column("Setting", no_wrap=True)
    table.add_column("Value", overflow="fold")
    table.add_column("Meaning")
    for field in fields():
        value = text_of(value_at(loaded.settings, field.path))
        origin = loaded.origins[field.path]
        default = "" if origin == "default" else f"; default {text_of(field.default) or '(empty)'}"
        table.add_row(
            Text.assemble(field.variable, "\n", (field.key, "dim")),
            Text.assemble(
                (value or "(empty)", "" if origin == "default" else "bold"),
                "\n",
                (f"{origin}{default}", "dim"),
            ),
            Text.assemble(field.meaning, "\n", (f"allowed: {field.allowed}", "dim")),
        )
    for name, meaning in OTHER_VARIABLES.items():
        table.add_row(name, "", meaning)
    console.print(table)
    console.print(f"File: {loaded.config_file or 'none (--config FILE or DESKPULSE_CONFIG)'}", markup=False)
