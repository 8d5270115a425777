"""``deskpulse convert``: a file of another system as events, one JSON object per line."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from stream.cli.jsonlines import json_lines
from stream.files.formats import no_table
from stream.files.opening import Input
from stream.sources import SOURCES
from stream.sources.source import Row
from stream.sources.table import read_rows

NAMES = [source.name for source in SOURCES]
PROGRESS_EVERY_ROWS = 1000


@click.command("convert", short_help="Turn a file of another system into events.")
@click.argument("source_name", metavar="SOURCE", type=click.Choice(NAMES))
@click.argument("file")
@click.option("--out", default="-", show_default=True, help="Where to write; - is standard output, .gz compresses.")
@click.option("--file-order", is_flag=True, help="Keep the file's order: sorting by time holds all events in memory.")
def convert_command(source_name: str, file: str, out: str, file_order: bool) -> None:
    """Turn FILE (CSV, compressed with gzip or not; - is standard input) into CloudEvents, one JSON object per line.

    The events come out in the order they happened. SOURCE is one of the examples described
    in docs/sources.md: a source for your own system is one small module like them. Exit code 2: the file, or a row of
    it, cannot be read.
    """
    source = next(each for each in SOURCES if each.name == source_name)
    given = Input(file)
    given.look(no_table)
    with _progress() as progress, json_lines(out) as write:
        task = progress.add_task(source.name, total=None)
        rows = _counted(read_rows(given, source.columns), progress, task)
        events = source.events(rows)
        if not file_order:
            events = iter(sorted(events, key=_order))
        count = 0
        for event in events:
            write(event)
            count += 1
    click.echo(f"{count:,} events written to {'standard output' if out == '-' else out}", err=True)


def _order(event: dict[str, str]) -> tuple[str, str, int]:
    """Time, then ticket, then the order within it."""
    # A source writes all its times in one zone, so their text sorts as they do.
    return event["time"], event["subject"], int(event["sequence"])


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


def _counted(rows: Iterator[Row], progress: Progress, task: TaskID) -> Iterator[Row]:
    for count, row in enumerate(rows, start=1):
        if count % PROGRESS_EVERY_ROWS == 0:
            progress.update(task, completed=count)
        yield row
