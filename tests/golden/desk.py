"""A small desk at 09:00, counted by the pure core: the fixed input of the golden page and of the tests around it."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from stream.domain.answers import parted
from stream.domain.cells import Cells, merge_cells
from stream.domain.changes import Changes
from stream.domain.rollup import Rollup
from stream.domain.rows import Rows
from stream.domain.trends import Trend
from stream.domain.volume import Volume
from stream.domain.windows import TODAY, PanePlan, last, rolling
from stream.edge.owners.view import View
from stream.edge.owners.worker_state import RollupReport, ShardReport, WorkerReport
from stream.metrics import METRICS, ROWS
from stream.settings import Settings
from tests.domain.stories import US, Story, families_of, shard

NOW = 1_763_802_000
"""2025-11-22T09:00:00Z."""

WINDOWS = (rolling("15m", 900), TODAY, last(3))
GROUPS = ("all", "channel", "team", "channel_team")
MINUTE, HOUR = 60, 3600

TICKETS: dict[str, Story] = {
    "answered e-mail": Story()
    .created(NOW - 2 * HOUR, "email", "billing", "high")
    .message(NOW - 10 * MINUTE)
    .status(NOW - 5 * MINUTE, "solved")
    .survey(NOW - 2 * MINUTE, 5),
    "e-mail, reopened": Story()
    .created(NOW - 3 * HOUR, "email", "tech")
    .message(NOW - 2 * HOUR)
    .status(NOW - HOUR, "solved")
    .status(NOW - 30 * MINUTE, "open")
    .survey(NOW - 50 * MINUTE, 2),
    "answered call": Story()
    .created(NOW - 8 * MINUTE, "phone", "billing")
    .queued(NOW - 8 * MINUTE)
    .answered(NOW - 8 * MINUTE + 12),
    "abandoned call": Story()
    .created(NOW - 6 * MINUTE, "phone", "billing")
    .queued(NOW - 6 * MINUTE)
    .abandoned(NOW - 6 * MINUTE + 45),
    "hung up at once": Story()
    .created(NOW - 7 * MINUTE, "phone", "billing")
    .queued(NOW - 7 * MINUTE)
    .abandoned(NOW - 7 * MINUTE + 3),
    "waiting call": Story().created(NOW - 75, "phone", "tech").queued(NOW - 75),
    "callback": Story().created(NOW - 200, "phone", "tech").queued(NOW - 200).left_queue(NOW - 100),
}

TALLY = {"events": 23, "duplicates": 2, "unknown_types": 1, "dead_letters/missing_field": 3, "labels_shortened/cut": 4}

EVERYTHING = {"windows": "*", "group_bys": "*", "definitions": "*", "counters_by": "channel_team_priority"}
"""Exported, whatever is usual."""

SETTINGS = Settings.model_validate(
    {
        "windows": {"rolling": "15m", "today": True, "last_answers": 3},
        "group_by": {"names": ",".join(GROUPS)},
        "export": EVERYTHING,
    }
)


def view(tickets: Mapping[str, Story] = TICKETS, now: float = NOW) -> View:
    """What the roll-up shows of ``tickets``, spread over two shards, at ``now`` (seconds)."""
    shards = [shard(plan=PanePlan.for_windows(WINDOWS)) for _ in range(2)]
    rollup = Rollup(ROWS, WINDOWS, GROUPS, ZoneInfo("UTC"), families=families_of(METRICS))
    now_us = round(now * US)
    counters: dict[str, Cells] = {}
    for number, (name, story) in enumerate(tickets.items()):
        for event in story.events:
            shards[number % 2].fold(name, event)
            # A settlement after every event, as in a slow hour: what changes later is retracted.
            for segment, cells in _apply(rollup, number % 2, shards[number % 2].settle(now_us)):
                counters[f"{number % 2}|{segment}"] = cells
    rollup.advance(now_us)
    rows = Rows({block.address: block for block in rollup.take_blocks() if block.numbers})
    summed: dict[str, Cells] = {}
    for key, cells in counters.items():
        merge_cells(summed.setdefault(key.partition("|")[2], {}), cells)
    return View(rows, summed, TALLY, now_us, now_us - 2 * US)


def _apply(rollup: Rollup, partition: int, changes: Changes) -> list[tuple[str, Cells]]:
    for key, cells in changes.panes:
        rollup.apply_pane(partition, key, _copy(cells))
    for segment, cells in changes.levels:
        rollup.apply_levels(partition, segment, cells)
    for place, value in changes.last_answers:
        rollup.last.apply(partition, *place, parted(value) if value is not None else ())
    return [(segment, cells) for segment, cells in changes.counters if cells is not None]


def _copy(cells: Cells | None) -> Cells | None:
    """Snapshots travel as bytes, so the roll-up never sees a cell change."""
    copied: Cells = {}
    merge_cells(copied, cells or {})
    return copied or None


REPORT = WorkerReport(
    made_us=NOW * US,
    consumer_beat_us=NOW * US - 300_000,
    unready_reasons=(),
    rebalances_total=2,
    shards=(
        ShardReport(0, True, 5, 1200, 340, 9000, 0, 77, 0.012),
        ShardReport(1, True, 0, 1180, 338, 8800, 0, 75, 0.015),
    ),
    rollup=RollupReport(True, 420, 36, 0.02),
)

ONLY_SHARDS = WorkerReport(
    made_us=NOW * US,
    consumer_beat_us=NOW * US,
    unready_reasons=("shard 3 is loading its state (10 rows so far)",),
    rebalances_total=1,
    shards=(ShardReport(3, False, None, 10, 2, 10, 0, 0, None),),
    rollup=None,
)


class FixedState:
    """A `ServedWorker` that stands still, until a test puts another view or report into it."""

    def __init__(self, view_: View, report: WorkerReport = REPORT, now: float = NOW, settings: Settings = SETTINGS):
        self.view = view_
        self.report = report
        self.settings = settings
        self.now = now
        self.sick = ""
        self.known_trends: dict[str, Trend] = {}
        self.known_volume: Volume | None = None

    def trends(self, window: str, by: str, group: str) -> dict[str, Trend]:
        return self.known_trends

    def volume(self, window: str, by: str, group: str) -> Volume | None:
        return self.known_volume

    def now_us(self, view_: View) -> int:
        return round(self.now * US)

    def sickness(self) -> str:
        return self.sick
