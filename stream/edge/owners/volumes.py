"""The volume of today in a group, and of the days it is compared with, made of the panes of whole hours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stream.domain.cells import Cells
from stream.domain.presence import Group
from stream.domain.rollup import Rollup
from stream.domain.row_numbers import number_of
from stream.domain.rows import make_row
from stream.domain.rowspec import RowSpec
from stream.domain.volume import Compared, Span, Volume, compare, day_spans
from stream.domain.windows import COARSE_SECONDS, PanePlan
from stream.metrics.volume import DAY_COUNTS
from stream.rules import pane_plan_of
from stream.settings import Settings

_TODAY: Final = 0


class Volumes:
    """Reads the roll-up's panes: nothing may be applied to it between two steps of `made`."""

    def __init__(self, settings: Settings, rollup: Rollup) -> None:
        self._rollup = rollup
        self._zone = settings.windows.zone
        plan = pane_plan_of(settings)
        self._kept = {count.name: _kept_seconds(plan, count.row) for count in DAY_COUNTS}

    def made(self, group: Group, now_seconds: int, into: list[Volume]) -> Iterator[None]:
        """Append the volume of a group, a pane at a time; nothing before the first whole hour of a day is over."""
        spans = day_spans(now_seconds, self._zone)
        today = spans[_TODAY]
        if today.start == today.end:
            return
        oldest = self._rollup.oldest_pane(COARSE_SECONDS)
        cells: dict[int, Cells] = {}
        for days, span in spans.items():
            if oldest is not None and (days == _TODAY or oldest <= span.start):
                found: list[Cells] = [{}]
                if span.end > span.start:
                    length = span.end - span.start
                    yield from self._rollup.fill_steps(found, group, COARSE_SECONDS, span.start, length)
                cells[days] = found[0]
        numbers: dict[str, Compared] = {}
        for count in DAY_COUNTS:
            known = {
                days: number_of(make_row(count.row, *group, "", None, held), count.field, 0) or 0.0
                for days, held in cells.items()
                if self._is_kept(count.name, spans[days], now_seconds)
            }
            if _TODAY in known:
                numbers[count.name] = compare(known.pop(_TODAY), known)
        into.append(Volume(today.end, numbers))

    def _is_kept(self, name: str, span: Span, now_seconds: int) -> bool:
        return span.start >= now_seconds - self._kept[name]


def _kept_seconds(plan: PanePlan, spec: RowSpec) -> int:
    """For how long the hours of all that a row is made of are kept; 0: not at all."""
    usual = plan.retention.get(COARSE_SECONDS, 0)
    shorter = plan.shorter.get(COARSE_SECONDS, {})
    return min(shorter.get(measure.name, usual) for measure in spec.measures)
