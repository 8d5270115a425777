"""Which partition a key belongs to: Java's murmur2, as aiokafka and the Java clients place it."""

from __future__ import annotations

from aiokafka.partitioner import murmur2


def murmur2_partition(key: bytes, partitions: int) -> int:
    """Partition of ``key`` among ``partitions``."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions
