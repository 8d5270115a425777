"""``deskpulse metrics``: the page METRICS.md of this installation, with what packages and settings add."""

from __future__ import annotations

from pathlib import Path

import click

from stream.cli.configuration import config_option, read_loaded


@click.command("metrics", short_help="Print what is counted: definitions, rows, gauges, facts.")
@config_option
def metrics_command(config_file: Path | None) -> None:
    """Print the reference of all metrics, as Markdown: METRICS.md, and what packages and [[variants]] add to it."""
    from stream.metrics.reference import reference

    click.echo(reference(read_loaded(config_file).settings.registry.metrics), nl=False)
