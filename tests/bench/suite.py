"""All benchmarks beside each other in one run, into build/bench.json: ``make bench``, ``make bench-quick``.

Each is a process of its own on one broker. One that fails is named in the result and at the end; the others go on.
Where the machine is slower than planned for, those that are left are measured with less.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.bench.benchmark import SIZES, Benchmark, broker_at, say
from tests.bench.builds import ROOT, best_tree, paths_of
from tests.bench.contestant import end_with_parent
from tests.bench.machine import describe

MODULES: Final = (
    "bench_full",
    "bench_simple",
    "bench_core",
    "bench_rollup",
    "bench_facts",
    "bench_open_tickets",
    "bench_freshness",
    "bench_workers",
    "bench_windows",
    "bench_loop_gap",
    "bench_metrics_page",
    "bench_publication",
    "bench_codec",
    "bench_gateway",
    "bench_rebooking",
    "bench_customers",
)
ALONE: Final = ("bench_hostile",)
"""Not in the suite: no measurement of how quick, but of a bound that no record may exceed."""

_HURRY_AFTER_SECONDS: Final = 18 * 60.0
"""What is left in the size `quick` takes a few minutes: 25 are promised."""

OUT: Final = ROOT / "build" / "bench.json"


def benchmark_of(module: str) -> Benchmark:
    """The benchmark that a module is."""
    found: Benchmark = import_module(f"tests.bench.{module}").BENCHMARK
    return found


def size_after(size: str, seconds: float) -> str:
    """The size of a part that begins so many seconds after the first one, in a run of ``size``."""
    return "quick" if size == "full" and seconds >= _HURRY_AFTER_SECONDS else size


def merged(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """All named numbers on one level, and under ``parts`` everything as it was measured."""
    numbers: dict[str, Any] = {}
    for module in MODULES:
        benchmark = benchmark_of(module)
        part = parts.get(benchmark.name, {})
        numbers |= {key: part[key] for key in benchmark.keys if key in part}
    return {**numbers, "parts": dict(parts)}


def _run(module: str, size: str, broker: str, folder: Path) -> dict[str, Any]:
    out = folder / f"{module}.json"
    command = [
        sys.executable,
        "-P",
        "-m",
        f"tests.bench.{module}",
        "--size",
        size,
        "--broker",
        broker,
        "--out",
        str(out),
    ]
    environ = {**os.environ, **paths_of(best_tree())}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, preexec_fn=end_with_parent, stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode or not out.exists():
        return {"failed": f"ended with {done.returncode}"}
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write, and say what failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--broker", default="", help="HOST:PORT of a running Kafka instead of the embedded one")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only", default="", help="names of modules, separated by commas, such as bench_full")
    options = parser.parse_args(arguments)
    about, began = describe(), time.monotonic()
    chosen = [module for module in MODULES if not options.only or module in options.only.split(",")]
    parts: dict[str, dict[str, Any]] = {}
    shortened: list[str] = []
    with broker_at(options.broker) as broker, TemporaryDirectory(prefix="bench-") as folder:
        for module in chosen:
            elapsed = time.monotonic() - began
            size = size_after(options.size, elapsed)
            say(f"{module}, {elapsed:.0f} s since the beginning{f', {size}' if size != options.size else ''}")
            name = benchmark_of(module).name
            parts[name] = _run(module, size, broker, Path(folder))
            if size != options.size:
                shortened.append(name)
            # After each: whoever ends the run has what was measured until then.
            took_seconds = round(time.monotonic() - began)
            run = {"size": options.size, "took_seconds": took_seconds, "shortened": shortened}
            numbers = {**about, **run, **merged(parts)}
            options.out.parent.mkdir(parents=True, exist_ok=True)
            options.out.write_text(json.dumps(numbers, indent=2) + "\n")
    failed = [name for name, part in parts.items() if "failed" in part]
    say(f"{options.out}: {took_seconds} s" + (f"; failed: {', '.join(failed)}" if failed else ""))
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
