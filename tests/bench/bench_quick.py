"""The full job beside a bare loop, in one run: ``make bench-quick`` writes build/bench.json.

full: `deskpulse worker` on all partitions: decode, ticket logs, all metrics and group-bys, exactly once, from topic
to gauges. Counted from its first committed position to the roll-up's progress row that covers everything.
raw: aiokafka and msgspec decode and count the same topics, nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import DefaultPartitioner

from stream.edge.kafka.topics import ensure_topics
from stream.settings import Settings, load_settings
from tests.bench.generate import events

_SPAN_SECONDS = 1800.0
_DEADLINE_SECONDS = 300.0


class _Envelope(msgspec.Struct):
    type: str
    subject: str
    time: str
    id: str


async def _fill(settings: Settings, count: int) -> None:
    start_us = time.time_ns() // 1000 - round((_SPAN_SECONDS + 600) * 1e6)
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka.bootstrap_servers, linger_ms=20, max_batch_size=1 << 18, acks="all"
    )
    await producer.start()
    partitions = list(range(settings.topics.partitions))
    choose = DefaultPartitioner()
    batches: dict[tuple[str, int], Any] = {}
    for _, topic, key, value in events(count, start_us, _SPAN_SECONDS):
        place = (settings.topic_names[topic], choose(key, partitions, partitions))
        batch = batches.get(place)
        if batch is None or batch.append(key=key, value=value, timestamp=None) is None:
            if batch is not None:
                await _send(producer, batch, place)
            batch = batches[place] = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)
    for place, batch in batches.items():
        await _send(producer, batch, place)
    await producer.stop()


async def _send(producer: AIOKafkaProducer, batch: Any, place: tuple[str, int]) -> None:
    batch.close()
    await (await producer.send_batch(batch, place[0], partition=place[1]))


async def _raw(settings: Settings, count: int) -> float:
    """Events per second of the bare loop."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka.bootstrap_servers,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 << 20,
        enable_auto_commit=False,
    )
    await consumer.start()
    names = settings.topic_names
    consumer.assign(
        [TopicPartition(names[t], p) for t in ("tickets", "surveys") for p in range(settings.topics.partitions)]
    )
    decode = msgspec.json.Decoder(_Envelope).decode
    counts: dict[str, int] = {}
    seen, began, first = 0, 0.0, 0
    while seen < count:
        for records in (await consumer.getmany(timeout_ms=1000)).values():
            for record in records:
                kind = decode(record.value).type
                counts[kind] = counts.get(kind, 0) + 1
            seen += len(records)
        if not began and seen:
            began, first = time.perf_counter(), seen
    elapsed = time.perf_counter() - began
    await consumer.stop()
    return (seen - first) / elapsed


async def _full(settings: Settings, count: int, worker: subprocess.Popen[bytes]) -> float:
    """Events per second of the worker, from what it writes to the partials topic."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka.bootstrap_servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    consumer.assign([TopicPartition(settings.topic_names["partials"], 0)])
    began_ms, first = 0, 0
    positions: dict[bytes, int] = {}
    deadline = time.monotonic() + _DEADLINE_SECONDS
    try:
        while time.monotonic() < deadline:
            if worker.poll() is not None:
                raise SystemExit(f"the worker ended with {worker.returncode}")
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    if record.key.endswith(b"|s"):
                        positions[record.key] = sum(json.loads(record.value)["positions"].values())
                        if not began_ms:
                            began_ms, first = record.timestamp, positions[record.key]
                    elif record.key == b"rollup":
                        done = sum(sum(p.values()) for p in json.loads(record.value)["positions"].values())
                        if done >= count:
                            took_seconds: float = (record.timestamp - began_ms) / 1000
                            return (count - first) / max(0.001, took_seconds)
        raise SystemExit(f"not done after {_DEADLINE_SECONDS:.0f} s: {sum(positions.values())} of {count} events")
    finally:
        await consumer.stop()


@contextmanager
def _embedded() -> Iterator[str]:
    from stream.broker.embedded import EmbeddedKafka

    with EmbeddedKafka(None) as broker:
        yield broker.bootstrap_servers


def _measure(count: int, rounds: int, broker: str) -> dict[str, Any]:
    results: list[tuple[float, float]] = []
    with nullcontext(broker) if broker else _embedded() as address:
        for number in range(rounds):
            prefix = f"bench{time.time_ns():x}-{number}"
            environ = {"DESKPULSE_APPLICATION_ID": prefix, "DESKPULSE_KAFKA__BOOTSTRAP_SERVERS": address}
            environ |= {"DESKPULSE_HTTP__PORT": "0", "DESKPULSE_TOPICS__PARTITIONS": "4"}
            for logical in ("tickets", "surveys", "facts", "partials", "metrics", "dead_letter"):
                environ[f"DESKPULSE_TOPICS__{logical.upper()}"] = f"{prefix}.{logical}"
            settings = load_settings(environ, None)
            asyncio.run(ensure_topics(settings, create=True))
            asyncio.run(_fill(settings, count))
            raw = asyncio.run(_raw(settings, count))
            with tempfile.TemporaryFile() as log:
                command = [sys.executable, "-m", "stream", "worker"]
                worker = subprocess.Popen(command, env={**os.environ, **environ}, stdout=log, stderr=log)
                try:
                    full = asyncio.run(_full(settings, count, worker))
                except SystemExit as error:
                    log.seek(0)
                    raise SystemExit(f"{error}\n{log.read()[-4000:].decode()}") from error
                finally:
                    worker.terminate()
                    worker.wait(30)
            print(f"round {number + 1}: full {full:,.0f}/s, raw {raw:,.0f}/s, ratio {full / raw:.3f}", flush=True)
            results.append((full, raw))
    results.sort(key=lambda pair: pair[0] / pair[1])
    full, raw = results[len(results) // 2]
    return {
        "events": count,
        "rounds": rounds,
        "full_eps": round(full),
        "raw_eps": round(raw),
        "ratio": round(full / raw, 4),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def main() -> None:
    """Measure, print, write build/bench.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3, help="the round with the median ratio is reported")
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"))
    parser.add_argument("--broker", default="", help="HOST:PORT of a running Kafka instead of the embedded one")
    options = parser.parse_args()
    uvloop.install()
    result = _measure(options.events, options.rounds, options.broker)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
