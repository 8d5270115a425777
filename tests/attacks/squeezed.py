"""Batches that are small on the wire and large once unpacked, made without ever holding what they unpack to."""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable, Iterable, Iterator

import cramjam
from aiokafka.record.util import calc_crc32c, encode_varint

from tests.attacks.records import ReadyBatch

_HEAD = struct.Struct(">qiibIhiqqqhii")
_BEFORE_CRC = struct.calcsize(">qiib")
_AFTER_CRC = _BEFORE_CRC + 4
_AFTER_LENGTH = struct.calcsize(">qi")
_MAGIC = 2
_XERIAL = struct.pack("!bccccccBii", -126, b"S", b"N", b"A", b"P", b"P", b"Y", 0, 1, 1)
_PIECE_BYTES = 1 << 20
_SNAPPY_BLOCK_BYTES = 32 << 10
_NUMBERS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}

Packing = Callable[[Iterator[bytes]], Iterator[bytes]]


def squeezed_batch(codec: str, records: int, value_bytes: int, key: bytes = b"B", fill: bytes = b"\0") -> ReadyBatch:
    """``records`` records with a value of ``value_bytes`` times ``fill`` each, in one batch packed with ``codec``."""
    packed = b"".join(_PACKINGS[codec](_unpacked(records, value_bytes, key, fill)))
    now_ms = time.time_ns() // 1_000_000
    length = _HEAD.size - _AFTER_LENGTH + len(packed)
    head = bytearray(
        _HEAD.pack(0, length, -1, _MAGIC, 0, _NUMBERS[codec], records - 1, now_ms, now_ms, -1, -1, -1, records)
    )
    struct.pack_into(">I", head, _BEFORE_CRC, calc_crc32c(bytes(head[_AFTER_CRC:]) + packed))
    return ReadyBatch(bytes(head) + packed, records)


def _unpacked(records: int, value_bytes: int, key: bytes, fill: bytes) -> Iterator[bytes]:
    pieces = [fill * _PIECE_BYTES] * (value_bytes // _PIECE_BYTES) + [fill * (value_bytes % _PIECE_BYTES)]
    small = bytearray()
    for number in range(records):
        begin = bytearray(b"\0\0")  # attributes, time
        encode_varint(number, begin.append)
        encode_varint(len(key), begin.append)
        begin += key
        encode_varint(value_bytes, begin.append)
        encode_varint(len(begin) + value_bytes + 1, small.append)
        small += begin
        for piece in pieces:
            small += piece
            if len(small) >= _PIECE_BYTES:
                yield bytes(small)
                small.clear()
        small.append(0)  # no headers
    yield bytes(small)


def _gzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def _lz4(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = cramjam.lz4.Compressor(level=9, content_checksum=False, block_linked=False)
    for piece in pieces:
        packer.compress(piece)
    yield bytes(packer.finish())


def _zstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = cramjam.zstd.Compressor(level=3)
    for piece in pieces:
        packer.compress(piece)
    yield bytes(packer.finish())


def _snappy(pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield _XERIAL
    for piece in pieces:
        for first in range(0, len(piece), _SNAPPY_BLOCK_BYTES):
            block = bytes(cramjam.snappy.compress_raw(piece[first : first + _SNAPPY_BLOCK_BYTES]))
            yield struct.pack("!i", len(block)) + block


_PACKINGS: dict[str, Packing] = {"gzip": _gzip, "lz4": _lz4, "zstd": _zstd, "snappy": _snappy}
