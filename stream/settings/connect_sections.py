"""The sections ``[[connect]]`` from a file and from the environment: the only settings that have names of their own.

The variable of a field is ``DESKPULSE_CONNECT__<NAME>__<FIELD>``, the name in capitals and with ``_`` for ``-``.
It wins over the file's, and one with a vendor makes a section that the file does not have. Options are in the file
only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from .catalogue import PREFIX, allowed_text
from .connect import NAME, NAMES_ALLOWED, ConnectSettings

KEY: Final = "connect"
VARIABLE: Final = f"{PREFIX}CONNECT__"
SECRET: Final = ("secrets", "api_token")
"""Fields whose values are never shown."""


def variable_of(name: str, field: str) -> str:
    """Name of the environment variable of a field."""
    return f"{VARIABLE}{name.replace('-', '_')}__{field}".upper()


class ConnectSections:
    """What was given, section by section. `read` tells all problems at once, never a secret."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, object]] = {}
        self._written: dict[tuple[str, str], tuple[str, str]] = {}
        """How the user wrote a field's key, and where."""

    def take_table(self, table: Mapping[str, object], file: Path, problems: list[str]) -> dict[str, object]:
        """Take the sections out of a file; gives the rest of it."""
        rest = dict(table)
        found = rest.pop(KEY, [])
        if not isinstance(found, list) or not all(isinstance(section, dict) for section in found):
            problems.append(f"{KEY} ({file}): write [[connect]], with two brackets: there may be several")
            return rest
        for number, section in enumerate(found, 1):
            name = section.get("name")
            if not isinstance(name, str) or not NAME.fullmatch(name):
                shown = "is missing" if name is None else f"is {str(name)[:80]!r}"
                problems.append(f"{KEY} number {number} ({file}): name {shown}: allowed: {NAMES_ALLOWED}")
            elif name in self._values:
                problems.append(f"{KEY}.{name} ({file}): is there twice; give each a name of its own")
            else:
                self._values[name] = dict(section)
                self._written |= {(name, field): (f"{KEY}.{name}.{field}", f" ({file})") for field in section}
        return rest

    def take_environment(self, environ: Mapping[str, str], problems: list[str]) -> dict[str, str]:
        """Take the variables of sections; gives the others."""
        by_variable = {name.replace("-", "_").upper(): name for name in self._values}
        known = {field.upper(): field for field in ConnectSettings.model_fields if field not in ("name", "options")}
        rest: dict[str, str] = {}
        for variable, value in sorted(environ.items()):
            if not variable.startswith(VARIABLE):
                rest[variable] = value
                continue
            upper, _, part = variable.removeprefix(VARIABLE).partition("__")
            field = known.get(part)
            name = by_variable.get(upper, upper.lower().replace("_", "-"))
            if field is None or not re.fullmatch(r"[A-Z0-9_]+", upper) or not NAME.fullmatch(name):
                # The value stays out of the message: it may be a secret under a misspelt name.
                fields = ", ".join(sorted(known))
                problems.append(f"{variable}: no such setting; {VARIABLE}NAME__ is followed by one of {fields}")
                continue
            self._values.setdefault(name, {"name": name})[field] = value
            self._written[name, field] = (variable, "")
        return rest

    def read(self, problems: list[str]) -> tuple[ConnectSettings, ...]:
        """The sections that are right; what is wrong with the others is told."""
        made = []
        for name, values in self._values.items():
            try:
                made.append(ConnectSettings.model_validate(values))
            except ValidationError as error:
                lines = [self._problem(name, values, details) for details in error.errors()]
                problems += dict.fromkeys(lines)  # two wrong elements of one list are one problem
        return tuple(made)

    def _problem(self, name: str, values: Mapping[str, object], details: ErrorDetails) -> str:
        field = str(details["loc"][0])
        key, place = self._written.get((name, field), (f"{KEY}.{name}.{field}", ""))
        info = ConnectSettings.model_fields.get(field)
        if info is None:
            return f"{key}{place}: no such setting; there are {', '.join(ConnectSettings.model_fields)}"
        reason = details["msg"].removeprefix("Value error, ")
        if details["type"] != "value_error":
            reason = f"allowed: {allowed_in_section(field, info)}"
        if field not in values:
            return f"{key} (not set; {variable_of(name, field)}): {reason}"
        shown = "***" if field in SECRET else repr(values[field])[:200]
        return f"{key}={shown}{place}: {reason}"


def allowed_in_section(field: str, info: FieldInfo) -> str:
    """What may be written for a field of a section."""
    special = {
        "secrets": "texts, comma separated or an array",
        "secrets_file": "name of a file with one secret a line",
        "api_token": "a text, in quotes in a file",
        "api_token_file": "name of a file",
        "options": "a table [connect.options] below the section",
        "vendor": "cloudevents, or a name of `deskpulse convert`",
    }
    return special.get(field) or allowed_text(field, info, info.default)
