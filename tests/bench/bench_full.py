"""The full job beside the bare loop: ``python -m tests.bench.bench_full``.

full: `deskpulse worker` on all partitions: decode, ticket logs, all metrics and group-bys, exactly once, from topic to
gauges; with the whole catalogue on; and not compiled. raw: aiokafka and msgspec decode and count the same records.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import uvloop

from stream.domain.subjects import TICKET
from stream.metrics import METRICS
from tests.bench.benchmark import Benchmark, Result, alone, median, say
from tests.bench.builds import ROOT, best_tree, is_compiled
from tests.bench.layout import sender_to
from tests.bench.race import Round, median_cpu_us, median_eps, run_round
from tests.bench.raw_contestant import RawLoop
from tests.bench.steady import warm_up_events
from tests.bench.supply import Supply
from tests.bench.tables import figure, table
from tests.bench.worker import Desk, Pages


def whole_catalogue() -> str:
    """Settings, as a file has them, with which every metric of tickets is on: customers have a topic of their own."""
    return "".join(f"[metrics.{metric.name}]\nenabled = true\n" for metric in METRICS if metric.subject == TICKET.name)


class Beside(NamedTuple):
    """Rounds of a worker, and of the bare loop on the same records right after each."""

    worker: list[Round]
    raw: list[Round]

    @property
    def ratio(self) -> float:
        """The worker's events a second, in those of the bare loop."""
        return round(median([one.eps / raw.eps for one, raw in zip(self.worker, self.raw, strict=True)]), 4)


async def rounds_beside_raw(
    broker: str, name: str, variables: Mapping[str, str], tree: Path, events: int, rounds: int
) -> Beside:
    """Rounds of one worker with these settings."""
    say(f"  {name}")
    desk = Desk(broker, variables)
    await desk.make_topics()
    supply, found = Supply(), Beside([], [])
    with RawLoop(desk) as raw, desk.worker(name, tree) as worker:
        async with sender_to(broker) as sender:

            async def play(count: int) -> tuple[Round, Round]:
                messages = desk.messages(supply.take(count))
                one = await run_round([worker], sender, messages, desk.partitions, lambda: desk.await_shown(worker))
                return one, await raw.catch_up()

            await Pages(worker).await_ready()
            raw.pause()
            await play(warm_up_events(events))
            for _ in range(rounds):
                one, beside = await play(events)
                found.worker.append(one)
                found.raw.append(beside)
    return found


async def _measure(broker: str, events: int, rounds: int) -> Result:
    with ExitStack() as stack:
        full = await rounds_beside_raw(broker, "full", {}, best_tree(), events, rounds)
        file = Path(stack.enter_context(TemporaryDirectory(prefix="bench-"))) / "deskpulse.toml"
        file.write_text(whole_catalogue())
        catalogue = await rounds_beside_raw(broker, "full_all", {"CONFIG": str(file)}, best_tree(), events, rounds)
        pure = full
        if is_compiled():
            pure = await rounds_beside_raw(broker, "full_pure", {}, ROOT, events, rounds)
    raw = [*full.raw, *catalogue.raw, *(pure.raw if pure is not full else ())]
    return {
        "compiled": is_compiled(),
        "full_eps": median_eps(full.worker),
        "full_all_eps": median_eps(catalogue.worker),
        "full_pure_eps": median_eps(pure.worker),
        "raw_eps": median_eps(raw),
        "full_ratio": full.ratio,
        "full_all_ratio": catalogue.ratio,
        "full_pure_ratio": pure.ratio,
        "full_cpu_us": median_cpu_us(full.worker),
        "full_all_cpu_us": median_cpu_us(catalogue.worker),
        "full_pure_cpu_us": median_cpu_us(pure.worker),
        "raw_cpu_us": median_cpu_us(raw),
    }


def measure(broker: str, *, events: int, rounds: int) -> Result:
    """Medians of ``rounds`` rounds of ``events`` events each."""
    uvloop.install()
    return asyncio.run(_measure(broker, events, rounds))


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield "## The full job beside a bare loop"
    yield ""
    yield "`deskpulse worker` from topic to gauges, exactly once, with default settings; with every metric on; and as"
    yield "interpreted source. The bare loop reads the same records right after each round with aiokafka, decodes them"
    yield "with msgspec, and counts. Ratios are of pairs of rounds."
    yield ""
    named = {"full": "full job", "full_all": "whole catalogue on", "full_pure": "not compiled", "raw": "bare loop"}
    yield from table(
        ("", "events/s", "of the bare loop", "processor µs an event"),
        [
            (title, figure(part[f"{key}_eps"]), figure(part.get(f"{key}_ratio", 1.0)), figure(part[f"{key}_cpu_us"]))
            for key, title in named.items()
        ],
    )


BENCHMARK: Final = Benchmark(
    "full",
    measure,
    {
        "tiny": {"events": 1_000, "rounds": 1},
        "quick": {"events": 60_000, "rounds": 3},
        "full": {"events": 150_000, "rounds": 5},
    },
    (
        "full_eps",
        "full_all_eps",
        "full_pure_eps",
        "raw_eps",
        "full_ratio",
        "full_all_ratio",
        "full_pure_ratio",
        "full_cpu_us",
        "full_all_cpu_us",
        "full_pure_cpu_us",
        "raw_cpu_us",
        "compiled",
    ),
    section,
)

if __name__ == "__main__":
    alone(BENCHMARK)
