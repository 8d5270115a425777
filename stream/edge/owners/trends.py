"""Trends, and the volume of today, for the boards that somebody looks at.

The roll-up's panes change under the worker's loop, and boards are made in another thread. So a board only says what it
wants; the worker's loop makes one trend at a time, between two publications, and leaves it where boards find it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from stream.domain.cells import Cells
from stream.domain.rollup import NOW_WINDOW, Rollup
from stream.domain.row_numbers import number_of
from stream.domain.rows import Address, Block, make_row, row_key
from stream.domain.segments import Segment
from stream.domain.trends import PLANS, LevelTrail, Trend, TrendPlan, plan_of
from stream.domain.volume import Volume
from stream.edge.owners.volumes import Volumes
from stream.metrics.headlines import HEADLINES, Headline
from stream.rules import windows_of
from stream.settings import Settings

Wanted: TypeAlias = tuple[str, str, Segment]
"""Window, group-by, group."""

Blocks: TypeAlias = Mapping[Address, Block]
"""All rows there are."""

REFRESH_US: Final = 5_000_000
FORGET_US: Final = 30_000_000
MOST_WANTED: Final = 50
_BLOCKS_A_STEP: Final = 100
_LEVEL_FIELDS: Final = tuple({headline.field: None for headline in HEADLINES if headline.is_level})

log = logging.getLogger(__name__)


class Trends:
    """`want` may be called from any thread; everything else belongs to the worker's loop."""

    def __init__(self, settings: Settings, rollup: Rollup) -> None:
        self._rollup = rollup
        self._plans = {window.name: plan_of(window) for window in windows_of(settings)}
        self._trails = {plan: LevelTrail(plan) for plan in PLANS}
        self._wanted: dict[Wanted, int] = {}
        self._made: dict[Wanted, int] = {}
        self._ready: dict[Wanted, Mapping[str, Trend]] = {}
        self._specs = {spec.name: spec for spec in settings.registry.rows}
        """As the settings have them: with their weights."""
        self._volumes = Volumes(settings, rollup)
        self._volume: dict[Wanted, Volume] = {}

    def want(self, wanted: Wanted, now_us: int) -> Mapping[str, Trend]:
        """The trends as last made, by the name of the headline; empty at first, and where too many are wanted."""
        if wanted in self._wanted or len(self._wanted) < MOST_WANTED:
            self._wanted[wanted] = now_us
        return self._ready.get(wanted, {})

    def volume(self, wanted: Wanted) -> Volume | None:
        """That of today in a group whose trends are wanted, as last made."""
        return self._volume.get(wanted)

    def step(self, now_us: int, blocks: Blocks) -> None:
        """Note levels, forget what nobody wants any more, and make the trends that are most out of date."""
        for _ in self.refresh(now_us, blocks):
            pass

    def refresh(self, now_us: int, blocks: Blocks) -> Iterator[None]:
        """`step`, a pane at a time; nothing may be applied to the roll-up before the last."""
        now = now_us // 1_000_000
        due_trails = [trail for trail in self._trails.values() if trail.is_due(now)]
        if due_trails and blocks:
            found: dict[str, float] = {}
            yield from _find_levels(now_us, blocks, found)
            for trail in due_trails:
                trail.note(now, found.get)
        wanted = dict(self._wanted)
        for key in [key for key, asked_us in wanted.items() if now_us - asked_us > FORGET_US]:
            for held in (self._wanted, self._made, self._ready, self._volume, wanted):
                held.pop(key, None)
        due = [key for key in wanted if now_us - self._made.get(key, 0) >= REFRESH_US]
        if due:
            chosen = min(due, key=lambda key: self._made.get(key, 0))
            self._made[chosen] = now_us
            try:
                yield from self._make(chosen, now_us, blocks)
                yield from self._make_volume(chosen, now_us)
            except Exception:
                # What a page asks for must not end the worker: a board without trends is no harm.
                log.exception("no trends of window %r by %r", chosen[0], chosen[1])

    def _make(self, wanted: Wanted, now_us: int, blocks: Blocks) -> Iterator[None]:
        window, by, group = wanted
        plan = self._plans.get(window)
        if plan is None:
            self._ready[wanted] = {}
            return
        now = now_us // 1_000_000
        width, step = plan.width_seconds, plan.step_seconds
        cells: list[Cells] = [{} for _ in range(plan.steps - 1)]
        last: list[Cells] = [{}]
        yield from self._rollup.fill_steps(cells, (by, group), width, plan.start(now), step)
        yield from self._rollup.fill_steps(last, (by, group), width, plan.latest(now), step)
        now_block = blocks.get((by, group, NOW_WINDOW))
        latest = _levels(now_us, {} if now_block is None else {now_block.address: now_block})
        made: dict[str, Trend] = {}
        for headline in HEADLINES:
            if not headline.has_trend:
                continue
            made[headline.name] = self._trend(headline, plan, (by, group), cells + last, now, latest)
            yield
        self._ready[wanted] = made

    def _make_volume(self, wanted: Wanted, now_us: int) -> Iterator[None]:
        _, by, group = wanted
        made: list[Volume] = []
        yield from self._volumes.made((by, group), now_us // 1_000_000, made)
        if made:
            self._volume[wanted] = made[0]
        else:
            self._volume.pop(wanted, None)

    def _trend(
        self,
        headline: Headline,
        plan: TrendPlan,
        group: tuple[str, Segment],
        cells: list[Cells],
        now: int,
        latest: Callable[[str], float | None],
    ) -> Trend:
        spec = self._specs.get(headline.row.name, headline.row)
        if headline.is_level:
            key = f"{row_key(spec, *group, NOW_WINDOW)}|{headline.field}"
            # The trail keeps how a step began; the last dot is to be the number beside it.
            return self._trails[plan].trend(now, key).ending_with(latest(key))
        numbers = [number_of(make_row(spec, *group, "", None, step), headline.field, 0) for step in cells]
        values = tuple(None if number is None else round(number, 4) for number in numbers)
        return Trend(plan.start(now), plan.step_seconds, values)


def _levels(now_us: int, blocks: Blocks) -> Callable[[str], float | None]:
    """Values and ages of all levels at this moment, by key of the row and field."""
    found: dict[str, float] = {}
    for _ in _find_levels(now_us, blocks, found):
        pass
    return found.get


def _find_levels(now_us: int, blocks: Blocks, found: dict[str, float]) -> Iterator[None]:
    for count, block in enumerate(blocks.values()):
        for name in block.numbers if block.window == NOW_WINDOW else ():
            row = block.row(name)
            for field in _LEVEL_FIELDS:
                number = number_of(row, field, now_us)
                if number is not None:
                    found[f"{block.key(name)}|{field}"] = number
        if not count % _BLOCKS_A_STEP:
            yield
