"""CPU of each reader and each metric, one by one: ``python -m tests.bench.bench_facts``. No Kafka.

The logs are those of the tickets of ``tests.bench.generate``. A reader is told the events of its types, and a metric is
asked for the facts of a whole ticket once, as a shard does with a ticket that is new to it.
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final

from stream.contract.decoder import Decoder
from stream.domain.definitions import Definitions
from stream.domain.events import Event
from stream.domain.facts import Facts
from stream.domain.rejections import Rejected, Skipped
from stream.domain.timeline import READERS, ReadingPlan, Timeline, timeline_of
from stream.rules import rules_of
from stream.settings import load_settings
from tests.bench.bench_core import FAR_US, SPAN_SECONDS
from tests.bench.benchmark import Benchmark, Result, alone, median
from tests.bench.generate import events as made_events
from tests.bench.tables import figure, table


def logs_of(count: int) -> list[list[Event]]:
    """The logs of all tickets that ``count`` events are about."""
    decode = Decoder().decode
    logs: dict[str, list[Event]] = defaultdict(list)
    for _, _, key, value in made_events(count, 1_767_000_000_000_000, SPAN_SECONDS):
        decoded = decode(value, key, (), FAR_US)
        assert not isinstance(decoded, Rejected | Skipped), "all events can be read"
        logs[decoded[0]].append(decoded[1])
    return list(logs.values())


def seconds_of(run: Callable[[], None], rounds: int) -> float:
    """Seconds of CPU, the median of ``rounds``."""
    took: list[float] = []
    while len(took) < rounds:
        began = time.process_time()
        run()
        took.append(time.process_time() - began)
    return median(took)


def of_readers(logs: list[list[Event]], definitions: Definitions, rounds: int) -> dict[str, float]:
    """Seconds by reader: to be made and told of all it reads, and for the queue to read its visits."""
    found: dict[str, float] = {}
    for name, kind in READERS.items():
        of_kind = [read for log in logs if (read := [event for event in log if isinstance(event, kind.reads)])]
        plan = ReadingPlan(definitions, [kind])

        def run(of_kind: list[list[Event]] = of_kind, plan: ReadingPlan = plan) -> None:
            for log in of_kind:
                timeline_of(log, plan)

        found[name] = seconds_of(run, rounds)
    return found


def measure(_: str, *, events: int, rounds: int) -> Result:
    """Microseconds by reader and by metric, of an event and of a ticket."""
    rules = rules_of(load_settings({}, None))
    definitions = rules.definitions
    logs = logs_of(events)
    plan = ReadingPlan(definitions, [reader for metric in rules.metrics for reader in metric.reads])
    timelines = [timeline_of(log, plan) for log in logs]
    gc.collect()
    gc.freeze()
    gc.disable()
    readers = of_readers(logs, definitions, rounds)
    metrics: dict[str, float] = {}
    facts: dict[str, int] = {}
    for metric in rules.metrics:
        book = metric.facts

        def run(book: Callable[[Timeline, Definitions, Facts], None] = book) -> None:
            for timeline in timelines:
                book(timeline, definitions, {})

        metrics[metric.name] = seconds_of(run, rounds)
        facts[metric.name] = 0
        for timeline in timelines:
            into: Facts = {}
            book(timeline, definitions, into)
            facts[metric.name] += len(into)
    gc.enable()
    gc.unfreeze()
    return {
        "tickets": len(logs),
        "readers_us": {name: round(took / events * 1e6, 3) for name, took in readers.items()},
        "metrics_us": {name: round(took / events * 1e6, 3) for name, took in metrics.items()},
        "facts_of_a_ticket": {name: round(count / len(logs), 3) for name, count in facts.items()},
        "all_readers_us": round(sum(readers.values()) / events * 1e6, 2),
        "all_metrics_us": round(sum(metrics.values()) / events * 1e6, 2),
    }


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield "## Readers and metrics, one by one"
    yield ""
    yield "Processor time over all events: of a reader what it is told, of a metric the facts of each ticket, asked for"
    yield f"once ({part['tickets']:,} tickets). All readers {part['all_readers_us']:g} µs, all metrics"
    yield f"{part['all_metrics_us']:g} µs an event; these cost most:"
    yield ""
    yield from table(
        ("Reader or metric", "processor µs an event", "facts of a ticket"),
        [
            (name, figure(took), figure(part["facts_of_a_ticket"].get(name, 0.0)) if kind == "metrics" else "")
            for kind in ("readers", "metrics")
            for name, took in sorted(part[f"{kind}_us"].items(), key=lambda item: -item[1])[:8]
        ],
    )


BENCHMARK: Final = Benchmark(
    "facts",
    measure,
    {
        "tiny": {"events": 200, "rounds": 1},
        "quick": {"events": 50_000, "rounds": 3},
        "full": {"events": 100_000, "rounds": 5},
    },
    ("readers_us", "metrics_us", "all_readers_us", "all_metrics_us"),
    section,
    needs_broker=False,
)

if __name__ == "__main__":
    alone(BENCHMARK)
