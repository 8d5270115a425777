"""``deskpulse broker``: Apache Kafka on this machine until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

DEFAULT_PORT = 19392
_LOOK_SECONDS = 0.5


@click.command("broker", short_help="Run Apache Kafka on this machine, for trying things out.")
@click.option(
    "--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65_535), help="Port; 0 takes a free one."
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".deskpulse/broker"),
    show_default=True,
    help="Folder that keeps the topics between runs.",
)
@click.option("--nodes", default=1, show_default=True, type=click.IntRange(1, 5), help="Brokers of the cluster.")
def broker_command(port: int, data_dir: Path, nodes: int) -> None:
    """Run Apache Kafka on loopback until Ctrl-C. Nothing but Python is needed; its jars are fetched once."""
    from stream.broker.embedded import EmbeddedKafka
    from stream.errors import UnavailableError

    ending = threading.Event()
    kafka = EmbeddedKafka(data_dir, port, nodes)
    with kafka:
        # Only now: while it fetches and starts, Ctrl-C ends at once, as ever.
        signal.signal(signal.SIGTERM, lambda *_: ending.set())
        signal.signal(signal.SIGINT, lambda *_: ending.set())
        click.echo(f"Apache Kafka answers on {kafka.bootstrap_servers}, data in {kafka.data_dir}. Ctrl-C stops it.")
        while not ending.wait(_LOOK_SECONDS):
            dead = [node for node in range(1, nodes + 1) if not kafka.is_alive(node)]
            if dead:
                raise UnavailableError(f"node {dead[0]} of Apache Kafka has ended; its log: {kafka.log_file(dead[0])}")
    click.echo("Apache Kafka has stopped.")
