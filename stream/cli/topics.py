"""``deskpulse topics``: are the Kafka topics as they should be? Creates and repairs them when asked."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stream.cli import repartitioning
from stream.cli.configuration import config_option, read_settings, servers_option
from stream.cli.consoles import table_console
from stream.edge.process.crash_points import POINTS

if TYPE_CHECKING:
    from stream.edge.kafka.topics import TopicReport


@click.command("topics", short_help="Check the Kafka topics; create or repair them.")
@config_option
@servers_option
@click.option("--create", is_flag=True, help="Create the topics that are missing.")
@click.option("--fix", is_flag=True, help="Set the configuration that differs. Never changes partitions.")
@click.option(
    "--repartition",
    type=click.IntRange(1),
    metavar="N",
    help="Go over to N partitions, with all workers stopped and all events counted. Says what it would do.",
)
@click.option("--yes", is_flag=True, help="With --repartition: do it.")
@click.option("--misrouted", is_flag=True, help="With --repartition: move also what lies where its id does not belong.")
@click.option("--die-at", type=(click.Choice(POINTS), int), hidden=True, help="For fault tests: POINT COUNT.")
def topics_command(
    config_file: Path | None,
    bootstrap_servers: str | None,
    create: bool,
    fix: bool,
    repartition: int | None,
    yes: bool,
    misrouted: bool,
    die_at: tuple[str, int] | None,
) -> None:
    """Compare the topics in Kafka with what Deskpulse needs; without options nothing is changed.

    Ends with exit code 1 while something is missing or differs.
    """
    if repartition is not None and (create or fix):
        raise click.UsageError("--repartition goes alone: --create and --fix are for the topics as they are.")
    if repartition is None and (yes or misrouted):
        raise click.UsageError("--yes and --misrouted are for --repartition.")
    # Kafka's clients take long to import: not before the settings are known to be right.
    settings = read_settings(config_file, bootstrap_servers)
    if repartition is not None:
        repartitioning.repartition(settings, repartition, is_meant=yes, may_be_misrouted=misrouted, die_at=die_at)
        return
    from stream.edge.kafka.topics import ensure_topics, next_step

    report = asyncio.run(ensure_topics(settings, create=create, fix=fix))
    _print_table(report)
    if report.differences:
        click.echo(next_step(report.differences))
        raise click.exceptions.Exit(1)


def _print_table(report: TopicReport) -> None:
    from rich import box
    from rich.table import Table

    console = table_console()
    table = Table(box=box.SIMPLE)
    table.add_column("Topic", no_wrap=True)
    table.add_column("Partitions", justify="right")
    table.add_column("State", no_wrap=True)
    table.add_column("What differs")
    for spec in report.desired:
        differences = [item for item in report.differences if item.topic == spec.name]
        table.add_row(
            spec.name,
            next((item.found for item in differences if item.key == "partitions"), str(spec.partitions)),
            _state(spec.name, report, [item.kind for item in differences]),
            "\n".join(item.sentence for item in differences if item.kind != "missing"),
        )
    console.print(table)


def _state(name: str, report: TopicReport, kinds: list[str]) -> str:
    if kinds:
        return "[red]missing[/]" if "missing" in kinds else "[yellow]differs[/]"
    if name in report.created:
        return "[green]created[/]"
    return "[green]repaired[/]" if name in report.repaired else "[green]right[/]"
