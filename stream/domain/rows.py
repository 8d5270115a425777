"""Rows: the published form of a number, the same for the derived topic, the gauges and the pages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

from stream.domain.cells import Cell, Cells
from stream.domain.histogram import quantiles
from stream.domain.rowspec import RowSpec
from stream.domain.segments import SEPARATOR, Segment, group_labels
from stream.domain.times import format_time_us

Quantile: TypeAlias = Literal["p50", "p90", "p99"]
Row: TypeAlias = dict[str, Any]
"""``metric, definition, by, segment, window, window_start, window_end, count`` and what the kind of row adds."""

QUANTILES: Final[dict[Quantile, float]] = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
_EMPTY: Final = Cell()
_IN_KEY: Final = str.maketrans({SEPARATOR: "/", "/": "%2F", "|": "%7C", "%": "%25"})


def row_key(spec: RowSpec, by: str, group: Segment, window: str) -> str:
    """Key of a row in the derived topic: the same number always has the same key, and no two share one."""
    return f"{spec.metric}|{spec.definition_id}|{by}|{_key_values(group)}|{window}"


def key_part(text: str) -> str:
    """``text`` without the signs that divide keys."""
    return text.translate(_IN_KEY)


@lru_cache(maxsize=65536)
def _key_values(group: Segment) -> str:
    # Channel "a/b" with team "c" is not channel "a" with team "b/c".
    return key_part(group)


def make_row(spec: RowSpec, by: str, group: Segment, window: str, bounds: tuple[int, int] | None, cells: Cells) -> Row:
    """A row from the cells of one group in one window; ``bounds`` in seconds, None where there are none.

    A ratio, mean or quantile of nothing is None, never 0.
    """
    row: Row = {
        "metric": spec.metric,
        "definition": spec.definition_id,
        "by": by,
        "segment": group_labels(by, group),
        "window": window,
        "window_start": format_time_us(bounds[0] * 1_000_000) if bounds else None,
        "window_end": format_time_us(bounds[1] * 1_000_000) if bounds else None,
    }
    if spec.kind == "ratio":
        numerator = sum(cells.get(name, _EMPTY).count for name in spec.numerator)
        denominator = sum(cells.get(name, _EMPTY).count for name in spec.denominator)
        row["count"] = denominator
        row["numerator"] = numerator
        row["denominator"] = denominator
        row["value"] = numerator / denominator if denominator else None
        return row
    cell = cells.get(spec.measure, _EMPTY)
    row["count"] = cell.count
    if spec.kind == "count":
        row["value"] = cell.count
    elif spec.kind == "level":
        row["value"] = cell.count
        row["oldest"] = format_time_us(cell.sum) if cell.count else None
    else:
        _add_mean(row, spec, cell)
    return row


def _add_mean(row: Row, spec: RowSpec, cell: Cell) -> None:
    row["sum"] = spec.offset * cell.count + cell.sum * spec.scale if spec.kind == "mean" else cell.sum / 1e6
    row["mean"] = row["sum"] / cell.count if cell.count else None
    if spec.kind == "duration":
        values = quantiles(cell.bins or {}, tuple(QUANTILES.values()))
        row["quantiles"] = {
            name: None if value is None else round(value, 3) for name, value in zip(QUANTILES, values, strict=True)
        }


def has_data(spec: RowSpec, present: Mapping[str, int]) -> bool:
    """True when one of the row's measures has been booked in any pane that is kept."""
    return any(name in present for name in spec.measures)
