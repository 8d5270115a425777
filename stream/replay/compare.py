"""Comparing the metric rows of two replays: byte for byte, except for what tells how a row came about.

``revision`` counts how often a row was published on the way, ``watermark`` how far the input was when it last
changed. Both depend on timing, and end every row; all before them is the number and has to be equal.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import orjson

from stream.errors import ConfigError

_ABOUT_TIMING: Final = b',"revision":'


def compare_metrics(one: Path, other: Path) -> list[str]:
    """A sentence for each row that differs; an empty list: the files say the same."""
    rows, other_rows = _read(one), _read(other)
    differences = []
    for key in sorted(rows.keys() | other_rows.keys()):
        mine, theirs = rows.get(key), other_rows.get(key)
        if mine is None or theirs is None:
            differences.append(f"{key}: only in {one if theirs is None else other}")
        elif mine != theirs:
            differences.append(f"{key}: {_differing(mine, theirs)}")
    return differences


def number_of(row: bytes) -> bytes:
    """A row without ``revision`` and ``watermark``."""
    return row.rpartition(_ABOUT_TIMING)[0]


def _read(file: Path) -> dict[str, bytes]:
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise ConfigError(
            f"cannot read {file}: {error.strerror or error}. Give the --out of another replay."
        ) from error
    try:
        return {_key_of(orjson.loads(line)): number_of(line) for line in lines}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{file} does not hold metric rows: {error}") from error


def _key_of(row: dict[str, Any]) -> str:
    segment = "/".join(row["segment"].values())
    return f"{row['metric']}|{row['definition']}|{row['by']}|{segment}|{row['window']}"


def _differing(mine: bytes, theirs: bytes) -> str:
    one, other = orjson.loads(mine + b"}"), orjson.loads(theirs + b"}")
    fields = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    return ", ".join(f"{name} {one.get(name)} and {other.get(name)}" for name in fields) or "written differently"
