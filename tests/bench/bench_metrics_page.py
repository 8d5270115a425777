"""What ``/metrics`` costs: ``python -m tests.bench.bench_metrics_page``. No broker.

Desks of 24, 109 and 551 groups, and those that somebody makes who puts another name into every event. Our text and
the client library's, of the same view in the same run, in processor seconds of the thread; and how late the timer of a
loop beside it is.
"""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Final

import uvloop
from prometheus_client import CollectorRegistry, generate_latest

from stream.domain.buckets import BOUNDS_SECONDS
from stream.domain.cells import Cell, Cells
from stream.domain.rollup import NOW_WINDOW
from stream.domain.segments import THREE, Segment, segment_of
from stream.edge.owners.view import View
from stream.edge.serve.prometheus.number_text import NumberText
from stream.metrics import MEASURES, ROWS
from stream.metrics.series import additive_series
from stream.rules import places_of, windows_of
from stream.settings import Settings
from tests.bench.benchmark import Benchmark, Result, alone, percentile, say
from tests.bench.tables import figure, table
from tests.domain.taken import rows_made
from tests.edge.oracle_counters import AdditiveSeries
from tests.edge.oracle_rows import RowGauges
from tests.golden.desk import EVERYTHING, NOW, FixedState

_TICK_SECONDS: Final = 0.002
_BOUNDS: Final = (NOW - 900, NOW)


def many(channels: int, teams: int, priorities: int) -> list[Segment]:
    """Every combination."""
    return [
        segment_of(f"channel-{channel}", f"team-{team}", f"priority-{priority}")
        for channel in range(channels)
        for team in range(teams)
        for priority in range(priorities)
    ]


def other_names(count: int) -> list[Segment]:
    """No two share anything."""
    return [segment_of(f"channel{number}", f"team{number}", f"priority{number}") for number in range(count)]


DESKS: Final = {
    "one group": many(1, 1, 1),
    "24 groups": many(3, 4, 4),
    "109 groups": many(4, 20, 4),
    "551 groups": many(8, 60, 2),
    "500 other names": other_names(500),
    "1000 other names": other_names(1000),
}


def view_of(segments: list[Segment], settings: Settings) -> View:
    """A view in which every group has data of everything in every window that it is published in."""
    random = Random(4)
    cells = {name: _cell(random) for name in MEASURES}
    places = places_of(settings)
    shown = [spec for spec in ROWS if spec.name in places and places[spec.name].group_bys]
    groups = {(by, THREE.rolled_up(segment, by)) for segment in segments for by in settings.group_by.names}
    rows = rows_made(
        {
            (by, group, window): (
                _BOUNDS,
                {
                    spec: cells
                    for spec in shown
                    if (spec.kind == "level") is (window == NOW_WINDOW) and places[spec.name].holds(spec, window, by)
                },
            )
            for by, group in groups
            for window in (NOW_WINDOW, *(window.name for window in windows_of(settings)))
        }
    )
    counted: Cells = {name: cells[name] for name, measure in MEASURES.items() if additive_series(measure) is not None}
    return View(rows, dict.fromkeys(segments, counted), {}, NOW * 1_000_000, NOW * 1_000_000)


def _cell(random: Random) -> Cell:
    amounts = [random.randrange(1_000_000, 100_000_000) for _ in range(50)]
    bins: dict[int, int] = {}
    for _ in amounts:
        place = random.randrange(len(BOUNDS_SECONDS))
        bins[place] = bins.get(place, 0) + 1
    return Cell(len(amounts), sum(amounts), bins)


def _ours(state: FixedState) -> Callable[[], bytes]:
    # Without what it keeps: as if there had been a new view.
    return lambda: b"".join(NumberText(state).parts(is_openmetrics=False))


def _theirs(state: FixedState) -> Callable[[], bytes]:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(RowGauges(state))
    registry.register(AdditiveSeries(state))
    return lambda: generate_latest(registry)


async def _beside(work: Callable[[], bytes]) -> tuple[bytes, float, float, list[float]]:
    """The page, its seconds by the processor and by the wall, and how late a timer was meanwhile."""
    late: list[float] = []
    made: list[tuple[bytes, float, float]] = []

    def run() -> None:
        used, began = time.thread_time(), time.perf_counter()
        body = work()
        made.append((body, time.thread_time() - used, time.perf_counter() - began))

    thread = threading.Thread(target=run)
    thread.start()
    while thread.is_alive():
        due = time.perf_counter() + _TICK_SECONDS
        await asyncio.sleep(_TICK_SECONDS)
        late.append(max(0.0, time.perf_counter() - due))
    thread.join()
    return *made[0], sorted(late)


def _desk(name: str, segments: list[Segment]) -> Result:
    usual = Settings()
    settings = Settings.model_validate({"export": EVERYTHING})
    widest = settings.http.model_copy(update={"max_metrics_samples": 1 << 40})
    view = view_of(segments, settings)
    gc.collect()
    gc.freeze()
    whole = FixedState(view, settings=settings.model_copy(update={"http": widest}))
    found: Result = {}
    bodies: dict[str, bytes] = {}
    for who, work in (
        ("client_library", _theirs(whole)),
        ("ours", _ours(whole)),
        ("ours_bounded", _ours(FixedState(view, settings=settings))),
        ("ours_usual", _ours(FixedState(view, settings=usual))),
    ):
        body, cpu_seconds, seconds, late = asyncio.run(_beside(work))
        bodies[who] = body
        found[who] = {
            "samples": body.count(b"\n") - 2 * body.count(b"\n# TYPE") - 2,
            "bytes": len(body),
            "cpu_seconds": round(cpu_seconds, 4),
            "seconds": round(seconds, 4),
            "late_p99_ms": round(percentile(late, 0.99) * 1000, 1) if late else 0.0,
            "late_most_ms": round(max(late, default=0.0) * 1000, 1),
        }
        say(f"  {name}, {who}: {found[who]}")
    gc.unfreeze()
    same = bodies["ours"] == bodies["client_library"]
    ratio = found["ours"]["cpu_seconds"] / max(1e-4, found["client_library"]["cpu_seconds"])
    return found | {"ratio": round(ratio, 3), "same_bytes": same}


def measure(_: str, *, desks: Sequence[str] = tuple(DESKS)) -> Result:
    """Samples, bytes, processor seconds and gaps of each desk."""
    uvloop.install()
    before = gc.get_threshold()
    gc.set_threshold(0)  # as a worker, which collects when it is idle
    try:
        return {"desks": {name: _desk(name, DESKS[name]) for name in desks}}
    finally:
        gc.set_threshold(*before)


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield "## A scrape of /metrics"
    yield ""
    rows = []
    for desk, found in part["desks"].items():
        for key, who in (
            ("ours_usual", "ours, as exported without any setting"),
            ("ours", "ours, all"),
            ("ours_bounded", "ours, all, as bounded"),
            ("client_library", "client library, all"),
        ):
            one = found[key]
            fields = ("samples", "cpu_seconds", "seconds", "late_most_ms")
            rows.append((desk, who, *(figure(one[field]) for field in fields)))
    yield from table(("Desk", "Made by", "samples", "processor s", "s", "loop beside it late at most ms"), rows)


BENCHMARK: Final = Benchmark(
    "metrics_page",
    measure,
    {
        "tiny": {"desks": ("one group",)},
        "quick": {"desks": ("24 groups", "109 groups")},
        "full": {"desks": ("24 groups", "109 groups", "551 groups")},
    },
    ("desks",),
    section,
    needs_broker=False,
)

if __name__ == "__main__":
    alone(BENCHMARK)
