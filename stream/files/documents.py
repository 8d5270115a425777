"""JSON objects of a file, however they lie in it: a line each, one after the other without any sign, or in an array."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import IO, Any, Final

from stream.files.opening import Input

MAX_DOCUMENT_CHARACTERS: Final = 64 << 20
"""An array is read element by element; a single object beyond this is none of a help desk's."""

_BYTES_READ_AT_ONCE: Final = 1 << 20
_BLANK: Final = " \t\r\n"


def documents_of(file: Input, content: IO[bytes]) -> Iterator[dict[str, Any]]:
    """The objects of an open JSON file, in order. ConfigError names the place of what cannot be read."""
    return _Reader(file, content).objects()


class _Reader:
    def __init__(self, file: Input, content: IO[bytes]) -> None:
        self._file = file
        self._content = content
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._place = 0
        self._read_before = 0
        self._parse = json.JSONDecoder(parse_constant=_no_constant).raw_decode

    def objects(self) -> Iterator[dict[str, Any]]:
        depth = 0
        while (sign := self._next_sign()) is not None:
            if sign == "[" and depth == 0:
                depth, self._place = 1, self._place + 1
            elif sign == "]" and depth == 1:
                depth, self._place = 0, self._place + 1
            elif sign == "," and depth == 1:
                self._place += 1
            else:
                yield self._object()
        if depth:
            raise self._wrong("the array is not closed")

    def _next_sign(self) -> str | None:
        while True:
            while self._place < len(self._text) and self._text[self._place] in _BLANK:
                self._place += 1
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._more():
                return None

    def _object(self) -> dict[str, Any]:
        while True:
            try:
                found, end = self._parse(self._text, self._place)
            except (ValueError, RecursionError) as error:
                # Most likely it goes on behind what has been read.
                if len(self._text) - self._place <= MAX_DOCUMENT_CHARACTERS and self._more():
                    continue
                raise self._wrong("no JSON object") from error
            if not isinstance(found, dict):
                raise self._wrong("JSON, but no object")
            self._place = end
            return found

    def _more(self) -> bool:
        # As much again as is held: what is long is not parsed over and over.
        held = len(self._text) - self._place
        block = self._content.read(max(_BYTES_READ_AT_ONCE, held))
        try:
            more = self._decoder.decode(block, final=not block)
        except UnicodeDecodeError:
            raise self._wrong("it is not UTF-8 from here on") from None
        self._read_before += self._place
        self._text = self._text[self._place :] + more
        self._place = 0
        return bool(block)

    def _wrong(self, complaint: str) -> Exception:
        return self._file.wrong(f"character {self._read_before + self._place + 1:,}: {complaint}.")


def _no_constant(name: str) -> None:
    raise ValueError(name)
