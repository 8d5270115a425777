"""How long the event loop is away while events wait: ``python -m tests.bench.bench_loop_gap``. No broker.

The real owners of a shard and of the roll-up take all events, settle, make rows and publish, while a timer says how
late it comes, and how much processor time went by meanwhile: on a busy machine others take some of it. In slices as a
worker does it, and for reference in one piece, as it was before: both in the same run.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterable, Iterator, Mapping
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
from tests.bench.benchmark import Benchmark, Result, alone, percentile
from tests.bench.generate import events as made_events
from tests.bench.tables import figure, table
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
    for _, logical, key, value in made_events(count, start_us, _SPAN_SECONDS):
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


def measure(_: str, *, events: int) -> Result:
    """The gaps and the throughput of both, and the ratio of the throughputs."""
    settings = Settings.model_validate({"topics": {"partitions": 1}})
    topics = _records(settings, events)
    uvloop.install()
    found: Result = {}
    before = gc.get_threshold()
    for name, slice_seconds, thresholds in (
        ("in_one_piece", 3600.0, (1_000_000, 50, 100)),
        ("in_slices", SLICE_SECONDS, (0, 0, 0)),
    ):
        gc.collect()
        gc.freeze()
        gc.set_threshold(*thresholds)
        gaps, rate = asyncio.run(_run(settings, topics, slice_seconds))
        found[name] = {
            "eps": round(rate),
            "late_p99_ms": round(percentile(gaps["late"], 0.99) * 1000, 1),
            "late_most_ms": round(gaps["late"][-1] * 1000, 1),
            "busy_most_ms": round(gaps["processor"][-1] * 1000, 1),
        }
    gc.unfreeze()
    gc.set_threshold(*before)
    return found | {"slices_ratio": round(found["in_slices"]["eps"] / found["in_one_piece"]["eps"], 3)}


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield "## How long the worker's loop is away"
    yield ""
    yield "While events wait, without a broker: in slices as a worker does it, and in one piece for comparison."
    yield ""
    yield from table(
        ("", "events/s", "late p99 ms", "late at most ms", "of it busy ms"),
        [
            (
                name.replace("_", " "),
                *(figure(part[name][key]) for key in ("eps", "late_p99_ms", "late_most_ms", "busy_most_ms")),
            )
            for name in ("in_slices", "in_one_piece")
        ],
    )


BENCHMARK: Final = Benchmark(
    "loop_gap",
    measure,
    {"tiny": {"events": 1_000}, "quick": {"events": 50_000}, "full": {"events": 100_000}},
    ("in_one_piece", "in_slices", "slices_ratio"),
    section,
    needs_broker=False,
)

if __name__ == "__main__":
    alone(BENCHMARK)
