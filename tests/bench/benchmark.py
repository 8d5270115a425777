"""What every benchmark is: something measured in three sizes that ends in named numbers, alone or in the suite."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

SIZES: Final = ("tiny", "quick", "full")
"""``tiny`` is for the test that everything still runs; its numbers mean nothing."""

Result: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """``measure`` takes the broker's address and the arguments of a size; ``keys`` are in every result of it.

    ``section``: its part of docs/performance.md, line by line.
    """

    name: str
    measure: Callable[..., Result]
    sizes: Mapping[str, Mapping[str, Any]]
    keys: tuple[str, ...]
    section: Callable[[Result], Iterator[str]]
    needs_broker: bool = True

    def run(self, size: str, broker: str, **other: Any) -> Result:
        """The numbers, and what they were measured with; ``other`` arguments than those of the size."""
        began = time.monotonic()
        chosen = {**self.sizes[size], **other}
        result = self.measure(broker, **chosen)
        missing = [key for key in self.keys if key not in result]
        if missing:
            raise KeyError(f"{self.name} measured no {', '.join(missing)}")
        return {**result, "size": chosen, "took_seconds": round(time.monotonic() - began, 1)}


@contextmanager
def broker_at(address: str) -> Iterator[str]:
    """``address``, or that of an embedded Kafka while the context lasts."""
    if address:
        yield address
        return
    from stream.broker.embedded import EmbeddedKafka

    with EmbeddedKafka() as kafka:
        yield kafka.bootstrap_servers


def alone(benchmark: Benchmark) -> None:
    """The command line of one benchmark: print its numbers as JSON. Every argument of its sizes is an option."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--size", choices=SIZES, default="quick")
    parser.add_argument("--broker", default="", help="HOST:PORT of a running Kafka instead of the embedded one")
    parser.add_argument("--out", type=Path, help="write the numbers there")
    own = {name: value for size in SIZES for name, value in benchmark.sizes[size].items()}
    for name, value in own.items():
        if isinstance(value, bool):
            parser.add_argument(f"--{name}", action=argparse.BooleanOptionalAction)
        elif isinstance(value, str | int | float):
            parser.add_argument(f"--{name}", type=type(value))
    options = parser.parse_args()
    other = {name: found for name in own if (found := getattr(options, name, None)) is not None}
    if benchmark.needs_broker:
        with broker_at(options.broker) as address:
            result = benchmark.run(options.size, address, **other)
    else:
        result = benchmark.run(options.size, "", **other)
    text = json.dumps(result, indent=2) + "\n"
    if options.out is not None:
        options.out.write_text(text)
    print(text, end="")


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def say(text: str) -> None:
    """A line for whoever watches; results go elsewhere."""
    print(text, file=sys.stderr, flush=True)
