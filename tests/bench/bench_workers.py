"""The full job by 1, 2 and 3 workers, beside the broker: ``python -m tests.bench.bench_workers``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final

import uvloop

from tests.bench.benchmark import Benchmark, Result, alone, say
from tests.bench.race import median_cpu_us, median_eps
from tests.bench.steady import rounds_of
from tests.bench.tables import figure, table


async def _measure(broker: str, events: int, rounds: int, workers: Sequence[int]) -> Result:
    found: Result = {}
    for count in workers:
        say(f"  {count} workers")
        played = await rounds_of(broker, f"{count}-workers", {}, events, rounds, count)
        found[str(count)] = {"eps": median_eps(played), "cpu_us": median_cpu_us(played)}
    return {"workers": found}


def measure(broker: str, *, events: int, rounds: int, workers: Sequence[int]) -> Result:
    """Medians for each number of workers."""
    uvloop.install()
    return asyncio.run(_measure(broker, events, rounds, workers))


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield "## More workers"
    yield ""
    yield from table(
        ("Workers", "events/s", "processor µs an event"),
        [(count, figure(one["eps"]), figure(one["cpu_us"])) for count, one in part["workers"].items()],
    )


BENCHMARK: Final = Benchmark(
    "workers",
    measure,
    {
        "tiny": {"events": 500, "rounds": 1, "workers": (2,)},
        "quick": {"events": 40_000, "rounds": 1, "workers": (1, 2)},
        "full": {"events": 80_000, "rounds": 5, "workers": (1, 2, 3)},
    },
    ("workers",),
    section,
)

if __name__ == "__main__":
    alone(BENCHMARK)
