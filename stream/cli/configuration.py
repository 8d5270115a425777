"""The options that choose settings, and the only place that reads the environment."""

from __future__ import annotations

import os
from pathlib import Path

import click

from stream.settings import Loaded, Settings, load, load_settings

config_option = click.option(
    "--config",
    "config_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="TOML file with settings (also: DESKPULSE_CONFIG). Environment variables win over it.",
)
"""Decorator: gives a command the argument ``config_file: Path | None``."""

servers_option = click.option(
    "--bootstrap-servers", metavar="HOST:PORT,...", help="Kafka to connect to, instead of the setting's."
)
"""Decorator: gives a command the argument ``bootstrap_servers: str | None``."""


def read_settings(config_file: Path | None, bootstrap_servers: str | None = None) -> Settings:
    """The settings of this process, with ``bootstrap_servers`` in place; ConfigError lists all that is wrong."""
    settings = read_loaded(config_file).settings
    if bootstrap_servers is None:
        return settings
    # Read as a setting, so that a wrong address is refused in the same words.
    given = load_settings({"DESKPULSE_KAFKA__BOOTSTRAP_SERVERS": bootstrap_servers}).kafka
    kafka = settings.kafka.model_copy(update={"bootstrap_servers": given.bootstrap_servers})
    return settings.model_copy(update={"kafka": kafka})


def read_loaded(config_file: Path | None) -> Loaded:
    """Like ``read_settings``, and says where each value came from."""
    return load(os.environ, config_file)
