"""The option ``--config`` and the only place that reads the environment."""

from __future__ import annotations

import os
from pathlib import Path

import click

from stream.settings import Loaded, Settings, load

config_option = click.option(
    "--config",
    "config_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="TOML file with settings (also: DESKPULSE_CONFIG). Environment variables win over it.",
)
"""Decorator: gives a command the argument ``config_file: Path | None``."""


def read_settings(config_file: Path | None) -> Settings:
    """The settings of this process; ConfigError lists all that is wrong."""
    return read_loaded(config_file).settings


def read_loaded(config_file: Path | None) -> Loaded:
    """Like ``read_settings``, and says where each value came from."""
    return load(os.environ, config_file)
