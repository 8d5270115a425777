"""The headline numbers of a board: value, target, judgement and trend of each. Judged here, so that pages only show.

What a tile shows is what the rows and the gauges of the same view show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from stream.domain.rollup import NOW_WINDOW
from stream.domain.rows import Row, row_key
from stream.domain.rowspec import RowSpec
from stream.domain.segments import Segment, group_labels
from stream.domain.targets import Target, judge
from stream.domain.times import format_time_us, parse_time_us
from stream.domain.trends import Trend
from stream.edge.owners.view import View
from stream.metrics import ROWS
from stream.metrics.targets import targets_of
from stream.settings import Settings
from stream.settings.channel_seconds import seconds_by_channel

ALERTS_SHOWN: Final = 20
RESOLVED_SHOWN_US: Final = 3_600_000_000
_SPECS: Final[Mapping[tuple[str, str], RowSpec]] = {(spec.metric, spec.definition_id): spec for spec in ROWS}


def spec_of(target: Target) -> RowSpec:
    """The row that a target is for."""
    return _SPECS[target.metric, target.definition]


class Tiles:
    """Makes the tiles; ``headlines`` are the targets, in the order of the board."""

    def __init__(self, settings: Settings) -> None:
        self.headlines: Sequence[Target] = targets_of(settings.targets.model_dump())
        self._min_samples = settings.targets.min_samples
        default, by_channel = seconds_by_channel(settings.definitions.answer_within_seconds)
        self._answer_within = {"default": default, **dict(by_channel)}

    def tiles(
        self, view: View, window: str, by: str, group: Segment, trends: Mapping[str, Trend]
    ) -> list[dict[str, Any]]:
        """One per headline; ``trends`` by the headline's name, what it lacks has none."""
        return [self._tile(view, target, window, by, group, trends.get(target.name)) for target in self.headlines]

    def _tile(
        self, view: View, target: Target, window: str, by: str, group: Segment, trend: Trend | None
    ) -> dict[str, Any]:
        spec = spec_of(target)
        is_level = spec.kind == "level"
        row = view.rows.get(row_key(spec, by, group, NOW_WINDOW if is_level else window))
        number = number_of(row, target, view.now_us) if row is not None else None
        count = row["count"] if row is not None and not is_level else None
        tile: dict[str, Any] = {
            "metric": target.name,
            "unit": target.unit,
            "statistic": target.field,
            "definition": target.definition,
            "value": number,
            "count": count,
            "target": target.value or None,
            "at_most": target.at_most,
            "judgement": judge(target, number, count, self._min_samples),
            "min_samples": self._min_samples,
            "trend": None
            if trend is None
            else {"start": trend.start_seconds, "step_seconds": trend.step_seconds, "values": trend.values},
        }
        if spec.kind == "ratio":
            tile["numerator"] = row["numerator"] if row is not None else None
            tile["denominator"] = row["denominator"] if row is not None else None
        if target.field == "oldest":
            tile["since"] = row["oldest"] if row is not None else None
        if target.name == "service_level":
            tile["answer_within_seconds"] = self._answer_within
        if target.name == "abandonment":
            tile["spike"] = _spike(view, by, group)
        return tile


def number_of(row: Row, target: Target, now_us: int) -> float | None:
    """What a target is compared with: a field of the row; of ``oldest`` its age in seconds, 0 where there is none."""
    if target.field == "p90":
        percentile: float | None = row["quantiles"]["p90"]
        return percentile
    if target.field == "oldest":
        since: str | None = row["oldest"]
        return 0.0 if since is None else max(0, now_us - parse_time_us(since)) / 1e6
    value: float | None = row["value"]
    return value


def _spike(view: View, by: str, group: Segment) -> str | None:
    labels = group_labels(by, group)
    for row in view.alerts:
        if row["status"] == "firing" and row["by"] == by and row["segment"] == labels:
            severity: str = row["severity"]
            return severity
    return None


def alerts_shown(view: View) -> list[Mapping[str, Any]]:
    """Those that fire, critical ones first, then those that resolved in the last hour; the newest first in each."""
    firing = [row for row in view.alerts if row["status"] == "firing"]
    firing.sort(key=lambda row: row["severity"] != "critical")
    since = format_time_us(max(0, view.now_us - RESOLVED_SHOWN_US))
    over = [row for row in view.alerts if row["status"] == "resolved" and row["resolved"] >= since]
    return [*firing, *over][:ALERTS_SHOWN]
