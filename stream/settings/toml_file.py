"""TOML as users' editors write it."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any


def read_toml(file: Path) -> dict[str, Any]:
    """What the file holds; dates and times without quotes as the text that they would be in quotes.

    UTF-8's mark, which some editors put in front, is passed over. OSError: it cannot be read. ValueError says why it is
    not TOML.
    """
    try:
        return {key: _plain(value) for key, value in tomllib.loads(file.read_text(encoding="utf-8-sig")).items()}
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"not TOML: {error}") from None
    except RecursionError:
        raise ValueError("not TOML: tables or arrays in one another without end") from None


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value
