"""Settings from defaults, then a TOML file, then the environment. All problems are told at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stream.errors import ConfigError

from .catalogue import CONNECT, OTHER_VARIABLES, PREFIX, Field, fields
from .connect_sections import ConnectSections
from .model import Settings
from .secret_files import read_secret, secrets_by_file
from .tables import TablePath, put_tables, take_tables
from .toml_file import read_toml

Origin = Literal["default", "file", "environment"]
_Path = tuple[str, ...]

# With a Service named deskpulse in its namespace, Kubernetes puts DESKPULSE_SERVICE_HOST and the like into
# every container. DESKPULSE_PORT and its kin are told from a misspelt setting by their value.
_SERVICE_LINK = re.compile(r"DESKPULSE_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")
_SERVICE_ADDRESS = re.compile(r"(tcp|udp|sctp)://")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and for every field (by its path in the model) where its value came from.

    ``secret_files``: the secrets that were read from a file, by the path of their setting.
    """

    settings: Settings
    origins: Mapping[_Path, Origin]
    config_file: Path | None
    secret_files: Mapping[_Path, Path]


@dataclass(frozen=True, slots=True)
class _Given:
    """A value, and how the user wrote its key: variable or dotted key; ``place`` is the file.

    ``secret_file``: where a secret was read from that was given as a file.
    """

    name: str
    value: object
    origin: Origin
    place: str
    secret_file: Path | None = None


def load_settings(environ: Mapping[str, str], config_file: Path | None = None) -> Settings:
    """The settings that ``environ`` and the file give; ConfigError lists everything that is wrong with them.

    Without ``config_file`` the variable DESKPULSE_CONFIG may name one.
    """
    return load(environ, config_file).settings


def load(environ: Mapping[str, str], config_file: Path | None = None) -> Loaded:
    """Like ``load_settings``, and says where each value came from."""
    catalogue = {field.path: field for field in fields()}
    if config_file is None and environ.get("DESKPULSE_CONFIG"):
        config_file = Path(environ["DESKPULSE_CONFIG"])
    problems: list[str] = []
    given: dict[_Path, _Given] = {}
    sections = ConnectSections()
    tables: dict[TablePath, Any] = {}
    if config_file is not None:
        table, tables = take_tables(_read_toml(config_file, problems), config_file, problems)
        table = sections.take_table(table, config_file, problems)
        given |= _with_secrets(_from_table(table, config_file, catalogue, problems), catalogue, problems)
    others = sections.take_environment(environ, problems)
    given |= _with_secrets(_from_environment(others, catalogue, problems), catalogue, problems)
    settings = _validate(given, {**tables, CONNECT: sections.read(problems)}, catalogue, problems)
    if problems or settings is None:
        raise ConfigError("\n".join(problems))
    origins = {path: given[path].origin if path in given else "default" for path in catalogue}
    secret_files = {path: item.secret_file for path, item in given.items() if item.secret_file is not None}
    return Loaded(settings, origins, config_file, secret_files)


def _read_toml(file: Path, problems: list[str]) -> Mapping[str, object]:
    try:
        return read_toml(file)
    except OSError as error:
        problems.append(f"config file {file}: {error.strerror or error}; give a TOML file that can be read")
    except ValueError as error:
        problems.append(f"config file {file}: {error}")
    return {}


def _from_table(
    table: Mapping[str, object], file: Path, catalogue: Mapping[_Path, Field], problems: list[str]
) -> dict[_Path, _Given]:
    sections = {path[:-1] for path in catalogue}
    known = {*catalogue, *secrets_by_file(catalogue.values())}
    given: dict[_Path, _Given] = {}

    def visit(inner: Mapping[str, object], prefix: _Path) -> None:
        for key, value in inner.items():
            path = (*prefix, key)
            dotted = ".".join(path)
            if path in known:
                given[path] = _Given(dotted, value, "file", f" ({file})")
            elif path not in sections:
                hint = _did_you_mean(dotted, catalogue, "key")
                problems.append(f"{dotted} ({file}): no such setting{hint}")
            elif isinstance(value, dict):
                visit(value, path)
            else:
                problems.append(f"{dotted} ({file}): is a section; write [{dotted}] with its settings below")

    visit(table, ())
    return given


