"""Keys are placed where aiokafka and Java's client place them."""

from __future__ import annotations

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from stream.edge.kafka.partitioning import murmur2_partition


@given(st.binary(max_size=40), st.integers(1, 50))
def test_places_every_key_where_aiokafka_does(key: bytes, partitions: int) -> None:
    everywhere = list(range(partitions))
    assert murmur2_partition(key, partitions) == DefaultPartitioner()(key, everywhere, everywhere)
