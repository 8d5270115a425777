"""Files of events: JSON Lines, one event a line, or one event spread over lines as pretty printing makes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple

import orjson

from stream.files.formats import is_spread, not_lines_of_json, spread
from stream.files.opening import UNREADABLE, Advance, Input

MAX_LINE_BYTES: Final = (4 << 20) - 4096
"""The source topics take 4 MiB in one record, key and headers of the batch included."""

_BYTES_READ_AT_ONCE: Final = 1 << 20


class Line(NamedTuple):
    """One event as it is in the file, without its line break; ``is_whole`` is false where it was too long to keep."""

    number: int
    content: bytes
    is_whole: bool


def look_at_events(files: Iterable[Input]) -> None:
    """Raise ConfigError for the first of the files whose beginning tells that no events can be read from it."""
    for file in files:
        file.look(not_lines_of_json)


def events_of(
    given: Input | str | Path, longest_bytes: int = MAX_LINE_BYTES, advance: Advance | None = None
) -> Iterator[Line]:
    """The lines of a file that are not blank. What is longer than ``longest_bytes`` is cut, and read past.

    ConfigError: the file cannot be read, or is JSON of another layout.
    """
    file = given if isinstance(given, Input) else Input(given)
    with file.reading(advance) as (head, content):
        complaint = not_lines_of_json(head, file.shown)
        if complaint is not None:
            raise file.wrong(complaint)
        if is_spread(head):
            yield _whole(file, content)
        else:
            yield from _lines(file, content, longest_bytes)


def _lines(file: Input, content: IO[bytes], longest_bytes: int) -> Iterator[Line]:
    # A line is never read whole before its length is known: a file without line breaks must not fill the memory.
    # The two bytes more are the line break.
    number, limit = 0, longest_bytes + 2
    try:
        while line := content.readline(limit + 1):
            number += 1
            is_whole = len(line) <= limit
            rest = line
            while not rest.endswith(b"\n") and (rest := content.readline(_BYTES_READ_AT_ONCE)):
                is_whole = False
            event = line.rstrip(b"\r\n") if is_whole else line
            if event.strip():
                yield Line(number, event, is_whole and len(event) <= longest_bytes)
    except UNREADABLE as error:
        raise file.damaged(error, f"line {number + 1}") from error


def _whole(file: Input, content: IO[bytes]) -> Line:
    """The one event of a file that is spread over lines."""
    text = content.read(MAX_LINE_BYTES + 1)
    try:
        orjson.loads(text)
    except ValueError:
        raise file.wrong(spread(file.shown)) from None
    if len(text) > MAX_LINE_BYTES:
        raise file.wrong(spread(file.shown))
    return Line(1, text.strip(), True)
