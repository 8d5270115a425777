"""Undoing the four codecs of Kafka with a ceiling: what would be larger is refused before it is built.

A batch of 400 kB can hold a gigabyte of zeros. The codecs' own functions build all of it and only then say how much it
is; these build no more than the ceiling, and nothing where the format says its size ahead.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import cramjam

_GZIP: Final = 31  # zlib's way to say: with gzip's header and checksum
_PIECE_BYTES: Final = 1 << 20
_FIRST_BYTES: Final = 1 << 16
_LIKELY_RATIO: Final = 16
_GROWTH: Final = 4
_XERIAL_HEADER: Final = b"\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01"


class TooLargeError(Exception):
    """Decompressed it would be larger than the ceiling."""


class BrokenError(Exception):
    """The codec cannot read it."""


def gunzip(payload: Any, ceiling: int) -> bytearray:
    """Undo gzip, of one member or several."""
    whole, rest = bytearray(), bytes(payload)
    while rest:
        member = zlib.decompressobj(_GZIP)
        while not member.eof:
            try:
                piece = member.decompress(rest, max_length=min(_PIECE_BYTES, ceiling + 1 - len(whole)))
            except zlib.error as error:
                raise BrokenError(str(error)) from error
            whole += piece
            if len(whole) > ceiling:
                raise TooLargeError
            rest = member.unconsumed_tail
            if not piece and not rest and not member.eof:
                raise BrokenError("it ends too early")
        rest = member.unused_data.lstrip(b"\0")  # writers of blocks pad with zeros
    return whole


def unsnap(payload: Any, ceiling: int) -> bytes:
    """Undo Snappy: one raw block, or the framing of Kafka's Java client. Both say their size ahead."""
    blocks = list(_snappy_blocks(bytes(payload)))
    try:
        if sum(map(cramjam.snappy.decompress_raw_len, blocks)) > ceiling:
            raise TooLargeError
        return b"".join(bytes(cramjam.snappy.decompress_raw(block)) for block in blocks)
    except cramjam.DecompressionError as error:
        raise BrokenError(str(error)) from error


def unlz4(payload: Any, ceiling: int) -> memoryview:
    """Undo LZ4's frame format."""
    return _into_room(cramjam.lz4.decompress_into, payload, ceiling)


def unzstd(payload: Any, ceiling: int) -> memoryview:
    """Undo Zstandard. A frame need not say its size, so it is not asked."""
    return _into_room(cramjam.zstd.decompress_into, payload, ceiling)


CODECS: Final[Mapping[str, Callable[[Any, int], Any]]] = {
    "gzip": gunzip,
    "snappy": unsnap,
    "lz4": unlz4,
    "zstd": unzstd,
}
"""By Kafka's names: functions of the compressed bytes and the ceiling in bytes."""


def _into_room(decompress_into: Callable[[bytes, bytearray], int], payload: Any, ceiling: int) -> memoryview:
    packed = bytes(payload)
    size = min(ceiling, max(_FIRST_BYTES, _LIKELY_RATIO * len(packed)))
    while True:
        room = bytearray(size)
        try:
            return memoryview(room)[: decompress_into(packed, room)]
        except cramjam.DecompressionError as error:
            # The same error for all, told apart by words: too little room is tried again with more.
            if "whole buffer" not in str(error):
                raise BrokenError(str(error)) from error
        if size == ceiling:
            raise TooLargeError
        size = min(ceiling, size * _GROWTH)


def _snappy_blocks(payload: bytes) -> Iterator[bytes]:
    if not payload.startswith(_XERIAL_HEADER):
        yield payload
        return
    place = len(_XERIAL_HEADER)
    while place < len(payload):
        if place + 4 > len(payload):
            raise BrokenError("it ends inside the length of a block")
        (size,) = struct.unpack_from("!i", payload, place)
        place += 4
        if not 0 <= size <= len(payload) - place:
            raise BrokenError(f"a block of {size} bytes where {len(payload) - place} are left")
        yield payload[place : place + size]
        place += size
