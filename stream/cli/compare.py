"""``deskpulse compare``: the same events by two settings or two definitions, and what differs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
import orjson

from stream.cli.consoles import table_console
from stream.clock import SystemClock, monotonic_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stream.compare.differences import Difference
    from stream.compare.history import History
    from stream.files.opening import Input

_SECONDS_BETWEEN_LINES = 5.0
_LINES_BETWEEN_LOOKS = 4096


@click.command("compare", short_help="Count recorded events in two ways, and print what differs.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--config",
    "configs",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Settings: twice, to compare by; or once, with --definition or beside the settings without a file.",
)
@click.option(
    "--definition", "definitions", metavar="NAME@VERSION", multiple=True, help="Twice: two definitions to compare."
)
@click.option("--by", metavar="GROUP", default="all", show_default=True, help="By channel, team, channel_team, ...")
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
def compare_command(
    files: tuple[str, ...], configs: tuple[Path, ...], definitions: tuple[str, ...], by: str, output: str
) -> None:
    """Count the events in FILE... (JSON Lines, .gz too, - is standard input) in two ways, and print what differs.

    With `--config A --config B` by the settings of two files, with `--definition a@1 --definition b@2` by two
    definitions of the same settings; the names are those of `deskpulse metrics`. Windows are of no account: everything
    in the files is one. All is held in memory, and no Kafka is needed. `deskpulse replay` runs the same through the
    real pipeline.
    """
    from stream.compare.differences import between, differences
    from stream.compare.history import History
    from stream.compare.settings import require_definitions, settings_of_side
    from stream.files.lines import look_at_events
    from stream.files.opening import inputs

    _require_two(configs, definitions)
    sides: list[Path | None] = [*configs] if definitions or len(configs) == 2 else [None, *configs]
    given = inputs(files)
    look_at_events(given)
    settings = [settings_of_side(os.environ, config, by) for config in (sides or [None])]
    require_definitions(definitions, settings[0])
    histories = [History(each) for each in settings]
    now_us = SystemClock().now_us()
    _count(histories, given, now_us)
    if definitions:
        rows = histories[0].rows()
        found = list(between(rows, (definitions[0], definitions[1]), by, histories[0].newest_us))
        names = definitions
    else:
        names = tuple("without a file" if side is None else str(side) for side in sides)
        found = list(differences(histories[0].rows(), histories[1].rows(), by, histories[0].newest_us))
    _print(found, histories, by, names, output)


def _require_two(configs: tuple[Path, ...], definitions: tuple[str, ...]) -> None:
    if definitions:
        if len(definitions) != 2 or len(configs) > 1:
            raise click.UsageError("give --definition twice, and --config at most once")
    elif len(configs) not in (1, 2):
        raise click.UsageError(
            "give --config twice (or once: beside the settings without a file), or --definition twice"
        )


def _count(histories: list[History], files: Iterable[Input], now_us: int) -> None:
    from stream.replay.lines import read_lines

    said = monotonic_seconds()
    for number, line in enumerate(read_lines(files), 1):
        for history in histories:
            history.fold(line, now_us)
        if not number % _LINES_BETWEEN_LOOKS and monotonic_seconds() - said >= _SECONDS_BETWEEN_LINES:
            said = monotonic_seconds()
            click.echo(f"counted {number:,}", err=True)


def _print(found: list[Difference], histories: list[History], by: str, names: tuple[str, ...], output: str) -> None:
    if output == "json":
        for item in found:
            click.echo(orjson.dumps({**msgspec.to_builtins(item), "difference": item.change}).decode())
        return
    from stream.compare.table import differences_table

    console = table_console()
    if found:
        console.print(differences_table(found, by))
    else:
        console.print("Every number is the same.", highlight=False)
    tallies = {side: history.tally for side, history in zip("AB", histories, strict=False)}
    for side, name in zip("AB", names, strict=True):
        told = ", ".join(f"{count:,} {what}" for what, count in sorted(tallies.get(side, {}).items()) if count)
        console.print(f"{side}: {name}{': ' if told else ''}{told}", highlight=False, markup=False, soft_wrap=True)
