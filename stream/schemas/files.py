"""Where the files of ``schemas/`` lie: beside the package in a checkout, under the prefix once installed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import stream
from stream.errors import ConfigError

INSTALLED_FOLDER: Final = Path("share", "deskpulse", "schemas")


def schema_root() -> Path:
    """The folder ``schemas``. Raises ConfigError when the installation lacks it."""
    # The user scheme of pip puts data files under the user base instead of the prefix: look beside the package too.
    package = Path(stream.__file__).resolve().parent
    candidates = [
        package.parent / "schemas",
        Path(sys.prefix) / INSTALLED_FOLDER,
        *(parent / INSTALLED_FOLDER for parent in package.parents[1:5]),
    ]
    for folder in candidates:
        # A folder of that name may be anybody's; ours holds topic files.
        if (folder / "topics" / "tickets.yaml").is_file():
            return folder
    places = ", ".join(str(folder) for folder in candidates[:2])
    raise ConfigError(f"the folder schemas is in none of {places}: install deskpulse again")


def load_schema(file_name: str) -> dict[str, Any]:
    """A JSON Schema by file name, e.g. ``tickets.v1.schema.json``."""
    path = schema_root() / file_name
    try:
        schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: not a readable JSON Schema: {error}") from error
    return schema
