"""Writing events as JSON Lines to a file, a compressed file or standard output."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

import orjson

from stream.errors import ConfigError

Write = Callable[[Mapping[str, Any] | bytes], None]


@contextmanager
def json_lines(out: str) -> Iterator[Write]:
    """A function that writes one event as a line. A file appears under its name only once it is whole.

    A mapping is encoded; bytes are a line already. Raises ConfigError where the file cannot be written.
    """
    if out == "-":
        try:
            yield _writer(sys.stdout.buffer)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # `deskpulse convert … | head`: the reader has what it wants. Python would complain again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    # Through a link to the file it names: renaming onto the link would cut it.
    path = Path(os.path.realpath(out))
    # A device or a pipe (/dev/null) is written to; renaming onto it would put a file in its place.
    in_place = path.exists() and not path.is_file()
    unfinished = path if in_place else path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("wb") as raw:
            if path.suffix == ".gz":
                # No name and no time in the header: the same events give the same bytes.
                with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0) as packed:
                    yield _writer(cast(IO[bytes], packed))
            else:
                yield _writer(raw)
        if not in_place:
            unfinished.replace(path)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror or error}. Give another --out.") from error
    finally:
        if not in_place:
            with suppress(OSError):
                unfinished.unlink()


def _writer(file: IO[bytes]) -> Write:
    def write(event: Mapping[str, Any] | bytes) -> None:
        file.write((event if isinstance(event, bytes) else orjson.dumps(event)) + b"\n")

    return write
