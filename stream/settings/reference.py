"""Settings as a commented file: what is at its default is commented out, passwords are left out."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from textwrap import wrap

from pydantic.fields import FieldInfo

from .catalogue import FILE_SUFFIX, OTHER_VARIABLES, Field, fields, text_of, value_at
from .connect import ConnectSettings
from .connect_sections import SECRET, allowed_in_section, variable_of
from .load import Loaded
from .tables import TABLES, TableKind

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
    lines += ["", "# ---- connect: other systems, each with a name of its own ----"]
    lines += ["", "# NAME is yours, in capitals here; options are in a file only: deskpulse settings --format toml"]
    for name, info in _of_sections():
        lines += ["", *_wrapped(info.description or "", f"Allowed: {allowed_in_section(name, info)}.")]
        default = "" if name == "vendor" or name in SECRET or info.default is None else text_of(info.default)
        lines.append(f"# {variable_of('name', name)}={default}")
    for section in loaded.settings.connect:
        lines += ["", *(f"{variable_of(section.name, name)}={text_of(value)}" for name, value in _given(section))]
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
    for kind in TABLES:
        lines += _table_example(kind)
        held = value_at(loaded.settings, kind.path)
        assert isinstance(held, dict | tuple)
        entries = held.items() if isinstance(held, dict) else (("", entry) for entry in held)
        for name, entry in entries:
            lines += ["", f"[{kind.key}.{name}]" if kind.is_named else f"[[{kind.key}]]"]
            lines += [
                f"{key} = {_toml_option(value)}" for key, value in entry.model_dump(exclude_defaults=True).items()
            ]
    lines += ["", "# Other systems, each with a name of its own: docs/connect/gateway.md.", "#[[connect]]"]
    lines += ["", '#name = "acme"']
    for name, info in _of_sections():
        lines += ["", *_wrapped(info.description or "", f"Allowed: {allowed_in_section(name, info)}.")]
        is_bare = name in ("vendor", "api_token") or info.default is None
        default = "[]" if name == "secrets" else _toml_value("" if is_bare else info.default)
        lines.append(f"#{name} = {default}")
    lines += ["", "#[connect.options]"]
    for section in loaded.settings.connect:
        lines += ["", "[[connect]]", f"name = {_toml_value(section.name)}"]
        lines += [
            f"{name} = {_toml_value(str(value) if isinstance(value, Path) else value)}"
            for name, value in _given(section)
        ]
        if section.secrets:
            lines.append("#secrets = []  (are set; not shown)")
        if section.api_token.get_secret_value():
            lines.append('#api_token = ""  (is set; not shown)')
        if section.options:
            lines += [
                "[connect.options]",
                *(f"{key} = {_toml_option(value)}" for key, value in section.options.items()),
            ]
    return "\n".join(lines) + "\n"


def _table_example(kind: TableKind) -> list[str]:
    lines = ["", *_wrapped(kind.meaning), f"#[{kind.key}.{kind.example}]" if kind.is_named else f"#[[{kind.key}]]"]
    for name, info in kind.model.model_fields.items():
        default = info.get_default(call_default_factory=True)
        shown = "" if info.is_required() or default is None else _toml_option(default)
        lines += ["", *_wrapped(info.description or ""), f"#{name} = {shown}".rstrip()]
    return lines


def _of_sections() -> list[tuple[str, FieldInfo]]:
    """The fields of a section ``[[connect]]`` that hold one value."""
    return [item for item in ConnectSettings.model_fields.items() if item[0] not in ("name", "options")]


def _given(section: ConnectSettings) -> list[tuple[str, object]]:
    """What a section has besides its name, its options and what is secret."""
    return [
        (name, value)
        for name, info in _of_sections()
        if name not in SECRET and (value := getattr(section, name)) != info.default
    ]


def _toml_option(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml_value(str(key))} = {_toml_option(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml_option, value)) + "]"
    return _toml_value(value)


def _comments(field: Field) -> list[str]:
    return _wrapped(field.meaning, f"Allowed: {field.allowed}.")


def _wrapped(*texts: str) -> list[str]:
    return [f"# {line}" for text in texts for line in wrap(text, _WIDTH)]


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
