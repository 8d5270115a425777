"""Settings as a commented file: what is at its default is commented out, passwords are left out."""

from __future__ import annotations

import json
from itertools import groupby
from textwrap import wrap

from .catalogue import FILE_SUFFIX, OTHER_VARIABLES, Field, fields, text_of, value_at
from .load import Loaded

_WIDTH = 100


def as_env(loaded: Loaded) -> str:
    """An environment file: ``NAME=value``, for a shell, compose, systemd or Kubernetes."""
    lines = [
        "# All settings of Deskpulse, with their defaults. Made by: deskpulse settings --format env",
        "# To change one, remove the '#' before its name. Lists are comma separated.",
    ]
    for section, members in groupby(fields(), key=lambda field: field.path[:-1]):
        lines += ["", f"# ---- {'.'.join(section) or 'general'} ----"]
        for field in members:
            text = "" if field.is_secret else text_of(value_at(loaded.settings, field.path))
            lines += ["", *_comments(field), _line(f"{field.variable}={text}", field, loaded)]
            if field.is_secret:
                lines.append(_file_line(f"{field.file_variable}=", str(loaded.secret_files.get(field.path, ""))))
    lines += ["", "# ---- not settings, but read by the command line ----"]
    for name, meaning in OTHER_VARIABLES.items():
        lines += ["", *(f"# {line}" for line in wrap(meaning, _WIDTH)), f"#{name}="]
    return "\n".join(lines) + "\n"


def as_toml(loaded: Loaded) -> str:
    """A file for ``--config``."""
    lines = [
        "# All settings of Deskpulse, with their defaults. Made by: deskpulse settings --format toml",
        "# To change one, remove the '#' before its name. The environment wins over this file.",
    ]
    for section, members in groupby(fields(), key=lambda field: field.path[:-1]):
        lines += ["", f"[{'.'.join(section)}]"] if section else []
        for field in members:
            value = "" if field.is_secret else value_at(loaded.settings, field.path)
            lines += ["", *_comments(field), _line(f"{field.path[-1]} = {_toml_value(value)}", field, loaded)]
            if field.is_secret:
                file = _toml_value(str(loaded.secret_files.get(field.path, "")))
                lines.append(_file_line(f"{field.path[-1]}{FILE_SUFFIX} = ", file, unset='""'))
    return "\n".join(lines) + "\n"


def _comments(field: Field) -> list[str]:
    return [f"# {line}" for text in (field.meaning, f"Allowed: {field.allowed}.") for line in wrap(text, _WIDTH)]


def _line(line: str, field: Field, loaded: Loaded) -> str:
    if field.path in loaded.secret_files:
        return f"#{line}"
    if field.is_secret and loaded.origins[field.path] != "default":
        return f"#{line}  (is set; not shown)"
    return f"#{line}" if loaded.origins[field.path] == "default" else line


def _file_line(start: str, file: str, unset: str = "") -> str:
    return f"#{start}{file}" if file == unset else f"{start}{file}"


def _toml_value(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    if isinstance(value, bool | int | float):
        return text_of(value)
    return json.dumps(text_of(value), ensure_ascii=False)
