"""The four codecs with a ceiling: all that fits comes back whole, what does not is refused before it is built."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from collections.abc import Callable

import cramjam
import pytest
from aiokafka import codec

from stream.edge.kafka.decompression import CODECS, BrokenError, TooLargeError, gunzip, unsnap

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": codec.gzip_encode,
    "snappy": codec.snappy_encode,
    "lz4": codec.lz4_encode,
    "zstd": codec.zstd_encode,
}
MIB = 1 << 20
each_codec = pytest.mark.parametrize("name", CODECS)


@each_codec
@pytest.mark.parametrize("size", [0, 1, 1000, 70_000, 3 * MIB])
@pytest.mark.parametrize("kind", ["zeros", "noise", "events"])
def test_what_fits_comes_back_whole(name: str, size: int, kind: str) -> None:
    data = {"zeros": bytes(size), "noise": os.urandom(size), "events": (b'{"id":"%d"}' * size)[:size]}[kind]
    assert bytes(CODECS[name](PACK[name](data), 3 * MIB)) == data
    assert bytes(CODECS[name](memoryview(PACK[name](data)), 3 * MIB)) == data


@each_codec
def test_the_ceiling_itself_fits_and_a_byte_more_does_not(name: str) -> None:
    undo, packed = CODECS[name], PACK[name](bytes(MIB))
    assert len(undo(packed, MIB)) == MIB
    with pytest.raises(TooLargeError):
        undo(packed, MIB - 1)


@each_codec
def test_what_is_too_large_is_not_built(name: str) -> None:
    packed = PACK[name](bytes(16 * MIB))
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            CODECS[name](packed, MIB)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * MIB + 2 * len(packed)


@each_codec
def test_what_is_damaged_is_told_as_that(name: str) -> None:
    packed = PACK[name](os.urandom(5000))
    for damaged in (packed[:-100], packed[: len(packed) // 2], b"\xff" * 50, b"garbage garbage"):
        with pytest.raises(BrokenError):
            CODECS[name](damaged, MIB)


def test_gzip_of_several_members_counts_as_one() -> None:
    packed = gzip.compress(b"a" * 600) + gzip.compress(b"b" * 600) + b"\0" * 8
    assert bytes(gunzip(packed, 1200)) == b"a" * 600 + b"b" * 600
    with pytest.raises(TooLargeError):
        gunzip(packed, 1199)


def test_a_zstd_frame_that_does_not_say_its_size_is_bounded_too() -> None:
    packer = cramjam.zstd.Compressor()
    for _ in range(8):
        packer.compress(bytes(MIB))
    packed = bytes(packer.finish())
    assert len(CODECS["zstd"](packed, 8 * MIB)) == 8 * MIB
    with pytest.raises(TooLargeError):
        CODECS["zstd"](packed, 8 * MIB - 1)


@pytest.mark.parametrize("name", ["zstd", "lz4"])
def test_frames_one_behind_the_other_count_as_one(name: str) -> None:
    packed = PACK[name](bytes(600)) * 2
    assert len(CODECS[name](packed, 1200)) == 1200
    with pytest.raises(TooLargeError):
        CODECS[name](packed, 1199)


def test_snappy_without_the_framing_of_the_java_client_is_read_as_well() -> None:
    assert unsnap(codec.snappy_encode(bytes(5000), xerial_compatible=False), 5000) == bytes(5000)


def test_a_snappy_block_that_claims_another_size_than_it_has_is_damaged() -> None:
    framed = bytearray(codec.snappy_encode(bytes(5000)))
    for claimed in (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"):
        framed[16:20] = claimed
        with pytest.raises(BrokenError, match="a block of"):
            unsnap(bytes(framed), MIB)
