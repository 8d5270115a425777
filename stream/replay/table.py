"""The end of a replay, to read: the main numbers of the window total, and what became of the records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.table import Table

from stream.domain.row_numbers import FIELDS, kind_of, number_of
from stream.domain.rows import QUANTILES, Row
from stream.metrics import ROWS
from stream.replay.waiting import dead_letters

WINDOWS: Final = ("total", "now")
_ORDER: Final = {(spec.metric, spec.definition_id): number for number, spec in enumerate(ROWS)}
_NOTHING: Final = "-"


def shown_rows(rows: Iterable[Row], by: str) -> list[Row]:
    """The rows of one group-by that a person wants to see, in the order of the registry."""
    chosen = [row for row in rows if row["by"] == by and row["window"] in WINDOWS]
    return sorted(chosen, key=lambda row: (_segment_text(row), _place(row)))


def _place(row: Row) -> int:
    return _ORDER.get((row["metric"], row["definition"]), len(_ORDER))


def metrics_table(rows: Sequence[Row], by: str) -> Table:
    """A line for each row; the segment is told once."""
    table = Table(box=box.SIMPLE, title=f"All events, by {by}" if by != "all" else "All events", title_justify="left")
    if by != "all":
        table.add_column(by.replace("_", ", "))
    table.add_column("Metric")
    table.add_column("Definition", style="dim")
    for name in ("Count", "Value", *QUANTILES):
        table.add_column(name, justify="right", no_wrap=True)
    before = None
    for row in rows:
        segment = _segment_text(row)
        cells = [row["metric"], row["definition"], f"{row['count']:,}", value_text(row), *_quantile_texts(row)]
        table.add_row(*([] if by == "all" else [segment if segment != before else ""]), *cells)
        before = segment
    return table


def tally_table(sent: int, tally: Mapping[str, int]) -> Table:
    """What became of every record that was sent."""
    letters = dead_letters(tally)
    table = Table(box=box.SIMPLE, title="Records", title_justify="left")
    table.add_column("What became of them")
    table.add_column("Count", justify="right")
    table.add_row("sent", f"{sent:,}", style="bold")
    table.add_row("events counted", f"{tally.get('events', 0):,}")
    table.add_row("duplicates", f"{tally.get('duplicates', 0):,}")
    table.add_row("same id, other content", f"{tally.get('conflicts', 0):,}")
    table.add_row("of unknown type, skipped", f"{tally.get('unknown_types', 0):,}")
    if not_kept := tally.get("not_kept", 0):
        table.add_row("of tickets that are full, not kept", f"{not_kept:,}")
    if forgotten := tally.get("forgotten", 0):
        table.add_row("of customers to be forgotten, not kept", f"{forgotten:,}")
    table.add_row("dead letters", f"{sum(letters.values()):,}")
    for reason, count in letters.items():
        table.add_row(f"  {reason}", f"{count:,}")
    return table


def value_text(row: Row) -> str:
    """The number of a row: the mean of a duration, a ratio in percent, a count."""
    kind = kind_of(row)
    number = number_of(row, FIELDS[kind][0], 0)
    if number is None:
        return _NOTHING
    if kind == "duration":
        return span_text(number)
    return (
        f"{100 * number:.2f} %"
        if kind == "ratio"
        else f"{number:.3f}"
        if kind in ("mean", "distance", "surge")
        else f"{number:,}"
    )


def _quantile_texts(row: Row) -> list[str]:
    known = FIELDS[kind_of(row)]
    return [span_text(number_of(row, name, 0)) if name in known else "" for name in QUANTILES]


def span_text(seconds: float | None) -> str:
    """A duration in the two units that say most.

    >>> span_text(73.1377), span_text(5.21), span_text(586231.3), span_text(None)
    ('1 min 13 s', '5.2 s', '6 d 19 h', '-')
    """
    if seconds is None:
        return _NOTHING
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    hours = round(seconds / 3600)
    return f"{hours // 24} d {hours % 24} h"


def _segment_text(row: Mapping[str, Any]) -> str:
    return ", ".join(value or "(none)" for value in row["segment"].values())
