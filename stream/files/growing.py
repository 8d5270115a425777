"""A text file that grows: its lines as they come, also when it is rotated (renamed, or copied and cut off)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

from stream.errors import ConfigError
from stream.files.lines import MAX_LINE_BYTES

_READ_BYTES: Final = 1 << 20


def growing_lines(path: Path, wait: Callable[[], bool]) -> Iterator[list[str]]:
    """Whole lines, a list at a time; an empty list after each look in vain, before ``wait`` is called.

    It ends when ``wait`` gives False. What is written to a file after it was renamed is read before the new one. A file
    that is away for a moment is waited for. ConfigError: it cannot be read at the start.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}.") from error
    rest = b""
    while True:
        # Which file stands there is looked at before the reading: what is written in between is read as well.
        is_another = _is_another(path, file)
        block = file.read(_READ_BYTES)
        if block:
            *lines, rest = (rest + block).split(b"\n")
            if len(rest) > MAX_LINE_BYTES:
                raise ConfigError(f"cannot read {path}: a line is longer than any of a log.")
            yield [line.decode("utf-8", "replace") for line in lines]
        elif is_another:
            file.close()
            file, rest = path.open("rb"), b""
        else:
            yield []
            if not wait():
                file.close()
                return


def _is_another(path: Path, file: IO[bytes]) -> bool:
    """True where another file has the name now, or this one was cut off."""
    held = os.fstat(file.fileno())
    try:
        found = path.stat()
    except OSError:
        return False
    return (held.st_ino, held.st_dev) != (found.st_ino, found.st_dev) or found.st_size < file.tell()
