"""What can be set: every field with its names, bounds and meaning, read off the model itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from .http import ANCESTORS, PLACES
from .model import Settings
from .section import Section
from .tables import TABLE_PATHS

PREFIX = "DESKPULSE_"
FILE_SUFFIX = "_file"
"""What a secret's name ends with where the value is a file that holds it."""

CONNECT = ("connect",)
"""Where the sections ``[[connect]]`` are in the model: each has a name, so they have no fixed paths."""

OTHER_VARIABLES = {
    "DESKPULSE_CONFIG": "TOML file with settings; the environment wins over it. The same as --config.",
    "DESKPULSE_TRACEBACK": "1: show where in the program an error was raised.",
}
"""Environment variables of the command line that are no settings."""

_UNITS = {
    "_seconds": "seconds",
    "_hours": "hours",
    "_days": "days",
    "_bytes": "bytes",
    "_characters": "characters",
    "partitions": "partitions",
    "_segments": "segments",
    "_factor": "copies",
}
_FILE = "a file that can be read"
_NETWORKS = "comma separated addresses and networks such as 10.0.0.7, 10.0.0.0/24"
_SPECIAL = {
    "kafka.bootstrap_servers": "host:port, comma separated",
    "windows.rolling": "comma separated, each a number and m, h or d, at most 400d",
    "windows.time_zone": "a name of the IANA time zone data",
    "dimensions": "comma separated, 1 to 8: a-z and 0-9, at most 32, starting with a letter",
    "definitions.answer_within_seconds": "seconds, and comma separated channel=seconds, each at most 86400",
    "definitions.csat_top_boxes": "a number of boxes, and comma separated points=boxes, fewer boxes than points",
    "definitions.short_abandon_seconds": "seconds, and comma separated channel=seconds, each at most 3600",
    "customers.currency": "three capital letters",
    "customers.rates": "comma separated currency=rate, such as USD=0.92",
    "group_by.names": "comma separated: all, or dimensions joined by _ in their order",
    "alerts.group_by": "comma separated: all, or dimensions joined by _ in their order",
    "export.windows": "comma separated windows that are published, or *",
    "export.group_bys": "comma separated groups that are published, or *",
    "export.definitions": "comma separated names of definitions, or *",
    "export.counters_by": "all, or dimensions joined by _ in their order, or none",
    "export.series_allow": "comma separated names of series, or regular expressions between two /",
    "export.series_deny": "comma separated names of series, or regular expressions between two /",
    "http.board": PLACES,
    "http.api": PLACES,
    "http.metrics": PLACES,
    "http.frame_ancestors": ANCESTORS,
    "http.allowed_hosts": "comma separated names, *.name for all below it, * for any",
    "http.tls_certificate": _FILE,
    "http.tls_key": _FILE,
    "http.tls_client_ca": _FILE,
    "http.trusted_proxies": _NETWORKS,
    "gateway.trusted_proxies": _NETWORKS,
    "gateway.tls_certificate": _FILE,
    "gateway.tls_key": _FILE,
    "topics.grown_from": "whole numbers from 1 that rise, comma separated, all below topics.partitions",
    "application_id": "a-z, 0-9, '.' and '-', at most 100, starting with a letter or digit",
    "kafka.group_instance_id": "letters, digits, '.', '_' and '-', at most 200",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One setting; ``path`` is its place in the model and in a file: ``("kafka", "replication_factor")``."""

    path: tuple[str, ...]
    default: object
    allowed: str
    meaning: str
    is_secret: bool

    @property
    def key(self) -> str:
        """Dotted path, as a TOML file has it."""
        return ".".join(self.path)

    @property
    def variable(self) -> str:
        """Name of the environment variable."""
        return PREFIX + "__".join(self.path).upper()

    @property
    def file_variable(self) -> str:
        """Name of the environment variable that names a file with the value; secrets only."""
        return self.variable + FILE_SUFFIX.upper()


def fields() -> tuple[Field, ...]:
    """Every setting, in the order of the model."""
    return tuple(_walk(Settings(), ()))


def value_at(settings: Settings, path: tuple[str, ...]) -> object:
    """The value of one field."""
    value: object = settings
    for name in path:
        value = getattr(value, name)
    return value


def text_of(value: object) -> str:
    """A value as one writes it in the environment; a secret is masked."""
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return "***" if value.get_secret_value() else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _walk(section: Section, prefix: tuple[str, ...]) -> Iterator[Field]:
    for name, info in type(section).model_fields.items():
        path = (*prefix, name)
        value = getattr(section, name)
        if isinstance(value, Section):
            yield from _walk(value, path)
            continue
        if path == CONNECT or path in TABLE_PATHS:
            continue
        yield Field(
            path=path,
            default=value,
            allowed=allowed_text(".".join(path), info, value),
            meaning=info.description or "",
            is_secret=isinstance(value, SecretStr),
        )


def allowed_text(key: str, info: FieldInfo, value: object) -> str:
    """What may be written for a field, in words; ``value`` is its default."""
    if key in _SPECIAL:
        return _SPECIAL[key]
    if get_origin(info.annotation) is Literal:
        return "one of " + ", ".join(get_args(info.annotation))
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        kind = "whole number" if isinstance(value, int) else "number"
        low, high = (_bound(info, name) for name in ("ge", "le"))
        return f"{kind} of {_unit(key)}from {low} to {high}".replace("of from", "from")
    if key.startswith("topics."):
        return "letters, digits, '.', '_' and '-', at most 249"
    if isinstance(value, SecretStr):
        return f"text; or in {PREFIX}{key.replace('.', '__').upper()}{FILE_SUFFIX.upper()} a file that holds it"
    return _FILE if key.endswith("_file") else "text"


def _bound(info: FieldInfo, name: str) -> str:
    return next(text_of(getattr(item, name)) for item in info.metadata if hasattr(item, name))


def _unit(key: str) -> str:
    if "_events" in key:
        return "events "
    return next((f"{unit} " for suffix, unit in _UNITS.items() if key.endswith(suffix)), "")
