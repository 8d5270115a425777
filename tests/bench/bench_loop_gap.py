"""How long the event loop is away while events wait: ``python -m tests.bench.bench_loop_gap``. No broker.

The real owners of a shard and of the roll-up take all events, settle, make rows and publish, while a timer says how
late it comes, and how much processor time went by meanwhile: on a busy machine others take some of it. In slices as a
worker does it, and for reference in one piece, as it was before: both in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final
from unittest.mock import patch

import uvloop

from stream.clock import SystemClock
from stream.edge.kafka.fetched import Span
from stream.edge.owners.rollup_owner import RollupOwner
from stream.edge.owners.shard_owner import ShardOwner
from stream.edge.process.turns import SLICE_SECONDS, Turns
from stream.rules import rules_of
from stream.settings import Settings
from stream.worker import GC_THRESHOLDS
from tests.bench.generate import events
from tests.flow.drive import Record

_TICK_SECONDS: Final = 0.002
_SPAN_SECONDS: Final = 1800.0


class _Memory:
    """In place of Kafka: what is for the roll-up is kept."""

    def __init__(self, partials: str) -> None:
        self._partials = partials
        self.kept: list[tuple[bytes, bytes | None]] = []
        self.committed_total = 0
        self.last_seconds = 0.0

    async def write(self, rows: Mapping[tuple[str, int], Iterable[tuple[bytes, bytes | None]]], _: Any) -> None:
        self.kept += rows.get((self._partials, 0), ())
        await asyncio.sleep(0)


def _records(settings: Settings, count: int) -> dict[str, list[Record]]:
    start_us = time.time_ns() // 1000 - round((_SPAN_SECONDS + 600) * 1e6)
    found: dict[str, list[Record]] = {}
    for _, logical, key, value in events(count, start_us, _SPAN_SECONDS):
        records = found.setdefault(settings.topic_names[logical], [])
        records.append(
            Record(settings.topic_names[logical], 0, len(records), time.time_ns() // 1_000_000, 0, key, value)
        )
    return found


async def _run(
    settings: Settings, topics: dict[str, list[Record]], slice_seconds: float
) -> tuple[dict[str, list[float]], float]:
    turns, memory = Turns(slice_seconds), _Memory(settings.topic_names["partials"])
    with (
        patch("stream.edge.owners.shard_owner.Transactions", lambda *_: memory),
        patch("stream.edge.owners.rollup_owner.Transactions", lambda *_: memory),
    ):
        shard = ShardOwner(0, settings, rules_of(settings), SystemClock(), turns=turns)
        rollup = RollupOwner(settings, SystemClock(), turns=turns)
    shard.finish_restore()
    await rollup.begin()
    rollup.ready = True
    gaps: list[float] = []
    busy: list[float] = []
    running = True

    async def tick() -> None:
        while running:
            due, used = time.perf_counter() + _TICK_SECONDS, time.thread_time()
            await asyncio.sleep(_TICK_SECONDS)
            gaps.append(max(0.0, time.perf_counter() - due))
            busy.append(time.thread_time() - used)

    async def commit() -> None:
        offset = 0
        while running:
            await asyncio.sleep(settings.pipeline.commit_interval_seconds)
            shard.commit_soon()
            kept, memory.kept = memory.kept, []
            if kept:
                rollup.fold([Record("", 0, offset + n, 0, 0, key, value) for n, (key, value) in enumerate(kept)])
                offset += len(kept)
            rollup.publish_soon()

    others = [asyncio.ensure_future(tick()), asyncio.ensure_future(commit())]
    began = time.perf_counter()
    batch = settings.pipeline.batch_events
    for topic, records in topics.items():
        shard.note_start(topic, 0)
        shard.note_end(topic, len(records))
        for first in range(0, len(records), batch):
            part = records[first : first + batch]
            await shard.take(topic, Span(part, first, first + len(part)), lambda: True)
            await asyncio.sleep(0)
    await shard.flush()
    took = time.perf_counter() - began
    running = False
    await asyncio.gather(*others)
    return {"late": sorted(gaps), "processor": sorted(busy)}, sum(map(len, topics.values())) / took


def main() -> None:
    """Print the gaps and the throughput of both, and the ratio of the throughputs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    count = parser.parse_args().events
    settings = Settings.model_validate({"topics": {"partitions": 1}})
    topics = _records(settings, count)
    uvloop.install()
    rates: dict[str, float] = {}
    for name, slice_seconds, thresholds in (
        ("in one piece", 3600.0, (1_000_000, 50, 100)),
        ("in slices", SLICE_SECONDS, GC_THRESHOLDS),
    ):
        gc.collect()
        gc.freeze()
        gc.set_threshold(*thresholds)
        gaps, rates[name] = asyncio.run(_run(settings, topics, slice_seconds))
        print(f"{name}: {count} events, {rates[name]:,.0f} events/s")
        for kind, times in gaps.items():
            p50, p99 = (times[round((len(times) - 1) * q)] * 1000 for q in (0.5, 0.99))
            print(f"    {kind:10} p50 {p50:7.1f} ms   p99 {p99:7.1f} ms   max {times[-1] * 1000:7.1f} ms")
    print(f"throughput in slices / in one piece: {rates['in slices'] / rates['in one piece']:.3f}")


if __name__ == "__main__":
    main()
