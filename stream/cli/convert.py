"""``deskpulse convert``: files of another system as events, one JSON object per line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from stream.cli.configuration import config_option, read_settings
from stream.cli.conversion import Told, account_of, told_events
from stream.cli.following import follow_log
from stream.cli.jsonlines import json_lines
from stream.cli.vendor_files import vendor_records
from stream.connect.vendors import VENDORS
from stream.domain.times import parse_time_us
from stream.errors import ConfigError
from stream.files.formats import no_table
from stream.files.opening import Input, inputs
from stream.sentiment.scorer import scorer_of
from stream.sources import sources
from stream.sources.source import Row, Source
from stream.sources.table import read_rows

VENDOR_NAMES = tuple(vendor.name for vendor in VENDORS)
NAMES = [*VENDOR_NAMES, *(source.name for source in sources(VENDOR_NAMES))]
PROGRESS_EVERY_ROWS = 1000
DRY_RUN_EVENTS = 10


@click.command(
    "convert", short_help="Turn files of another system into events.", epilog=f"Systems: {', '.join(NAMES)}."
)
@config_option
@click.argument("name", metavar="SYSTEM", type=click.Choice(NAMES))
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--out", default="-", show_default=True, help="Where to write; - is standard output, .gz compresses.")
@click.option("--file-order", is_flag=True, help="Keep the files' order: sorting by time holds all events in memory.")
@click.option("--source", help="Whose events these are, e.g. /asterisk/pbx1: different for each account or PBX.")
@click.option(
    "--options",
    "--map",
    "options",
    type=click.Path(path_type=Path),
    help="TOML file: names of teams, what statuses mean, ...",
)
@click.option("--set", "chosen", metavar="OPTION=VALUE", multiple=True, help="One option, e.g. zone=Europe/Berlin.")
@click.option("--follow", is_flag=True, help="Go on with a log that grows, until it is ended; to standard output.")
@click.option("--dry-run", is_flag=True, help=f"Show the first {DRY_RUN_EVENTS} events and what was not understood.")
def convert_command(
    config_file: Path | None,
    name: str,
    files: tuple[str, ...],
    out: str,
    file_order: bool,
    source: str | None,
    options: Path | None,
    chosen: tuple[str, ...],
    follow: bool,
    dry_run: bool,
) -> None:
    """Turn FILEs (compressed with gzip or not; - is standard input) into CloudEvents, one JSON object per line.

    The events come out in the order they happened; the same files give the same events, so that converting twice
    counts once. Systems and their options: docs/connect and docs/sources.md. Of the settings only those of section
    sentiment are of account. Exit code 1: some records could not be
    read and were left out; 2: a file, or an option, cannot be used.
    """
    vendor = next((each for each in VENDORS if each.name == name), None)
    told = Told()
    account = None
    if vendor is not None:
        scorer = scorer_of(read_settings(config_file).sentiment.scorer)
        account = account_of(vendor, source, options, chosen, scorer)
    if follow:
        follow_log(vendor, name, files, account, out, told)
        click.echo(told.summary(), err=True, nl=bool(told.summary()))
        return
    with _progress() as progress:
        task = progress.add_task(name, total=None)
        if vendor is not None and account is not None:
            rows = _counted(vendor_records(vendor, inputs(files), account), progress, task)
            events = told_events(vendor, rows, account, told)
        else:
            _refuse_options(name, files, source, options, chosen)
            events = _source_events(
                next(each for each in sources(VENDOR_NAMES) if each.name == name), files[0], progress, task
            )
        if not file_order:
            events = iter(sorted(events, key=_order))
        written = _show(events) if dry_run else _write(events, out)
    click.echo(told.summary(), err=True, nl=bool(told.summary()))
    place = "found, none written" if dry_run else f"written to {'standard output' if out == '-' else out}"
    click.echo(f"{written:,} events {place}", err=True)
    if told.broken:
        raise click.exceptions.Exit(1)


def _write(events: Iterable[dict[str, Any]], out: str) -> int:
    count = 0
    with json_lines(out) as write:
        for event in events:
            write(event)
            count += 1
    return count


def _show(events: Iterable[dict[str, Any]]) -> int:
    count = 0
    for count, event in enumerate(events, 1):
        if count <= DRY_RUN_EVENTS:
            kind = event["type"].removeprefix("support.")
            data = " ".join(f"{name}={value}" for name, value in event["data"].items())
            click.echo(f"{event['time']:<28} {event['subject']:<24} {kind:<20} {data}".rstrip())
    return count


def _source_events(source: Source, file: str, progress: Progress, task: TaskID) -> Iterator[dict[str, Any]]:
    given = Input(file)
    given.look(no_table)
    return source.events(_counted(read_rows(given, source.columns), progress, task))


def _refuse_options(name: str, files: tuple[str, ...], *options: object) -> None:
    if any(options):
        raise ConfigError(f"{name} has no options: leave out --source, --options and --set.")
    if len(files) > 1:
        raise ConfigError(f"{name} reads one file at a time; {len(files)} were given.")


def _order(event: dict[str, Any]) -> tuple[int, str, int]:
    """Time, then ticket, then the order within it."""
    return parse_time_us(event["time"]), event["subject"], int(event.get("sequence", 0))


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.completed:,} rows"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not (console.is_terminal and sys.stderr.isatty()),
    )


def _counted(rows: Iterator[Any], progress: Progress, task: TaskID) -> Iterator[Row]:
    for count, row in enumerate(rows, start=1):
        if count % PROGRESS_EVERY_ROWS == 0:
            progress.update(task, completed=count)
        yield row
