"""``deskpulse metrics``: the page METRICS.md of this installation, with what installed packages add."""

from __future__ import annotations

import click


@click.command("metrics", short_help="Print what is counted: definitions, rows, gauges, facts.")
def metrics_command() -> None:
    """Print the reference of all metrics, as Markdown: METRICS.md, and what installed packages add to it."""
    from stream.metrics import METRICS
    from stream.metrics.reference import reference

    click.echo(reference(METRICS), nl=False)
