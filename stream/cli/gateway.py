"""``deskpulse gateway``: take webhooks of other systems, and write what they tell into Kafka."""

from __future__ import annotations

from pathlib import Path

import click

from stream.cli.configuration import config_option, read_settings, servers_option


@click.command("gateway", short_help="Take webhooks of other systems, and write events into Kafka.")
@config_option
@servers_option
def gateway_command(config_file: Path | None, bootstrap_servers: str | None) -> None:
    """Listen at /hooks/NAME for each section [[connect]] of the settings (docs/connect/gateway.md).

    A delivery is answered with 2xx once Kafka has acknowledged what follows from it. SIGTERM or Ctrl-C: what has
    begun is answered, and what comes meanwhile is told to come again.
    """
    settings = read_settings(config_file, bootstrap_servers)
    from stream.gateway.run import run_gateway

    run_gateway(settings)
