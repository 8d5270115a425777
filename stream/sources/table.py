"""Reading a CSV file (plain or .gz) row by row, with errors that say what is wrong with the file."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from stream.errors import ConfigError
from stream.sources.source import Row


def read_rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """Rows of the file as mappings. Raises ConfigError if it cannot be read or lacks one of ``columns``."""
    try:
        with _open(path) as file:
            yield from _checked(path, file, columns)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"cannot read {path}: {reason}. Give a .csv or .csv.gz file.") from error
    except (EOFError, zlib.error) as error:
        raise ConfigError(f"{path} ends in the middle or is damaged ({error}). Fetch it again.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text at byte {error.start}. Convert it to UTF-8.") from error
    except csv.Error as error:
        raise ConfigError(f"{path} is not a comma-separated table: {error}.") from error


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return cast(IO[str], gzip.open(path, "rt", encoding="utf-8-sig", newline=""))
    return path.open(encoding="utf-8-sig", newline="")


def _checked(path: Path, file: IO[str], columns: tuple[str, ...]) -> Iterator[Row]:
    reader = csv.DictReader(file, strict=True)
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise ConfigError(
            f"{path} has no column {', '.join(missing)}. Its first line must name at least: {', '.join(columns)}."
        )
    for row in reader:
        if any(row[name] is None for name in columns):
            raise ConfigError(f"{path}, line {reader.line_num}: fewer cells than the first line names.")
        yield row
