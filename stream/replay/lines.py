"""Files of events as raw lines: what is in the file goes to Kafka byte for byte, good or bad."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast

from stream.errors import ConfigError

STANDARD_INPUT: Final = "-"
MAX_LINE_BYTES: Final = (4 << 20) - 4096
"""The source topics take 4 MiB in one record, key and headers of the batch included."""

_GZIP_MAGIC: Final = b"\x1f\x8b"


def read_lines(paths: Iterable[str]) -> Iterator[bytes]:
    """The lines of all files, one after the other, without line breaks; blank lines are left out.

    ``-`` is standard input; what is compressed with gzip is unpacked, whatever its name. ConfigError: a file that
    cannot be read, or a line no Kafka record can hold.
    """
    for path in paths:
        try:
            with _opened(path) as file:
                yield from _lines_of(file, path)
        except (OSError, EOFError, zlib.error) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise ConfigError(f"cannot read {path}: {reason}") from error


def _lines_of(file: IO[bytes], path: str) -> Iterator[bytes]:
    number = 0
    # A line is never read whole before its length is known: a file without line breaks must not fill the memory.
    while line := file.readline(MAX_LINE_BYTES + 2):
        number += 1
        event = line.rstrip(b"\r\n")
        if len(event) > MAX_LINE_BYTES:
            raise ConfigError(
                f"{path}, line {number}: longer than {MAX_LINE_BYTES} bytes, the most a record of the source topics "
                "can hold. Events are JSON Lines, one on each line: is this another format? Otherwise remove the line."
            )
        if event.strip():
            yield event


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    if path == STANDARD_INPUT:
        # peek: a pipe cannot be read twice.
        standard_input = cast(Any, sys.stdin.buffer)
        with _unpacked(standard_input, standard_input.peek(2)) as file:
            yield file
        return
    with Path(path).open("rb") as raw, _unpacked(raw, raw.peek(2)) as file:
        yield file


@contextmanager
def _unpacked(raw: IO[bytes], beginning: bytes) -> Iterator[IO[bytes]]:
    if not beginning.startswith(_GZIP_MAGIC):
        yield raw
        return
    with gzip.GzipFile(fileobj=raw, mode="rb") as unpacked:
        yield cast(IO[bytes], unpacked)
