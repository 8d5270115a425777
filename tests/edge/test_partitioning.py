"""Keys are placed where aiokafka and Java's client place them."""

from __future__ import annotations

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from stream.edge.kafka.partitioning import murmur2_partition


@given(st.binary(max_size=300), st.integers(1, 50))
def test_places_every_key_where_aiokafka_does(key: bytes, partitions: int) -> None:
    everywhere = list(range(partitions))
    assert murmur2_partition(key, partitions) == DefaultPartitioner()(key, everywhere, everywhere)


@pytest.mark.parametrize(
    ("key", "hashed"),
    # Of Apache Kafka's own UtilsTest.
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_places_keys_where_java_does(key: bytes, hashed: int) -> None:
    assert murmur2_partition(key, 1 << 31) == hashed & 0x7FFFFFFF
