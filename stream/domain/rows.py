"""Rows: the published form of a number, the same for the derived topic, the gauges and the pages.

They are kept as `Number`, a tenth of the size, and what the rows of one group in one window have in common stands once,
in their `Block`. None of that is looked at by the collector: it holds no cycles, and there may be a million.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct

from stream.domain.cells import Cell, Cells
from stream.domain.histogram import bounds_of, censored_quantiles, quantiles, seconds_of
from stream.domain.intervals import net_promoter_interval, net_promoter_score, wilson
from stream.domain.measures import Measure
from stream.domain.rowspec import RowSpec
from stream.domain.satisfaction import Satisfaction, satisfaction_of
from stream.domain.segments import SEPARATOR, Segment, group_labels
from stream.domain.times import format_time_us
from stream.domain.windows import LAST
from stream.domain.workforce import NO_GOAL, Goal, Workforce, workforce_of

Quantile: TypeAlias = Literal["p50", "p90", "p99"]
Row: TypeAlias = dict[str, Any]
"""``metric, definition, by, segment, window, window_start, window_end, count`` and what the kind of row adds."""

Address: TypeAlias = tuple[str, Segment, str]
"""Group-by, group and window: where a block stands."""

Bounds: TypeAlias = tuple[int, int]
"""Start and end of a window, in seconds."""

QUANTILES: Final[dict[Quantile, float]] = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
_SIGNS: Final = {"/": SEPARATOR, "%2F": "/", "%7C": "|", "%25": "%"}
_IN_KEY: Final = str.maketrans({sign: text for text, sign in _SIGNS.items()})
_FROM_KEY: Final = re.compile("|".join(_SIGNS))
_KEY_PARTS: Final = 5
_EMPTY: Final = Cell()
_NO_INTERVAL: Final = (None, None)


def row_key(spec: RowSpec, by: str, group: Segment, window: str) -> str:
    """Key of a row in the derived topic: the same number always has the same key, and no two share one."""
    return f"{spec.name}|{by}|{key_of_group(group)}|{window}"


def key_part(text: str) -> str:
    """``text`` without the signs that divide keys."""
    return text.translate(_IN_KEY)


@lru_cache(maxsize=65536)
def key_of_group(group: Segment) -> str:
    """The part of a row's key that names its group."""
    # Channel "a/b" with team "c" is not channel "a" with team "b/c".
    return key_part(group)


@lru_cache(maxsize=65536)
def group_of_key(part: str) -> Segment:
    """Inverse of `key_of_group`."""
    return _FROM_KEY.sub(lambda found: _SIGNS[found[0]], part)


class Percentiles(Struct, frozen=True, gc=False):
    """Those of `QUANTILES`, in seconds. No tuple: the collector would look at a hundred thousand of them."""

    p50: float | None
    p90: float | None
    p99: float | None


