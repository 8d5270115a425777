"""CPU an event in the pure core, by stage: decode, fold, settle, rows. ``python -m tests.bench.bench_core``.

Tickets of ``tests.bench.generate`` in batches as a worker that lags takes them, through its own intake, shard and
rows; no Kafka. The reference, in the same run, is a loop that decodes the same bytes and counts them by ticket.
"""

from __future__ import annotations

import gc
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from stream.clock import ManualClock
from stream.contract.decoder import Decoder
from stream.domain.changes import Changes
from stream.domain.shard import Shard
from stream.edge.kafka.partitioning import murmur2_partition
from stream.edge.owners.intake import Intake
from stream.edge.owners.shard_rows import Row, ShardRows
from stream.rules import rules_of
from stream.settings import Settings, load_settings
from tests.bench.benchmark import Benchmark, Result, alone, median
from tests.bench.generate import events as made_events
from tests.bench.tables import figure, table

SPAN_SECONDS = 1800.0
STAGES: Final = ("decode", "fold", "settle", "rows")
PARTITIONS: Final = Settings().topics.partitions
FAR_US = 1 << 62


class Record(NamedTuple):
    """As aiokafka hands it out."""

    offset: int
    timestamp: int
    timestamp_type: int
    value: bytes
    key: bytes
    headers: tuple[()]


Batch = dict[tuple[str, int], list[Record]]
"""Records by topic and partition."""


class _Envelope(msgspec.Struct):
    subject: str
    time: str
    id: str


def batches_of(count: int, step: int, start_us: int) -> list[Batch]:
    """``count`` events, ``step`` in each batch."""
    offsets: Counter[tuple[str, int]] = Counter()
    batches: list[Batch] = []
    for number, (at_us, topic, key, value) in enumerate(made_events(count, start_us, SPAN_SECONDS)):
        if not number % step:
            batches.append(defaultdict(list))
        place = topic, murmur2_partition(key, PARTITIONS)
        batches[-1][place].append(Record(offsets[place], at_us // 1000, 0, value, key, ()))
        offsets[place] += 1
    return batches


class Part:
    """One partition: its shard, and what reads into it."""

    def __init__(self, number: int, settings: Settings, clock: ManualClock) -> None:
        self.number = number
        self.state = Shard(rules_of(settings))
        logical = {settings.topic_names[name]: name for name in ("tickets", "surveys")}
        self.intake = Intake(number, settings, self.state, clock, logical)

    def fold(self, topic: str, records: Sequence[Record]) -> None:
        begin = 0
        while begin < len(records):
            for _ in self.intake.fold_steps(topic, records, begin):
                pass
            begin = self.intake.next

    def settle(self, now_us: int) -> Changes:
        changes = self.state.settle(now_us)
        self.intake.take_back(changes)
        return changes

    def made(self, changes: Changes) -> ShardRows:
        made = ShardRows(self.number, changes)
        for _ in made.steps():
            pass
        return made

    def rows(self, changes: Changes) -> Iterator[Row]:
        made = self.made(changes)
        yield from (*made.changelog, *made.partials, *made.facts)

    def partials(self, changes: Changes) -> list[Row]:
        """What is for the roll-up."""
        return self.made(changes).partials


def reference(batches: Sequence[Batch]) -> float:
    """Seconds of CPU of a loop that decodes and counts."""
    decode = msgspec.json.Decoder(_Envelope).decode
    began = time.process_time()
    counts: dict[str, int] = {}
    for batch in batches:
        for records in batch.values():
            for record in records:
                envelope = decode(record.value)
                counts[envelope.subject] = counts.get(envelope.subject, 0) + 1
    return time.process_time() - began


def stages(batches: Sequence[Batch], settings: Settings, now_us: int) -> dict[str, float]:
    """Seconds of CPU by stage; ``decode`` is part of ``fold``."""
    clock = ManualClock(now_us)
    parts = [Part(number, settings, clock) for number in range(PARTITIONS)]
    took: dict[str, float] = defaultdict(float)
    decode = Decoder().decode
    began = time.process_time()
    for batch in batches:
        for records in batch.values():
            for record in records:
                decode(record.value, record.key, record.headers, FAR_US)
    took["decode"] = time.process_time() - began
    rows = size = 0
    for batch in batches:
        began = time.process_time()
        for (topic, number), records in batch.items():
            parts[number].fold(settings.topic_names[topic], records)
        took["fold"] += time.process_time() - began
        for part in parts:
            began = time.process_time()
            changes = part.settle(now_us)
            took["settle"] += time.process_time() - began
            began = time.process_time()
            for key, value in part.rows(changes):
                rows += 1
                size += len(key) + len(value or b"")
            took["rows"] += time.process_time() - began
    counted = sum(part.intake.tally["events"] for part in parts)
    assert counted == sum(len(records) for batch in batches for records in batch.values()), "all events are counted"
    assert not any(part.intake.tally["misrouted"] for part in parts), "each where it belongs"
    return {**took, "rows_written": rows, "bytes_written": size}


def measure(_: str, *, events: int, batch: int, rounds: int = 1, collector: bool = False) -> Result:
    """CPU an event by stage, the median of ``rounds``; ``batch``: events between two settlements.

    ``collector``: leave the cyclic collector on.
    """
    settings = load_settings({}, None)
    start_us = 1_767_000_000_000_000
    batches = batches_of(events, batch, start_us)
    now_us = start_us + round((SPAN_SECONDS + 60) * 1e6)
    gc.collect()
    gc.freeze()
    if not collector:
        gc.disable()
    played: list[tuple[float, dict[str, float]]] = []
    while len(played) < rounds:
        played.append((reference(batches), stages(batches, settings, now_us)))
        gc.collect()
    gc.enable()
    gc.unfreeze()
    raw = median([bare for bare, _ in played])
    took = {stage: median([one[stage] for _, one in played]) for stage in played[0][1]}
    total = median([sum(one[stage] for stage in STAGES[1:]) for _, one in played])
    return {
        "collector": "on" if collector else "off",
        **{f"{stage}_us": round(took[stage] / events * 1e6, 2) for stage in STAGES},
        "core_us": round(total / events * 1e6, 2),
        "reference_us": round(raw / events * 1e6, 2),
        "core_ratio": round(total / max(raw, 1e-6), 1),
        "rows_an_event": round(took["rows_written"] / events, 3),
        "bytes_an_event": round(took["bytes_written"] / events),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield "## The pure core, by stage"
    yield ""
    yield f"Without Kafka, in one thread, the collector {part['collector']}: decode (a part of fold), fold, settle, and"
    yield f"the rows that are written, {part['rows_an_event']:g} an event of {part['bytes_an_event']} bytes together."
    yield ""
    told = (*STAGES, "core", "reference")
    yield from table(
        ("", *("all of it" if stage == "core" else stage for stage in told)),
        [("processor µs an event", *(figure(part[f"{stage}_us"]) for stage in told))],
    )


BENCHMARK: Final = Benchmark(
    "core",
    measure,
    {
        "tiny": {"events": 200, "batch": 100, "rounds": 1, "collector": False},
        "quick": {"events": 100_000, "batch": 20_000, "rounds": 1, "collector": False},
        "full": {"events": 200_000, "batch": 20_000, "rounds": 5, "collector": False},
    },
    (*(f"{stage}_us" for stage in STAGES), "core_us", "reference_us", "core_ratio"),
    section,
    needs_broker=False,
)

if __name__ == "__main__":
    alone(BENCHMARK)
