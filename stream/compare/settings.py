"""The settings of one side: the user's, with the clock of events and the window of everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from stream.errors import ConfigError
from stream.replay.plan import counting_of_history, laid_over_environment
from stream.settings import Settings, load


def settings_of_side(environ: Mapping[str, str], config_file: Path | None, by: str) -> Settings:
    """What a replay of ``config_file`` would count by. ConfigError: the settings do not fit together."""
    laid_over = counting_of_history(load(environ, config_file), by)
    return load(laid_over_environment(environ, laid_over), config_file).settings


def require_definitions(definitions: Iterable[str], settings: Settings) -> None:
    """ConfigError: one of them, ``name@version``, is none of these settings. Before anything is counted."""
    known = [row.definition_id for row in settings.registry.rows]
    for definition in definitions:
        if definition not in known:
            close = " or ".join(get_close_matches(definition, known, n=3, cutoff=0.3)) or ", ".join(known)
            raise ConfigError(
                f"--definition {definition}: there is none of this name and version. Did you mean {close}? "
                "`deskpulse metrics` lists them all"
            )