def _from_environment(
    environ: Mapping[str, str], catalogue: Mapping[_Path, Field], problems: list[str]
) -> dict[_Path, _Given]:
    by_variable = {field.variable: field.path for field in catalogue.values()}
    by_variable |= {field.file_variable: path for path, field in secrets_by_file(catalogue.values()).items()}
    given: dict[_Path, _Given] = {}
    for name, value in sorted(environ.items()):
        if name in by_variable:
            given[by_variable[name]] = _Given(name, value, "environment", "")
        elif name.upper().startswith(PREFIX) and name not in OTHER_VARIABLES:
            if _is_service_link(name, value):
                continue
            # The value stays out of the message: it may be a password under a misspelt name.
            hint = _did_you_mean(name.upper().removeprefix(PREFIX).replace("__", "."), catalogue, "variable")
            problems.append(f"{name}: no such setting{hint}")
    return given


def _with_secrets(
    given: Mapping[_Path, _Given], catalogue: Mapping[_Path, Field], problems: list[str]
) -> dict[_Path, _Given]:
    """What one source gives, with the content of secret files in the place of their names."""
    read = dict(given)
    for path, field in secrets_by_file(catalogue.values()).items():
        named = read.pop(path, None)
        if named is None or named.value == "":
            continue
        direct = read.get(field.path)
        if direct is not None and direct.value != "":
            problems.append(
                f"{named.name}={named.value!r}{named.place}: {direct.name} is given too; leave one of the two out"
            )
            continue
        file = Path(str(named.value))
        try:
            read[field.path] = _Given(named.name, read_secret(file), named.origin, named.place, file)
        except ValueError as error:
            problems.append(
                f"{named.name}={named.value!r}{named.place}: {error}; allowed: a file that can be read and holds "
                "nothing but the secret"
            )
            # The secret was meant to be there: that it is missing is no second problem.
            read[field.path] = _Given(named.name, "?", named.origin, named.place, file)
    return read


def _is_service_link(name: str, value: str) -> bool:
    is_address = name.endswith("_PORT") and _SERVICE_ADDRESS.match(value) is not None
    return is_address or _SERVICE_LINK.fullmatch(name) is not None


def _did_you_mean(wrong: str, catalogue: Mapping[_Path, Field], attribute: Literal["key", "variable"]) -> str:
    known: dict[str, Field] = {}
    for field in catalogue.values():
        # A section that was left out, or joined with one underscore, is the commonest slip.
        for spelling in (field.key, field.key.replace(".", "_"), field.path[-1]):
            known.setdefault(spelling, field)
    close = get_close_matches(wrong.lower(), known, n=1, cutoff=0.6)
    if not close:
        return "; `deskpulse settings` lists all"
    return f"; did you mean {getattr(known[close[0]], attribute)}?"


def _validate(
    given: Mapping[_Path, _Given],
    tables: Mapping[TablePath, Any],
    catalogue: Mapping[_Path, Field],
    problems: list[str],
) -> Settings | None:
    nested = put_tables(tables, {})
    for path, item in given.items():
        inner = nested
        for name in path[:-1]:
            child = inner.setdefault(name, {})
            assert isinstance(child, dict)  # sections and fields have different paths
            inner = child
        inner[path[-1]] = item.value
    try:
        return Settings.model_validate(nested)
    except ValidationError as error:
        for details in error.errors():
            line = _problem(details, given, catalogue)
            if line not in problems:  # two wrong elements of one list are one problem
                problems.append(line)
        return None


def _problem(details: ErrorDetails, given: Mapping[_Path, _Given], catalogue: Mapping[_Path, Field]) -> str:
    path = tuple(part for item in details["loc"] for part in str(item).split("."))
    while path and path not in catalogue:
        path = path[:-1]  # an element of a list is told by its list
    if not path:
        return details["msg"]
    field = catalogue[path]
    reason = f"allowed: {field.allowed}"
    if details["type"] in ("value_error", "cross_check"):
        reason = details["msg"].removeprefix("Value error, ")
    if path not in given:
        return f"{field.variable} (not set): {reason}"
    item = given[path]
    shown = _shown(item.value, field) if item.secret_file is None else repr(str(item.secret_file))
    return f"{item.name}={shown}{item.place}: {reason}"


def _shown(value: object, field: Field) -> str:
    if field.is_secret:
        return "***"
    text = re.sub(r"//[^@/\s]*@", "//***@", str(value))  # a URL may carry a password
    text = text if len(text) <= 200 else text[:200] + "…"
    return repr(text) if isinstance(value, str) else text
