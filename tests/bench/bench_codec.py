"""Nanoseconds per event of the decoder, also as a ratio to `msgspec.json.decode` of the same bytes in the same run.

Run as ``python -m tests.bench.bench_codec``. The ratio is what compares machines; the best round counts.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from stream.contract.decoder import Decoder
from tests.bench.benchmark import Benchmark, Result, alone
from tests.bench.tables import figure, table

LATEST_US = 4_000_000_000_000_000
Record = tuple[bytes, bytes, list[tuple[str, bytes]]]


def mixed_events(count: int, *, fraction_digits: int) -> list[dict[str, Any]]:
    """Events of six types over an hour; the seed is fixed, so every run decodes the same bytes."""
    random_ = random.Random(7)
    shapes: list[tuple[str, dict[str, object]]] = [
        ("ticket.created", {"channel": "email", "team": "billing", "priority": "normal", "customer_id": "c-9"}),
        ("ticket.message", {"author": "agent", "author_id": "a-17", "public": True, "automated": False}),
        ("ticket.message", {"author": "customer", "public": True}),
        ("ticket.status", {"status": "solved"}),
        ("ticket.queued", {"team": "phone"}),
        ("survey.answered", {"survey_id": "s-1", "kind": "csat", "score": 4}),
    ]
    events: list[dict[str, Any]] = []
    for number in range(count):
        kind, data = random_.choice(shapes)
        fraction = f".{random_.randrange(10**fraction_digits):0{fraction_digits}d}" if fraction_digits else ""
        events.append(
            {
                "specversion": "1.0",
                "id": f"{number:x}",
                "source": "/zendesk/acme",
                "type": f"support.{kind}",
                "subject": f"T-{random_.randrange(5000)}",
                "time": f"2025-11-22T09:{random_.randrange(60):02d}:{random_.randrange(60):02d}{fraction}Z",
                "data": data,
            }
        )
    return events


def structured(events: Sequence[dict[str, object]]) -> list[Record]:
    """The events as records in structured mode."""
    return [(msgspec.json.encode(event), str(event["subject"]).encode(), []) for event in events]


def binary(events: Sequence[dict[str, object]]) -> list[Record]:
    """The events as records in binary mode."""
    return [
        (
            msgspec.json.encode(event["data"]),
            str(event["subject"]).encode(),
            [(f"ce_{name}", str(value).encode()) for name, value in event.items() if name != "data"],
        )
        for event in events
    ]


def best_nanoseconds(run: Callable[[], None], events: int, rounds: int) -> float:
    """Nanoseconds per event of the fastest of ``rounds`` runs over ``events``."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter_ns()
        run()
        best = min(best, (time.perf_counter_ns() - start) / events)
    return best


def measure(_: str, *, events: int, rounds: int) -> Result:
    """Nanoseconds an event of each kind of input, and their ratio to a bare decoding."""
    whole_seconds = mixed_events(events, fraction_digits=0)
    inputs = {
        "structured, whole seconds": structured(whole_seconds),
        "structured, milliseconds": structured(mixed_events(events, fraction_digits=3)),
        "structured, microseconds": structured(mixed_events(events, fraction_digits=6)),
        "structured, unknown type": structured([event | {"type": "acme.other"} for event in whole_seconds]),
        "binary, whole seconds": binary(whole_seconds),
    }
    bare_values = [value for value, _, _ in inputs["structured, whole seconds"]]
    bare_decode = msgspec.json.decode

    def bare() -> None:
        for value in bare_values:
            bare_decode(value)

    bare_ns = best_nanoseconds(bare, events, rounds)
    found = {}
    for name, records in inputs.items():
        decode = Decoder().decode

        def run(records: list[Record] = records) -> None:
            for value, key, headers in records:
                decode(value, key, headers, LATEST_US)  # noqa: B023 - called within this turn of the loop

        spent_ns = best_nanoseconds(run, events, rounds)
        found[name] = {"nanoseconds": round(spent_ns), "ratio": round(spent_ns / bare_ns, 2)}
    return {"bare_nanoseconds": round(bare_ns), "inputs": found}


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield "## Decoding"
    yield ""
    yield f"Beside `msgspec.json.decode` of the same bytes without a check ({part['bare_nanoseconds']} ns)."
    yield ""
    yield from table(
        ("Input", "ns an event", "of the bare decoding"),
        [(name, figure(one["nanoseconds"]), figure(one["ratio"])) for name, one in part["inputs"].items()],
    )


BENCHMARK: Final = Benchmark(
    "codec",
    measure,
    {
        "tiny": {"events": 200, "rounds": 1},
        "quick": {"events": 20_000, "rounds": 5},
        "full": {"events": 20_000, "rounds": 15},
    },
    ("bare_nanoseconds", "inputs"),
    section,
    needs_broker=False,
)

if __name__ == "__main__":
    alone(BENCHMARK)
