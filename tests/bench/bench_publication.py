"""What alerts and trends cost beside a publication: ``python -m tests.bench.bench_publication``. No broker.

One second of a busy centre: every segment has changed panes of all widths. The reference is what the roll-up did before
there were alerts: applying the snapshots, moving the windows, and making the rows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random
from typing import Final

from stream.domain.cells import Cell, Cells
from stream.domain.rollup import Rollup
from stream.domain.segments import segment_of
from stream.edge.owners.spike_alerts import SpikeAlerts
from stream.edge.owners.trends import Trends
from stream.metrics import ROWS
from stream.rules import windows_of
from stream.settings import Settings
from tests.bench.benchmark import Benchmark, Result, alone, median

NOW = 1_767_571_200 + 43_200
SEGMENTS = [
    segment_of(channel, f"team-{team}", priority)
    for channel in ("phone", "chat")
    for team in range(25)
    for priority in ("low", "normal", "high", "urgent")
]
HISTORY_SECONDS = 3600


class Parts:
    """A roll-up with an hour of contacts, its alerts and its trends."""

    def __init__(self) -> None:
        settings = Settings()
        self.random = Random(4)
        self.rollup = Rollup(ROWS, windows_of(settings), settings.group_by.names, settings.windows.zone)
        self.alerts = SpikeAlerts(settings)
        self.trends = Trends(settings, self.rollup)
        self._panes: dict[tuple[int, int, str], tuple[int, int]] = {}
        for second in range(NOW - HISTORY_SECONDS, NOW, 10):
            self.alert(self.apply(self.snapshots(second, 40)))
        self.publish(NOW)
        self.alerts.step(NOW * 1_000_000, NOW * 1_000_000)

    def snapshots(self, second: int, count: int) -> list[tuple[tuple[int, int, str], Cells]]:
        found = []
        for segment in self.random.sample(SEGMENTS, count):
            gave_up = self.random.random() < 0.05
            key = (10, second - second % 10, segment)
            answered, abandoned = self._panes.get(key, (0, 0))
            self._panes[key] = (answered + (not gave_up), abandoned + gave_up)
            counts = zip(("answered", "abandoned"), self._panes[key], strict=True)
            found.append((key, {name: Cell(number, 0) for name, number in counts if number}))
        return found

    def apply(self, snapshots: list[tuple[tuple[int, int, str], Cells]]) -> list[tuple[tuple[int, int, str], Cells]]:
        return [gain for key, cells in snapshots for gain in self.rollup.apply_pane(0, key, cells)]

    def alert(self, deltas: list[tuple[tuple[int, int, str], Cells]]) -> None:
        for key, delta in deltas:
            self.alerts.add(key, delta)

    def publish(self, now: int) -> None:
        self.rollup.advance(now * 1_000_000)
        for _ in self.rollup.take_blocks():
            pass


def measure(_: str, *, rounds: int) -> Result:
    """The median of each part, and its ratio to the reference of the same run."""
    parts = Parts()
    took: dict[str, list[float]] = {"publication": [], "alerts": [], "trends": []}
    for number in range(1, rounds + 1):
        now = NOW + number
        snapshots = parts.snapshots(now, 150)
        began = time.perf_counter()
        deltas = parts.apply(snapshots)
        parts.publish(now)
        published = time.perf_counter()
        parts.alert(deltas)
        parts.alerts.step(now * 1_000_000, now * 1_000_000)
        alerted = time.perf_counter()
        parts.trends.want(
            ("15m", "channel", "phone") if number % 2 else ("1h", "all", ""), (NOW + 5 * number) * 1_000_000
        )
        # Five seconds apart, so that each step has one to make.
        parts.trends.step((NOW + 5 * number) * 1_000_000, {})
        for name, begin, end in (
            ("publication", began, published),
            ("alerts", published, alerted),
            ("trends", alerted, time.perf_counter()),
        ):
            took[name].append(end - begin)
    reference = median(took["publication"])
    return {f"{name}_seconds": round(median(times), 5) for name, times in took.items()} | {
        f"{name}_ratio": round(median(took[name]) / reference, 3) for name in ("alerts", "trends")
    }


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield "## A publication of the roll-up"
    yield ""
    yield f"One second of a busy centre of 200 segments: {part['publication_seconds'] * 1000:.1f} ms; alerts add"
    yield f"{part['alerts_ratio']:.0%}, trends {part['trends_ratio']:.0%} of that."


BENCHMARK: Final = Benchmark(
    "publication",
    measure,
    {"tiny": {"rounds": 2}, "quick": {"rounds": 20}, "full": {"rounds": 30}},
    ("publication_seconds", "alerts_seconds", "trends_seconds", "alerts_ratio", "trends_ratio"),
    section,
    needs_broker=False,
)

if __name__ == "__main__":
    alone(BENCHMARK)