class Number(Struct, frozen=True, gc=False):
    """What one row says. ``amount``: numerator of a ratio, sum of amounts in the published unit, oldest start (us).

    Of the longest span it is the bin. ``less``: what a balance takes from its numerator, and a count from its number.
    ``workforce``: of staffing. ``satisfaction``: of a blend. ``before``: the same of the window before, where it is
    compared with that. ``answers``: of a window of answers, how many there are; -1 of others.
    """

    spec: RowSpec
    bounds: Bounds | None
    count: int
    amount: float = 0
    percentiles: Percentiles | None = None
    less: int = 0
    workforce: Workforce | None = None
    satisfaction: Satisfaction | None = None
    before: Number | None = None
    answers: int = -1

    def row(self, by: str, group: Segment, window: str) -> Row:
        """The published form. A ratio, mean or quantile of nothing is None, never 0."""
        spec, count, amount, bounds = self.spec, self.count, self.amount, self.bounds
        row: Row = {
            "metric": spec.metric,
            "definition": spec.definition_id,
            "by": by,
            "segment": group_labels(by, group),
            "window": window,
            "window_start": _moment(bounds[0]) if bounds else None,
            "window_end": _moment(bounds[1]) if bounds else None,
            "count": count,
        }
        if spec.kind == "ratio":
            row["numerator"] = amount
            row["denominator"] = count
            row["value"] = amount / count if count else None
            # A balance of comings and goings may lie beyond: that is no share.
            is_share = 0 <= amount <= count
            row["low"], row["high"] = (wilson(int(amount), count) if is_share else None) or _NO_INTERVAL
        elif spec.kind == "balance":
            plus = int(amount)
            row["numerator"] = plus
            row["subtrahend"] = self.less
            row["denominator"] = count
            row["value"] = net_promoter_score(plus, self.less, count)
            row["low"], row["high"] = net_promoter_interval(plus, self.less, count) or _NO_INTERVAL
            if spec.compares:
                row |= _comparison(row["value"], self.before)
        elif spec.kind == "count":
            row["value"] = count - 2 * self.less
        elif spec.kind == "longest":
            row["value"] = seconds_of(int(amount)) if count else None
            row["low"], row["high"] = bounds_of(int(amount)) if count else _NO_INTERVAL
        elif self.workforce is not None:
            row |= _staffing_fields(self.workforce)
        elif self.satisfaction is not None:
            row |= self.satisfaction.fields()
        elif spec.kind == "level":
            row["value"] = count
            row["oldest"] = format_time_us(int(amount)) if count else None
        else:
            row["sum"] = amount
            row["mean"] = amount / count if count else None
            if self.percentiles is not None:
                row["quantiles"] = {name: getattr(self.percentiles, name) for name in QUANTILES}
        if self.answers >= 0:
            row["answers"] = self.answers
            row["is_full"] = self.answers >= int(window.removeprefix(LAST))
        return row


@lru_cache(maxsize=4096)
def _moment(seconds: int) -> str:
    return format_time_us(seconds * 1_000_000)


def _comparison(value: float | None, before: Number | None) -> Row:
    earlier = net_promoter_score(int(before.amount), before.less, before.count) if before is not None else None
    return {
        "before": earlier,
        "before_count": before.count if before is not None else None,
        "change": None if value is None or earlier is None else value - earlier,
    }


def _staffing_fields(found: Workforce) -> Row:
    return {
        "value": found.agents,
        "with_patience": found.agents_with_patience,
        "answered": found.answered,
        "arrivals_per_hour": found.arrivals_per_hour,
        "handle_seconds": found.handle_seconds,
        "patience_seconds": found.patience_seconds,
        "agents_busy": found.busy,
        "service_level_target": found.goal.service_level or None,
        "answer_within_seconds": found.goal.within_seconds,
    }


