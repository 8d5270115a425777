"""Differences, to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich import box
from rich.table import Table

from stream.compare.differences import Difference, Side
from stream.replay.table import span_text

_NOTHING: Final = "-"
_DIGITS: Final = {"blend": 4, "distance": 4, "mean": 2, "balance": 2, "surge": 2}
"""By kind, those behind the point, of a number and of a difference alike; others have none."""


def differences_table(found: Sequence[Difference], by: str) -> Table:
    """A line for each row that differs: what side A says, what side B."""
    title = "All events" if by == "all" else f"All events, by {by}"
    table = Table(box=box.SIMPLE, title=title, title_justify="left")
    if by != "all":
        table.add_column(by.replace("_", ", "))
    table.add_column("Metric", overflow="fold")
    table.add_column("Definition", style="dim", overflow="fold")
    for name in ("Count A", "Count B", "A", "B", "Difference"):
        table.add_column(name, justify="right", no_wrap=True)
    for item in found:
        table.add_row(
            *([] if by == "all" else [item.group or "(none)"]),
            item.metric,
            item.definition,
            *(_NOTHING if side is None else f"{side.count:,}" for side in (item.one, item.other)),
            _text(item.kind, item.one),
            _text(item.kind, item.other),
            change_text(item.kind, item.change) if item.change or not item.fields else f"in {', '.join(item.fields)}",
        )
    return table


def _text(kind: str, side: Side | None) -> str:
    if side is None or side.number is None:
        return _NOTHING
    if kind in ("duration", "longest"):
        return span_text(side.number)
    if kind == "ratio":
        return f"{100 * side.number:.2f} %"
    return f"{side.number:,.{_DIGITS.get(kind, 0)}f}"


def change_text(kind: str, change: float | None) -> str:
    """A difference with its sign: of ratios in percentage points, of spans as one.

    >>> change_text("ratio", 0.0632), change_text("duration", -73.2), change_text("count", 0), change_text("mean", None)
    ('+6.32 points', '-1 min 13 s', '0', '-')
    """
    if change is None:
        return _NOTHING
    if change == 0:
        return "0"
    sign = "+" if change > 0 else "-"
    if kind in ("duration", "longest"):
        return sign + span_text(abs(change))
    if kind == "ratio":
        return f"{100 * change:+.2f} points"
    return f"{change:+,.{_DIGITS.get(kind, 0)}f}"
