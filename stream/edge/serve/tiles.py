"""The headline numbers of a board: value, target, judgement and trend of each. Judged here, so that pages only show.

What a tile shows is what the rows and the gauges of the same view show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from stream.domain.rollup import NOW_WINDOW
from stream.domain.row_numbers import number_of
from stream.domain.rows import row_key
from stream.domain.segments import Segment, group_labels
from stream.domain.spikes.alert import RATIO_KIND
from stream.domain.targets import Target, judge
from stream.domain.times import format_time_us
from stream.domain.trends import Trend
from stream.edge.owners.view import View
from stream.edge.serve.level_list import listed_levels
from stream.metrics.headlines import BEST, Headline
from stream.settings import Settings
from stream.settings.channel_seconds import seconds_by_channel

ALERTS_SHOWN: Final = 20
BLENDED: Final = ("csat", "nps", "ces")
"""Parts of overall satisfaction."""
RESOLVED_SHOWN_US: Final = 3_600_000_000


class Tiles:
    """Makes the tiles of headlines."""

    def __init__(self, settings: Settings) -> None:
        self._targets = settings.targets.chosen
        self._min_samples = settings.targets.min_samples
        self._currency = settings.customers.currency
        self._benchmarks = settings.chosen_benchmarks
        self._levels = listed_levels(settings.registry)
        default, by_channel = seconds_by_channel(settings.definitions.answer_within_seconds)
        self._answer_within = {"default": default, **dict(by_channel)}

    def tiles(
        self,
        view: View,
        headlines: Sequence[Headline],
        window: str,
        by: str,
        group: Segment,
        trends: Mapping[str, Trend],
    ) -> list[dict[str, Any]]:
        """One per headline; ``trends`` by the headline's name, what it lacks has none."""
        return [self._tile(view, one, window, by, group, trends.get(one.name)) for one in headlines]

    def _tile(
        self, view: View, headline: Headline, window: str, by: str, group: Segment, trend: Trend | None
    ) -> dict[str, Any]:
        spec = headline.row
        row = view.rows.get(row_key(spec, by, group, NOW_WINDOW if headline.is_level else window))
        number = number_of(row, headline.field, view.now_us) if row is not None else None
        count = row["count"] if row is not None and not headline.is_level else None
        target = Target(
            self._targets.value(headline.name, group_labels(by, group)), headline.at_most, BEST.get(headline.unit, 1.0)
        )
        tile: dict[str, Any] = {
            "metric": headline.name,
            "unit": headline.unit,
            "statistic": headline.field,
            "definition": spec.definition_id,
            "value": number,
            "count": count,
            "samples": None if headline.is_level else headline.samples,
            "target": target.value or None,
            "at_most": target.at_most,
            "judgement": judge(target, number, count, self._min_samples),
            "min_samples": self._min_samples,
            "has_trend": headline.has_trend,
            "trend": None
            if trend is None
            else {"start": trend.start_seconds, "step_seconds": trend.step_seconds, "values": trend.values},
        }
        if beside := [one for one in self._benchmarks if one.headline == headline.name]:
            tile["benchmarks"] = [
                {"name": one.name, "value": one.value, "source": one.source, "distance": one.distance(number)}
                for one in beside
            ]
        if spec.kind == "blend":
            tile["parts"] = {name: row[name] if row is not None else None for name in BLENDED}
        if spec.kind == "ratio":
            tile["numerator"] = row["numerator"] if row is not None else None
            tile["denominator"] = row["denominator"] if row is not None else None
        if headline.unit == "money":
            tile["currency"] = self._currency
        if headline.field == "oldest":
            # Pages let it run on, and judge it by these until they hear more.
            tile["since"] = row["oldest"] if row is not None else None
            tile["risk_begins"] = target.risk_begins or None
        if headline.tells_answer_within:
            tile["answer_within_seconds"] = self._answer_within
        if (level := self._levels.get(spec.definition)) is not None:
            tile[f"{level.subject.name}s"] = {"level": spec.definition, "by": by, **group_labels(by, group)}
        if headline.has_spikes:
            tile["spike"] = _spike(view, by, group)
        return tile


def _spike(view: View, by: str, group: Segment) -> str | None:
    labels = group_labels(by, group)
    for row in view.alerts:
        is_here = row["by"] == by and row["segment"] == labels
        if row["status"] == "firing" and is_here and row.get("kind") != RATIO_KIND:
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
