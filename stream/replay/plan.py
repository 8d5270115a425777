"""The settings of a replay: the user's, except for what makes it a replay and keeps it apart from everything else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from stream.errors import ConfigError
from stream.settings import CUSTOMER_TOPICS, LOGICAL_TOPICS, Loaded, Settings, load
from stream.settings.catalogue import fields, text_of
from stream.settings.dimensions import wrong_group

UNKNOWN_BROKER: Final = "127.0.0.1:9092"
"""Stands for an embedded broker that has not been started yet."""

_PUBLISH_SECONDS: Final = "1"
_PARTITIONS: Final = "4"
"""A replay has few workers, and every partition costs transactions."""


class Wanted(Struct, frozen=True):
    """What the command line asks for. ``run`` is unique and names all that this replay makes in Kafka."""

    run: str
    broker: str
    embedded: bool
    partitions: int | None = None
    by: str | None = None

    def at(self, broker: str) -> Wanted:
        """The same at a broker that is known now."""
        return replace(self, broker=broker)


class Plan(Struct, frozen=True):
    """``settings`` are those of this process; ``environ`` and ``config_file`` give a worker the very same."""

    settings: Settings
    environ: Mapping[str, str]
    config_file: Path | None


def plan_replay(environ: Mapping[str, str], config_file: Path | None, wanted: Wanted) -> Plan:
    """The user's settings, turned into those of a replay. ConfigError: they do not fit together.

    Everything is laid over the environment, which wins over the file: so a worker started with the same file and the
    resulting environment reads exactly these settings.
    """
    given = load(environ, config_file)
    laid_over = {**_connection(wanted), **_own_names(wanted.run), **counting_of_history(given, wanted.by)}
    if given.origins["topics", "partitions"] == "default":
        laid_over["topics.partitions"] = _PARTITIONS
    if wanted.partitions is not None:
        laid_over["topics.partitions"] = str(wanted.partitions)
    combined = laid_over_environment(environ, laid_over)
    return Plan(load(combined, config_file).settings, combined, config_file)


def laid_over_environment(environ: Mapping[str, str], laid_over: Mapping[str, str]) -> dict[str, str]:
    """``environ`` with the variables of the settings ``laid_over``, by key, which so win over any file."""
    combined = dict(environ)
    for field in fields():
        if field.key in laid_over:
            combined[field.variable] = laid_over[field.key]
            if field.is_secret:
                combined[field.file_variable] = ""  # or the secret would come back from its file
    return combined


def _connection(wanted: Wanted) -> dict[str, str]:
    if not wanted.embedded:
        return {"kafka.bootstrap_servers": wanted.broker, "kafka.group_instance_id": ""}
    # Logins and certificates in the user's settings belong to another Kafka.
    defaults = {field.key: text_of(field.default) for field in fields() if field.path[0] == "kafka"}
    return {**defaults, "kafka.bootstrap_servers": wanted.broker}


def _own_names(run: str) -> dict[str, str]:
    topics = {
        f"topics.{logical}": f"{run}.{logical.replace('_', '-')}" for logical in (*LOGICAL_TOPICS, *CUSTOMER_TOPICS)
    }
    return {**topics, "topics.prefix": "", "application_id": run}


def counting_of_history(given: Loaded, by: str | None) -> dict[str, str]:
    """Settings, by key, by which history is counted: now is the newest event, and nothing is ever too old.

    ``by``: a group that is wanted besides those there are. ConfigError: it is none.
    """
    laid_over = {
        "clock": "event",
        "windows.total": "true",
        "http.enabled": "false",
        "pipeline.publish_interval_seconds": _PUBLISH_SECONDS,
    }
    if given.origins["definitions", "reopen_horizon_days"] == "default":
        # Events come in any order: a ticket must never be forgotten before its last event is there.
        laid_over["definitions.reopen_horizon_days"] = "0"
    names = given.settings.group_by.names
    if by is not None and (wrong := wrong_group(by, given.settings.dimensions)):
        raise ConfigError(f"--by {wrong}")
    if by is not None and by not in names:
        laid_over["group_by.names"] = ",".join((*names, by))
    return laid_over
