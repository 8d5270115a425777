"""Reading a CSV file row by row, with errors that say what is wrong with which row."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from stream.errors import ConfigError
from stream.files.lines import MAX_LINE_BYTES
from stream.files.opening import UNREADABLE, Advance, Input
from stream.sources.source import Row

_OTHER_DELIMITERS: Final = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def read_rows(given: Input | str | Path, columns: tuple[str, ...], advance: Advance | None = None) -> Iterator[Row]:
    """Rows of the file as mappings. Raises ConfigError if it cannot be read or lacks one of ``columns``.

    A row with more or fewer cells than the first line names, or that is no text, ends the reading; its line is told.
    """
    file = given if isinstance(given, Input) else Input(given)
    with file.reading(advance) as (_, content):
        yield from _Table(file, content).rows(columns)


def rows_of(file: Input, content: IO[bytes]) -> Iterator[Row]:
    """Rows of a table that is open already, whatever its columns; ConfigError as of `read_rows`."""
    return _Table(file, content).rows(())


class _Table:
    def __init__(self, file: Input, content: IO[bytes]) -> None:
        self._file = file
        self._content = content
        self._line = 0
        self._last = self._wanted = ""
        self._read_bytes = 0

    def rows(self, columns: tuple[str, ...]) -> Iterator[Row]:
        self._wanted = f" Its first line must name at least: {', '.join(columns)}." if columns else ""
        records = self._records()
        first, header = next(records, (1, []))
        self._check_header(first, header, columns)
        width = len(header)
        for line, cells in records:
            if len(cells) != width:
                raise self._wrong(line, self._miscounted(len(cells), width))
            yield dict(zip(header, cells, strict=True))

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Rows that hold something, and the line each begins in; a quoted cell may go over several lines."""
        reader = csv.reader(self._text(), strict=True)
        while True:
            first = self._line + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                # Behind a quote that is closed another sign than a comma is a fault of its own.
                self._refuse_delimiter(self._last, is_header=first == 1)
                raise self._wrong(first, self._no_row(error)) from error
            if cells:
                yield first, cells

    def _text(self) -> Iterator[str]:
        try:
            while line := self._content.readline(MAX_LINE_BYTES + 1):
                self._line += 1
                if len(line) > MAX_LINE_BYTES:
                    raise self._wrong(self._line, f"longer than {MAX_LINE_BYTES} bytes. Is this another format?")
                if b"\0" in line:
                    raise self._wrong(self._line, f"holds a NUL (byte {line.index(0) + 1}). Export the file again.")
                self._last = line.decode()
                yield self._last
                self._read_bytes += len(line)
        except UnicodeDecodeError as error:
            remedy = f"Convert the file: `iconv -f WINDOWS-1252 -t UTF-8 {self._file.shown}`, or from what it is."
            place = f"not UTF-8 text at byte {self._read_bytes + error.start}"
            raise self._wrong(self._line, f"{place}. {remedy}") from error
        except UNREADABLE as error:
            raise self._file.damaged(error, f"line {self._line + 1}") from error

    def _check_header(self, first: int, header: Sequence[str], columns: tuple[str, ...]) -> None:
        self._refuse_delimiter("".join(header), is_header=len(header) == 1)
        missing = [name for name in columns if name not in header]
        if missing:
            raise ConfigError(f"{self._file.name} has no column {', '.join(missing)}.{self._wanted}")
        nameless = [str(number) for number, name in enumerate(header, 1) if not name.strip()]
        if nameless:
            raise self._wrong(first, f"column {', '.join(nameless)} has no name. Name it, or take it out of every row.")
        twice = [name for name, count in Counter(header).items() if count > 1]
        if twice:
            raise self._wrong(first, f"names {', '.join(twice)} more than once. Which one is meant? Rename the other.")

    def _refuse_delimiter(self, text: str, *, is_header: bool) -> None:
        others = [name for sign, name in _OTHER_DELIMITERS.items() if is_header and "," not in text and sign in text]
        if others:
            raise ConfigError(
                f"{self._file.name} has one column: its cells are divided by {others[0]}, commas are expected. "
                f"Export it with commas.{self._wanted}"
            )

    def _miscounted(self, cells: int, width: int) -> str:
        if cells < width:
            return f"fewer cells ({cells}) than the first line names ({width}). Is a line cut off, or broken in two?"
        return (
            f"more cells ({cells}) than the first line names ({width}). A comma within a cell, such as a decimal "
            "comma, needs quotes around the cell."
        )

    def _no_row(self, error: csv.Error) -> str:
        if "unexpected end of data" in str(error) or "field larger" in str(error):
            return (
                f"a quote is opened here and not closed ({error}). Close it, or double it where it is part of a cell."
            )
        return f"no row of comma-separated cells ({error}). A quote within a cell is written twice."

    def _wrong(self, line: int, complaint: str) -> ConfigError:
        return ConfigError(f"{self._file.name}, line {line}: {complaint}")
