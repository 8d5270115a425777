"""The batches made for the attacks are what Kafka's clients make: only their proportions are unusual."""

from __future__ import annotations

import pytest
from aiokafka.record.memory_records import MemoryRecords

from tests.attacks.squeezed import squeezed_batch


@pytest.mark.parametrize("codec", ["gzip", "lz4", "snappy", "zstd"])
@pytest.mark.parametrize(("records", "value_bytes"), [(1, 0), (3, 10), (2, (1 << 20) + 7)])
def test_a_squeezed_batch_is_an_ordinary_batch(codec: str, records: int, value_bytes: int) -> None:
    content = bytes(squeezed_batch(codec, records, value_bytes, key=b"K", fill=b"x")._build())
    read = MemoryRecords(content)
    batch = read.next_batch()
    assert batch is not None
    assert batch.validate_crc()
    assert [(record.offset, record.key, record.value) for record in batch] == [
        (number, b"K", b"x" * value_bytes) for number in range(records)
    ]
    assert not read.has_next()
    assert len(content) < 200 + records * (20 + value_bytes // 15)
