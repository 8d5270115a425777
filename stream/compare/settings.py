"""The settings of one side: the user's, with the clock of events and the window of everything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stream.replay.plan import clock_of_events
from stream.settings import Settings, load
from stream.settings.catalogue import fields


def settings_of_side(environ: Mapping[str, str], config_file: Path | None, by: str) -> Settings:
    """What a replay of ``config_file`` would count by. ConfigError: the settings do not fit together."""
    given = load(environ, config_file)
    laid_over = clock_of_events(given)
    names = given.settings.group_by.names
    if by not in names:
        laid_over["group_by.names"] = ",".join((*names, by))
    variables = {field.key: field.variable for field in fields()}
    return load({**environ, **{variables[key]: value for key, value in laid_over.items()}}, config_file).settings
