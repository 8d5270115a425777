"""``deskpulse validate``: are these events what the contract says? Prints ``file:line: reason: detail``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from stream.cli.configuration import config_option, read_settings
from stream.clock import SystemClock
from stream.contract.decoder import Decoder
from stream.domain.limits import Limits
from stream.files.lines import look_at_events
from stream.files.opening import STANDARD_INPUT, Advance, inputs
from stream.files.validation import Summary, validate_file
from stream.rules import customer_rules_of

LARGE_FILE_BYTES = 16 << 20
PROGRESS_EVERY_BYTES = 1 << 20
EXIT_INVALID = 1


@click.command("validate", short_help="Check files of events against the event contract.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--warnings/--no-warnings",
    default=True,
    help="Also list events of unknown types, which are skipped, shortened names, and customers that are merged "
    "into themselves.",
)
@click.option(
    "--with-keys",
    is_flag=True,
    help="Each line begins with the key of its record and a tab, as kafka-console-consumer.sh prints them with "
    "--property print.key=true: the keys are checked, too.",
)
@config_option
@click.pass_context
def validate_command(
    context: click.Context, files: tuple[str, ...], warnings: bool, with_keys: bool, config_file: Path | None
) -> None:
    """Check FILEs of events, with the decoder and the limits the worker uses.

    A FILE has one event on each line (JSON Lines), or is a single event; compressed with gzip or not; - is standard
    input. Each finding is printed as "file:line: reason: detail", then a summary on standard error. Exit code 1: an
    event is refused. Exit code 2: a file cannot be read, which is said before anything is checked where its
    beginning tells.
    """
    settings = read_settings(config_file)
    limits = Limits(**{name: getattr(settings.limits, name) for name in Limits.__struct_fields__})
    decoder = Decoder(limits, customer_rules_of(settings))
    latest_us = SystemClock().now_us() + round(limits.future_tolerance_seconds * 1_000_000)
    summary = Summary()
    given = inputs(files)
    look_at_events(given)
    for file in given:
        with _progress(file.path) as advance:
            for finding in validate_file(
                file,
                summary,
                decoder=decoder,
                latest_us=latest_us,
                max_event_bytes=limits.max_event_bytes,
                has_keys=with_keys,
                advance=advance,
            ):
                if warnings or not finding.is_warning:
                    kind = "warning: " if finding.is_warning else ""
                    click.echo(f"{file.name}:{finding.line}: {kind}{finding.reason}: {finding.detail}")
    _print_summary(summary, counts_customers=bool(settings.customers))
    if summary.rejected_total:
        context.exit(EXIT_INVALID)


@contextmanager
def _progress(file: str) -> Iterator[Advance]:
    """A bar for a large file on a terminal, else nothing."""
    size_bytes = os.path.getsize(file) if file != STANDARD_INPUT and Path(file).is_file() else 0
    if size_bytes < LARGE_FILE_BYTES or not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    # Findings written to a file must not be taken for output of the terminal.
    bar = Progress(
        *columns,
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    )
    with bar:
        task = bar.add_task(Text(Path(file).name).plain.replace("[", "\\["), total=size_bytes)
        shown_bytes = 0

        def advance(position_bytes: int) -> None:
            nonlocal shown_bytes
            if position_bytes - shown_bytes >= PROGRESS_EVERY_BYTES:
                shown_bytes = position_bytes
                bar.update(task, completed=position_bytes)

        yield advance


def _print_summary(summary: Summary, *, counts_customers: bool) -> None:
    console = Console(stderr=True)
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("events")
    table.add_column("count", justify="right")
    for label, counts in (
        ("valid", summary.events_by_type),
        ("skipped, unknown type", summary.skipped_by_type),
        ("refused", summary.rejected_by_reason),
        ("shortened name", summary.shortened_by_kind),
    ):
        for name, count in sorted(counts.items()):
            table.add_row(Text(f"{label}: {name}"), f"{count:,}")
    if table.row_count:
        console.print(table)
        total = f"{summary.valid_total:,} valid, {summary.rejected_total:,} refused, {summary.skipped_total:,} skipped"
    else:
        total = "no events found"
    click.echo(total, err=True)
    if summary.is_no_json:
        told = "Not one line is JSON. Is it a table, or a log? `deskpulse convert` turns those into events."
        click.echo(told, err=True)
    for sentence in (*summary.clashes.sentences(), *summary.customers.sentences()):
        click.echo(f"warning: {sentence}", err=True)
    if summary.customers.total and not counts_customers:
        told = f"{summary.customers.total:,} events of customers are skipped, as customers.enabled is off"
        click.echo(f"warning: {told}", err=True)
