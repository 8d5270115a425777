"""The fields of a JSON object, undecoded.

Of a large object only the fields that are asked for are taken up: a megabyte may hold a hundred thousand others.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Raw, defstruct
from msgspec.structs import asdict

LARGE_BYTES: Final = 16_384
LONG_TEXT: Final = " " * (LARGE_BYTES // 12)
"""Stands for a text of more than `LARGE_BYTES`; a character takes at most 12 bytes, as two escapes."""

Fields: TypeAlias = dict[str, Raw]

_ABSENT: Final = Raw()
_all_fields_of = msgspec.json.Decoder(Fields).decode


def fields_of(value: bytes | Raw, names: tuple[str, ...]) -> Fields:
    """Fields by name, of one given twice the last; of a large object none but ``names``. Raises like msgspec."""
    if len(value) <= LARGE_BYTES:
        return _all_fields_of(value)
    found = asdict(_decoder_of(names)(value))
    return {name: raw for name, raw in found.items() if raw != _ABSENT}


def begins(raw: Raw, mark: bytes) -> bool:
    """Whether the value begins with ``mark``, one byte: ``{`` for an object, ``[`` for an array."""
    return bytes(memoryview(raw)[:1]) == mark


def plain(raw: Raw) -> object:
    """The value decoded; an array or object is given empty, as nobody looks into one. Raises like msgspec."""
    if begins(raw, b"["):
        return []
    return {} if begins(raw, b"{") else msgspec.json.decode(raw)


def is_long_text(raw: Raw) -> bool:
    """Whether the value is a text that takes too long to be decoded only to be refused."""
    return len(raw) > LARGE_BYTES and begins(raw, b'"')


def wrong_utf8_at(value: bytes) -> int | None:
    """Place of the first byte that is not UTF-8; None when all is. In parts, as the text itself is of no interest."""
    if value.isascii():
        return None
    decode = getincrementaldecoder("utf-8")().decode
    try:
        for start in range(0, len(value), LARGE_BYTES):
            decode(value[start : start + LARGE_BYTES])
        decode(b"", final=True)
        return None
    except UnicodeDecodeError:
        pass
    try:
        value.decode()
    except UnicodeDecodeError as error:
        return error.start
    return None


@lru_cache(maxsize=64)
def _decoder_of(names: tuple[str, ...]) -> Callable[[bytes | Raw], Any]:
    shape = defstruct("SomeFields", [(name, Raw, _ABSENT) for name in names], gc=False)
    return msgspec.json.Decoder(shape).decode
