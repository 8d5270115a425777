"""The bare loop: aiokafka and msgspec decode and count what comes, nothing else. A program.

``python -m tests.bench.raw_loop BROKER PARTITIONS TOPIC...`` prints, after each fetch, how many it has seen, and when.
"""

from __future__ import annotations

import asyncio
import sys
import time

import msgspec
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition


class _Envelope(msgspec.Struct):
    type: str
    subject: str
    time: str
    id: str


async def _run(broker: str, partitions: int, topics: list[str]) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 << 20,
        enable_auto_commit=False,
    )
    await consumer.start()
    consumer.assign([TopicPartition(topic, number) for topic in topics for number in range(partitions)])
    decode = msgspec.json.Decoder(_Envelope).decode
    counts: dict[str, int] = {}
    seen = 0
    while True:
        for records in (await consumer.getmany(timeout_ms=1000)).values():
            for record in records:
                kind = decode(record.value).type
                counts[kind] = counts.get(kind, 0) + 1
            seen += len(records)
            print(f"seen {seen} {time.time():.4f}", flush=True)


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(_run(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
