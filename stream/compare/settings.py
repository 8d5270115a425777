"""The settings of one side: the user's, with the clock of events and the window of everything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stream.replay.plan import counting_of_history, laid_over_environment
from stream.settings import Settings, load


def settings_of_side(environ: Mapping[str, str], config_file: Path | None, by: str) -> Settings:
    """What a replay of ``config_file`` would count by. ConfigError: the settings do not fit together."""
    laid_over = counting_of_history(load(environ, config_file), by)
    return load(laid_over_environment(environ, laid_over), config_file).settings
