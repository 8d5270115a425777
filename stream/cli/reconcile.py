"""``deskpulse reconcile``: our figures beside another system's own export, ticket by ticket."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table

from stream.cli.configuration import config_option, read_settings
from stream.cli.vendor_files import rows_of_file
from stream.clock import SystemClock
from stream.contract.decoder import Decoder
from stream.domain.events import Event
from stream.domain.log import insert
from stream.errors import ConfigError
from stream.files.lines import events_of
from stream.files.opening import inputs
from stream.reconcile.comparison import UNEXPLAINED, Compared, Total, compare, totals
from stream.reconcile.export import objects_of
from stream.reconcile.exports import EXPORTS
from stream.reconcile.ticket import Ticket
from stream.rules import rules_of

MOST_SHOWN = 20
EXIT_UNEXPLAINED = 1


@click.command("reconcile", short_help="Compare our figures with another system's own, ticket by ticket.")
@click.argument("vendor", metavar="SYSTEM", type=click.Choice(sorted(EXPORTS)))
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--events", "event_files", metavar="FILE", multiple=True, required=True, help="Our events; may be given again."
)
@click.option("--source", help="Only events of this source, such as /zendesk/acme.")
@click.option("--out", type=click.Path(path_type=Path), help="CSV file for every ticket, agreeing ones too.")
@config_option
def reconcile_command(
    vendor: str,
    files: tuple[str, ...],
    event_files: tuple[str, ...],
    source: str | None,
    out: Path | None,
    config_file: Path | None,
) -> None:
    """Compare FILEs of SYSTEM's own figures with those that our events give.

    Zendesk: metric sets. Chatwoot: reporting events. Amazon Connect: contact records. For each figure it says how many
    tickets agree, by which rule the others differ, and how much of the difference of the sums each rule makes up. Exit
    code 1: some differ by no rule that is known.
    """
    export = EXPORTS[vendor]
    rules = rules_of(read_settings(config_file))
    logs = _logs(event_files, source, Decoder(rules.limits))
    ours = {name: Ticket(log, rules.definitions) for name, log in logs.items()}
    theirs = list(export.theirs(objects_of(_rows(files))))
    if not theirs:
        raise ConfigError(f"{', '.join(files)}: no {export.title} of {vendor} in there (docs/connect/reconcile.md)")
    compared = list(compare(ours, theirs, export.figures))
    found = totals(compared, export.figures)
    console = Console()
    for total in found:
        _print(console, total)
    _print_tickets(console, [item for item in compared if item.rule == UNEXPLAINED])
    if out is not None:
        _write(out, compared)
    if any(total.unexplained for total in found):
        raise click.exceptions.Exit(EXIT_UNEXPLAINED)


def _logs(files: Iterable[str], source: str | None, decoder: Decoder) -> dict[str, list[Event]]:
    latest_us = SystemClock().now_us()
    logs: dict[str, list[Event]] = {}
    for file in inputs(files):
        for line in events_of(file):
            result = decoder.decode(line.content, None, (), latest_us)
            if isinstance(result, tuple) and (source is None or result[1].uid.endswith(f" {source}")):
                insert(logs.setdefault(result[0], []), result[1])
    if not logs:
        raise ConfigError(f"--events {', '.join(files)}: no events{f' of {source}' if source else ''} in there")
    return logs


def _rows(files: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for file in inputs(files):
        yield from rows_of_file(file)


def _print(console: Console, total: Total) -> None:
    figure = total.figure
    unit = "" if figure.unit == "times" else " s"
    table = Table(title=figure.title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("")
    table.add_column("tickets", justify="right")
    table.add_column("sum" if unit == "" else "sum, seconds", justify="right")
    table.add_column("mean" if unit == "" else "mean, seconds", justify="right")
    table.add_row("ours", *_numbers(total.ours_count, total.ours_sum))
    table.add_row("theirs", *_numbers(total.theirs_count, total.theirs_sum))
    table.add_row("ours - theirs", "", f"{total.ours_sum - total.theirs_sum:+,.1f}", "", style="bold", end_section=True)
    for share in total.shares:
        rule = share.rule or f"agree, within {figure.tolerance:g}{unit or ' times'}"
        table.add_row(rule, f"{share.tickets:,}", f"{share.difference:+,.1f}", "")
    console.print(table)


def _numbers(count: int, amount: float) -> tuple[str, str, str]:
    return f"{count:,}", f"{amount:,.1f}", f"{amount / count:,.1f}" if count else "-"


def _print_tickets(console: Console, unexplained: list[Compared]) -> None:
    for item in unexplained[:MOST_SHOWN]:
        console.print(
            f"unexplained: ticket {item.ticket}, {item.figure}: ours {_shown(item.ours)}, theirs {_shown(item.theirs)}",
            highlight=False,
        )
    if len(unexplained) > MOST_SHOWN:
        console.print(f"and {len(unexplained) - MOST_SHOWN:,} more (--out has all)")


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:,.1f}"


def _write(out: Path, compared: Iterable[Compared]) -> None:
    try:
        with out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("ticket", "figure", "ours", "theirs", "difference", "rule"))
            for item in compared:
                writer.writerow(
                    (item.ticket, item.figure, item.ours, item.theirs, item.difference, item.rule or "agree")
                )
    except OSError as error:
        raise ConfigError(f"--out {out}: {error.strerror or error}; give a file that can be written") from error
