"""Secrets that lie in files, as container platforms mount them: ``..._FILE`` beside every secret setting."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .catalogue import FILE_SUFFIX, Field

_LONGEST_BYTES = 65_536


def file_path(field: Field) -> tuple[str, ...]:
    """Where the model would have the file's name, if it had one: ``("kafka", "sasl_password_file")``."""
    return (*field.path[:-1], field.path[-1] + FILE_SUFFIX)


def secrets_by_file(catalogue: Iterable[Field]) -> dict[tuple[str, ...], Field]:
    """Every secret setting, by `file_path`."""
    return {file_path(field): field for field in catalogue if field.is_secret}


def read_secret(file: Path) -> str:
    """What the file holds, without line breaks at its end; ValueError says what is wrong, and never what it holds."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_LONGEST_BYTES + 1)
        text = content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        raise ValueError(getattr(error, "strerror", None) or str(error)) from error
    if len(content) > _LONGEST_BYTES:
        raise ValueError(f"is longer than {_LONGEST_BYTES} bytes, which no secret is")
    if not text:
        raise ValueError("is empty")
    return text
