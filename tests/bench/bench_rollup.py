"""CPU an event in the roll-up, by stage: read, apply, windows, rows. ``python -m tests.bench.bench_rollup``. No Kafka.

The snapshots are those that the shards of `bench_core` write for the same events, all partitions' together, and each
batch of them is brought up to now as a publication does it: snapshots are read and applied, windows take in what is
owed to them, and the rows of all groups and windows that have changed are made. The reference is that of `bench_core`.
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final, TypeAlias

from stream.clock import ManualClock
from stream.domain.rollup import Rollup
from stream.edge.owners.published_numbers import PublishedNumbers
from stream.edge.owners.snapshots import PaneSnapshot, SegmentSnapshot, read_snapshot
from stream.rules import goal_of, places_of, windows_of
from stream.settings import Settings, load_settings
from tests.bench.bench_core import PARTITIONS, SPAN_SECONDS, Batch, Part, batches_of, reference
from tests.bench.benchmark import Benchmark, Result, alone, median
from tests.bench.tables import figure, table

STAGES: Final = ("read", "apply", "windows", "rows")

Snapshots: TypeAlias = list[tuple[bytes, bytes | None]]


def snapshots_of(batches: Sequence[Batch], settings: Settings, now_us: int) -> list[Snapshots]:
    """What the shards write for each batch."""
    clock = ManualClock(now_us)
    parts = [Part(number, settings, clock) for number in range(PARTITIONS)]
    found: list[Snapshots] = []
    for batch in batches:
        for (topic, number), records in batch.items():
            parts[number].fold(settings.topic_names[topic], records)
        found.append([row for part in parts for row in part.partials(part.settle(now_us))])
    return found


def rollup_of(settings: Settings) -> Rollup:
    """As the owner of the roll-up makes it."""
    return Rollup(
        settings.registry.rows,
        windows_of(settings),
        settings.group_names,
        settings.windows.zone,
        places=places_of(settings),
        goal_of=partial(goal_of, settings),
    )


def stages(written: Sequence[Snapshots], settings: Settings, now_us: int) -> dict[str, float]:
    """Seconds of CPU by stage, and what was counted meanwhile."""
    rollup, numbers = rollup_of(settings), PublishedNumbers()
    took: dict[str, float] = defaultdict(float)
    for rows in written:
        began = time.process_time()
        snapshots = [read_snapshot(key, value) for key, value in rows]
        took["read"] += time.process_time() - began
        began = time.process_time()
        for snapshot in snapshots:
            if isinstance(snapshot, PaneSnapshot):
                rollup.apply_pane(*snapshot.row)
            elif isinstance(snapshot, SegmentSnapshot) and snapshot.kind == b"l":
                rollup.apply_levels(snapshot.partition, snapshot.segment, snapshot.cells)
        took["apply"] += time.process_time() - began
        began = time.process_time()
        rollup.advance(now_us)
        took["windows"] += time.process_time() - began
        began = time.process_time()
        for _ in numbers.take(rollup.take_blocks()):
            pass
        took["rows"] += time.process_time() - began
        took["snapshots"] += len(rows)
    assert not rollup.failures, "every row can be made"
    took["rows_there"] = sum(len(block.numbers) for block in numbers.blocks.values())
    return took


def measure(_: str, *, events: int, batch: int, rounds: int = 1) -> Result:
    """CPU an event by stage, the median of ``rounds``; ``batch``: events between two publications."""
    settings = load_settings({}, None)
    start_us = 1_767_000_000_000_000
    batches = batches_of(events, batch, start_us)
    now_us = start_us + round((SPAN_SECONDS + 60) * 1e6)
    written = snapshots_of(batches, settings, now_us)
    gc.collect()
    gc.freeze()
    gc.disable()
    played: list[tuple[float, dict[str, float]]] = []
    while len(played) < rounds:
        played.append((reference(batches), stages(written, settings, now_us)))
        gc.collect()
    gc.enable()
    gc.unfreeze()
    raw = median([bare for bare, _ in played])
    took = {stage: median([one[stage] for _, one in played]) for stage in played[0][1]}
    total = median([sum(one[stage] for stage in STAGES) for _, one in played])
    return {
        **{f"rollup_{stage}_us": round(took[stage] / events * 1e6, 2) for stage in STAGES},
        "rollup_us": round(total / events * 1e6, 2),
        "rollup_ratio": round(total / max(raw, 1e-6), 1),
        "snapshots_an_event": round(took["snapshots"] / events, 3),
        "publications": len(batches),
        "rows_there_are": round(took["rows_there"]),
    }


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield "## The roll-up, by stage"
    yield ""
    yield f"Without Kafka, in one thread: {part['snapshots_an_event']:g} snapshots an event are read and applied,"
    yield "windows take in what is owed to them, and the rows of all that has changed are made, in"
    yield f"{part['publications']} publications; in the end there are {part['rows_there_are']:,} rows."
    yield ""
    yield from table(
        ("", *STAGES, "all of it"),
        [("processor µs an event", *(figure(part[f"rollup_{one}_us"]) for one in STAGES), figure(part["rollup_us"]))],
    )


BENCHMARK: Final = Benchmark(
    "rollup",
    measure,
    {
        "tiny": {"events": 200, "batch": 100, "rounds": 1},
        "quick": {"events": 100_000, "batch": 10_000, "rounds": 1},
        "full": {"events": 200_000, "batch": 10_000, "rounds": 5},
    },
    (*(f"rollup_{stage}_us" for stage in STAGES), "rollup_us", "rollup_ratio"),
    section,
    needs_broker=False,
)

if __name__ == "__main__":
    alone(BENCHMARK)
