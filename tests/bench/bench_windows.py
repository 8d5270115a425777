"""What an event costs with 3 windows and with 12: ``python -m tests.bench.bench_windows``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

import uvloop

from tests.bench.benchmark import Benchmark, Result, alone, say
from tests.bench.race import median_cpu_us, median_eps
from tests.bench.steady import rounds_of
from tests.bench.tables import figure, table

FEW: Final = "15m,1h,24h"
MANY: Final = "5m,10m,15m,30m,1h,2h,4h,12h,24h,2d,7d,30d"


async def _measure(broker: str, events: int, rounds: int) -> Result:
    found: Result = {}
    for rolling in (FEW, MANY):
        count = rolling.count(",") + 1
        say(f"  {count} windows")
        variables = {"WINDOWS__ROLLING": rolling, "WINDOWS__TODAY": "false"}
        played = await rounds_of(broker, f"{count}-windows", variables, events, rounds)
        found[str(count)] = {"eps": median_eps(played), "cpu_us": median_cpu_us(played)}
    few, many = found.values()
    return {"windows": found, "windows_cpu_ratio": round(many["cpu_us"] / max(0.1, few["cpu_us"]), 3)}


def measure(broker: str, *, events: int, rounds: int) -> Result:
    """Medians with few and with many windows, and the ratio of their processor times."""
    uvloop.install()
    return asyncio.run(_measure(broker, events, rounds))


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield "## More windows"
    yield ""
    yield from table(
        ("Windows", "events/s", "processor µs an event"),
        [(count, figure(one["eps"]), figure(one["cpu_us"])) for count, one in part["windows"].items()],
    )


BENCHMARK: Final = Benchmark(
    "windows",
    measure,
    {
        "tiny": {"events": 500, "rounds": 1},
        "quick": {"events": 40_000, "rounds": 1},
        "full": {"events": 80_000, "rounds": 5},
    },
    ("windows", "windows_cpu_ratio"),
    section,
)

if __name__ == "__main__":
    alone(BENCHMARK)
