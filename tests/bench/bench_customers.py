"""What an event without a customer costs where customers are counted. ``python -m tests.bench.bench_customers``.

The same events, none of which names a customer, through the pure core with ``customers.enabled`` off and on, in turn.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Final

from stream.settings import load_settings
from tests.bench.bench_core import SPAN_SECONDS, STAGES, batches_of, stages
from tests.bench.benchmark import Benchmark, Result, alone, median
from tests.bench.tables import figure, table

_COUNTED: Final = {"DESKPULSE_CUSTOMERS__ENABLED": "true"}


def measure(_: str, *, events: int, batch: int, rounds: int) -> Result:
    """Medians of ``rounds`` pairs: CPU an event, and the ratio of each pair."""
    start_us = 1_767_000_000_000_000
    batches = batches_of(events, batch, start_us)
    now_us = start_us + round((SPAN_SECONDS + 60) * 1e6)
    without, counted = load_settings({}, None), load_settings(_COUNTED, None)
    gc.collect()
    gc.freeze()
    gc.disable()
    pairs: list[tuple[float, float]] = []
    try:
        for number in range(rounds):
            took = {}
            # Each first in every other pair: whatever goes first finds other caches.
            for settings in (without, counted) if number % 2 else (counted, without):
                played = stages(batches, settings, now_us)
                took[bool(settings.customers)] = sum(played[stage] for stage in STAGES[1:])
                gc.collect()
            pairs.append((took[False], took[True]))
    finally:
        gc.enable()
        gc.unfreeze()
    return {
        "without_customers_us": round(median([off for off, _ in pairs]) / events * 1e6, 2),
        "customers_counted_us": round(median([on for _, on in pairs]) / events * 1e6, 2),
        "customers_cpu_ratio": round(median([on / max(off, 1e-9) for off, on in pairs]), 3),
    }


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield "## An event without a customer"
    yield ""
    yield "The same events through the pure core where customers are not counted, and where they are; none names one."
    yield ""
    yield from table(
        ("", "not counted", "counted", "ratio"),
        [
            (
                "processor µs an event",
                figure(part["without_customers_us"]),
                figure(part["customers_counted_us"]),
                figure(part["customers_cpu_ratio"]),
            )
        ],
    )


BENCHMARK: Final = Benchmark(
    "customers",
    measure,
    {
        "tiny": {"events": 200, "batch": 100, "rounds": 1},
        "quick": {"events": 20_000, "batch": 5_000, "rounds": 3},
        "full": {"events": 60_000, "batch": 20_000, "rounds": 5},
    },
    ("without_customers_us", "customers_counted_us", "customers_cpu_ratio"),
    section,
    needs_broker=False,
)

if __name__ == "__main__":
    alone(BENCHMARK)