def make_number(spec: RowSpec, bounds: Bounds | None, cells: Cells, goal: Goal = NO_GOAL) -> Number:
    """From the cells of one group in one window; ``bounds`` None where there are none. ``goal``: of the group."""
    if spec.parts is not None:
        return Number(spec, bounds, *spec.parts(cells, bounds))
    if spec.kind == "ratio":
        reached = _counted(cells, spec.numerator)
        if spec.pending is not None and spec.pending_now is not None:
            # Of a window that is shorter than the time they have, not all of them are the window's.
            reached += min(_counted(cells, (spec.pending,)), _counted(cells, (spec.pending_now,)))
        return Number(spec, bounds, _counted(cells, spec.denominator), reached)
    if spec.kind == "balance":
        less = _counted(cells, spec.subtrahend)
        return Number(spec, bounds, _counted(cells, spec.denominator), _counted(cells, spec.numerator), less=less)
    if spec.subtrahend:
        less = _counted(cells, spec.subtrahend)
        return Number(spec, bounds, _counted(cells, spec.numerator) + less, less=less)
    if spec.level and spec.kind == "mean":
        count = _counted(cells, spec.denominator) if bounds else 0
        return Number(spec, bounds, count, _counted(cells, spec.level) * _seconds(bounds) if count else 0)
    if spec.kind == "blend":
        csat, top, nps, promoters, detractors, ces, easy = (measure.name for measure in spec.made_of)
        blend = satisfaction_of(cells, (csat, top, nps, promoters, detractors, ces, easy), spec.weights)
        return Number(spec, bounds, blend.count, satisfaction=blend)
    if spec.kind == "staffing":
        offered, handled, abandoned, answered = (measure.name for measure in spec.made_of)
        seconds = bounds[1] - bounds[0] if bounds else None
        found = workforce_of(cells, (offered, handled, abandoned, answered), seconds, goal)
        return Number(spec, bounds, cells.get(offered, _EMPTY).count, workforce=found)
    cell = cells.get(spec.measure.name, _EMPTY) if spec.measure is not None else _EMPTY
    if spec.kind == "count":
        return Number(spec, bounds, cell.count)
    if spec.kind == "level":
        return Number(spec, bounds, cell.count, cell.sum)
    if spec.kind == "mean":
        return Number(spec, bounds, cell.count, spec.offset * cell.count + cell.sum * spec.scale)
    if spec.kind == "longest":
        return Number(spec, bounds, cell.count, max(cell.bins or (0,)))
    total, wanted = cell.sum, tuple(QUANTILES.values())
    if spec.censored:
        cut = [cells.get(measure.name, _EMPTY) for measure in spec.censored]
        total += sum(other.sum for other in cut)
        values = censored_quantiles(cell.bins or {}, [other.bins or {} for other in cut], wanted)
    else:
        values = quantiles(cell.bins or {}, wanted)
    percentiles = Percentiles(*(None if value is None else round(value, 3) for value in values))
    return Number(spec, bounds, cell.count, total / 1e6, percentiles)


def _seconds(bounds: Bounds | None) -> int:
    return bounds[1] - bounds[0] if bounds else 0


def _counted(cells: Cells, measures: Iterable[Measure]) -> int:
    return sum(cells.get(measure.name, _EMPTY).count for measure in measures)


def make_row(
    spec: RowSpec,
    by: str,
    group: Segment,
    window: str,
    bounds: Bounds | None,
    cells: Cells,
    goal: Goal = NO_GOAL,
) -> Row:
    """The published form of `make_number`."""
    return make_number(spec, bounds, cells, goal).row(by, group, window)


class Block(Struct, frozen=True, gc=False):
    """The rows of one group in one window: ``numbers`` by the name of their spec.

    ``kept``: names of those that are as they were, and not among the numbers.
    """

    by: str
    group: Segment
    window: str
    numbers: dict[str, Number]
    kept: tuple[str, ...] = ()

    @property
    def address(self) -> Address:
        """Where it stands."""
        return self.by, self.group, self.window

    def key(self, name: str) -> str:
        """Key of a row, see `rows.row_key`."""
        return f"{name}|{self.by}|{key_of_group(self.group)}|{self.window}"

    def row(self, name: str) -> Row:
        """The published form of one."""
        return self.numbers[name].row(self.by, self.group, self.window)


def in_key_order(blocks: Iterable[Block]) -> list[Block]:
    """As the keys of the rows of one name are ordered."""
    return sorted(blocks, key=lambda block: f"{block.by}|{key_of_group(block.group)}|{block.window}")


class Rows(Mapping[str, Row]):
    """The published form of ``blocks``, by key: made anew for each that is asked for."""

    __slots__ = ("blocks",)

    def __init__(self, blocks: Mapping[Address, Block]) -> None:
        self.blocks = blocks

    def __getitem__(self, key: str) -> Row:
        parts = key.split("|")
        if len(parts) != _KEY_PARTS:
            raise KeyError(key)
        metric, definition, by, group, window = parts
        return self.blocks[by, group_of_key(group), window].row(f"{metric}|{definition}")

    def __iter__(self) -> Iterator[str]:
        return (block.key(name) for block in self.blocks.values() for name in block.numbers)

    def __len__(self) -> int:
        return sum(len(block.numbers) for block in self.blocks.values())

    def __bool__(self) -> bool:
        return bool(self.blocks)
