"""``deskpulse demo``: everything on this machine, with a simulated contact centre, until Ctrl-C."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import click

from stream.cli.broker import DEFAULT_PORT

PORT = click.IntRange(1, 65_535)


@click.command("demo", short_help="Start broker, worker and a simulated contact centre.")
@click.option("--http-port", type=PORT, default=8087, show_default=True, help="Port of wallboard and metrics.")
@click.option("--kafka-port", type=PORT, default=DEFAULT_PORT, show_default=True, help="Port of Apache Kafka.")
@click.option(
    "--rate",
    type=click.FloatRange(0, 100_000, min_open=True),
    default=60.0,
    show_default=True,
    help="Simulated contacts a minute.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".deskpulse/demo"),
    show_default=True,
    help="Folder that keeps topics and logs between runs.",
)
@click.option(
    "--for",
    "for_seconds",
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="End by itself, so long after it is ready.",
)
@click.option("--gateway", is_flag=True, help="Start a gateway too, and print a curl that posts to it.")
@click.option("--gateway-port", type=PORT, default=8091, show_default=True, help="Port of the gateway.")
def demo_command(
    http_port: int,
    kafka_port: int,
    rate: float,
    data_dir: Path,
    for_seconds: float | None,
    gateway: bool,
    gateway_port: int,
) -> None:
    """Start Apache Kafka, a worker and a simulated contact centre on this machine, and keep them running.

    Prints the addresses to look at. A worker or simulator that crashes is started again; when Kafka ends, so
    does the demo, and names its log. Ctrl-C ends everything.
    """
    from stream.demo.plan import DemoPlan
    from stream.demo.run import run_demo

    plan = DemoPlan(
        data_dir.resolve(), http_port, kafka_port, rate, gateway_port if gateway else 0, secrets.token_hex(16)
    )
    run_demo(plan, os.environ, click.echo, for_seconds)
