"""Checks files of events against the event contract, with the very decoder the worker uses."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, cast

from msgspec import Raw, Struct
from msgspec.json import decode as json_decode

from stream.domain.rejections import Rejected, Skipped
from stream.edge.codec import Decoder
from stream.errors import ConfigError

STANDARD_INPUT: Final = "-"
UNKNOWN_TYPE: Final = "unknown_type"

_BYTES_READ_AT_ONCE: Final = 1 << 20
_GZIP_MAGIC: Final = b"\x1f\x8b"

Advance = Callable[[int], None]
"""Told how far into the file (in bytes on disk) the reading is."""


class Finding(Struct, frozen=True):
    """Something about one event. A warning is an event of a type that is not known here: skipped, not refused."""

    line: int
    reason: str
    detail: str
    is_warning: bool = False


@dataclass(slots=True)
class Summary:
    """What was seen so far, over all files."""

    events_by_type: Counter[str] = field(default_factory=Counter)
    skipped_by_type: Counter[str] = field(default_factory=Counter)
    rejected_by_reason: Counter[str] = field(default_factory=Counter)

    @property
    def valid_total(self) -> int:
        """Events that would be counted."""
        return self.events_by_type.total()

    @property
    def rejected_total(self) -> int:
        """Events that would be dead letters."""
        return self.rejected_by_reason.total()

    @property
    def skipped_total(self) -> int:
        """Events of unknown types."""
        return self.skipped_by_type.total()


class _Typed(Struct):
    type: str


def validate_file(
    path: str | Path,
    summary: Summary,
    *,
    decoder: Decoder,
    latest_us: int,
    max_event_bytes: int,
    advance: Advance = lambda _: None,
) -> Iterator[Finding]:
    """Findings of one file of JSON Lines (gzip or not; ``-`` is standard input), booked in ``summary``.

    A file named ``.json`` or ``.json.gz`` holds one event, or an array of them; then a finding's line is the number of
    the event. Empty lines are ignored. Raises ConfigError when the file cannot be read.
    """
    for number, value in _numbered_events(path, max_event_bytes, advance):
        decoded = decoder.decode(value, None, (), latest_us)
        match decoded:
            case Rejected():
                summary.rejected_by_reason[decoded.reason] += 1
                yield Finding(number, decoded.reason, decoded.detail)
            case Skipped():
                summary.skipped_by_type[decoded.type] += 1
                detail = f'type "{decoded.type}" is not known here: the event is skipped'
                yield Finding(number, UNKNOWN_TYPE, detail, is_warning=True)
            case _:
                summary.events_by_type[json_decode(value, type=_Typed).type] += 1


def _numbered_events(path: str | Path, max_event_bytes: int, advance: Advance) -> Iterator[tuple[int, bytes]]:
    whole = str(path).removesuffix(".gz").endswith(".json")
    try:
        with _opened(path, advance) as file:
            yield from enumerate(_events_of_document(file.read()), 1) if whole else _lines(file, max_event_bytes)
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ConfigError(f"cannot read {path}: {reason}") from error


def _events_of_document(content: bytes) -> list[bytes]:
    try:
        return [bytes(item) for item in json_decode(content, type=list[Raw])]
    except (ValueError, RecursionError):
        # Not an array: one event, or something the decoder has words for.
        return [content]


def _lines(file: IO[bytes], max_event_bytes: int) -> Iterator[tuple[int, bytes]]:
    # A line is never read whole before its length is known: a file without line breaks must not fill the memory.
    # The two bytes more are the line break; what is longer still is too large in any case.
    number, longest = 0, max_event_bytes + 2
    while line := file.readline(longest + 1):
        number += 1
        rest = line
        while not rest.endswith(b"\n") and (rest := file.readline(_BYTES_READ_AT_ONCE)):
            pass
        event = line.rstrip(b"\r\n") if len(line) <= longest else line
        if event.strip():
            yield number, event


@contextmanager
def _opened(path: str | Path, advance: Advance) -> Iterator[IO[bytes]]:
    if str(path) == STANDARD_INPUT:
        yield cast(IO[bytes], _Watched(sys.stdin.buffer, advance))
        return
    with Path(path).open("rb") as raw:
        is_compressed = raw.read(2) == _GZIP_MAGIC
        raw.seek(0)
        watched = cast(IO[bytes], _Watched(raw, advance))
        if not is_compressed:
            yield watched
            return
        with gzip.GzipFile(fileobj=watched, mode="rb") as unpacked:
            yield cast(IO[bytes], unpacked)


class _Watched:
    """A binary file that tells how far it has been read."""

    def __init__(self, file: IO[bytes], advance: Advance) -> None:
        self._file = file
        self._advance = advance
        self._position_bytes = 0

    def read(self, size: int = -1) -> bytes:
        return self._told(self._file.read(size))

    def readline(self, size: int = -1) -> bytes:
        return self._told(self._file.readline(size))

    def _told(self, content: bytes) -> bytes:
        self._position_bytes += len(content)
        self._advance(self._position_bytes)
        return content
