"""The number of a row: read here and nowhere else, for pages, gauges, trends, tables and whatever judges.

>>> row = {"quantiles": {"p50": 3.0, "p90": 8.5, "p99": None}, "mean": 4.0, "count": 7}
>>> number_of(row, "p90", 0), number_of(row, "p99", 0), number_of(row, "count", 0)
(8.5, None, 7)
>>> number_of({"oldest": "1970-01-01T00:01:00Z"}, "oldest", 90_000_000), number_of({"oldest": None}, "oldest", 0)
(30.0, 0.0)
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Final, Literal, TypeAlias

from stream.domain.rows import QUANTILES, Row
from stream.domain.rowspec import RowKind
from stream.domain.times import parse_time_us

NumberField: TypeAlias = Literal[
    "value",
    "mean",
    "count",
    "numerator",
    "denominator",
    "subtrahend",
    "low",
    "high",
    "sum",
    "p50",
    "p90",
    "p99",
    "oldest",
    "before",
    "change",
    "with_patience",
    "answered",
    "arrivals_per_hour",
    "handle_seconds",
    "patience_seconds",
    "agents_busy",
    "csat",
    "nps",
    "ces",
    "by_chance",
    "population",
    "segments",
    "latest",
    "usual",
    "days",
]
"""A field of a row; ``p50``, ``p90``, ``p99`` of its quantiles; ``oldest``: how long that has lasted."""

FIELDS: Final[dict[RowKind, tuple[NumberField, ...]]] = {
    "duration": ("mean", "p50", "p90", "p99", "count", "sum"),
    "ratio": ("value", "numerator", "denominator", "low", "high", "count"),
    "balance": ("value", "low", "high", "numerator", "subtrahend", "denominator", "count"),
    "mean": ("mean", "count", "sum"),
    "count": ("value", "count"),
    "level": ("value", "oldest", "count"),
    "longest": ("value", "low", "high", "count"),
    "blend": ("value", "low", "high", "csat", "nps", "ces", "count"),
    "distance": ("value", "by_chance", "count", "population", "segments"),
    "surge": ("value", "latest", "usual", "days", "count"),
    "staffing": (
        *("value", "with_patience", "answered", "arrivals_per_hour"),
        *("handle_seconds", "patience_seconds", "agents_busy", "count"),
    ),
}
"""What can be read off a row of each kind; the first is what it is about."""

_KINDS: Final[tuple[tuple[str, RowKind], ...]] = (
    ("quantiles", "duration"),
    ("with_patience", "staffing"),
    ("weights", "blend"),
    ("by_chance", "distance"),
    ("usual", "surge"),
    ("subtrahend", "balance"),
    ("denominator", "ratio"),
    ("mean", "mean"),
    ("oldest", "level"),
    ("low", "longest"),
)


def kind_of(row: Row) -> RowKind:
    """The kind of a row, by what is in it: a row of another version of Deskpulse may not be in the registry."""
    for field, kind in _KINDS:
        if field in row:
            return kind
    return "count"


def reader(field: NumberField) -> Callable[[Row], float | None]:
    """Reads ``field``, any but ``oldest``, off many rows at the price of an item; None where there is none."""
    if field in QUANTILES:
        return lambda row: row["quantiles"][field]
    if field == "oldest":
        raise ValueError("how long something has lasted depends on now: since_us and lasting_seconds")
    return itemgetter(field)


def since_us(row: Row) -> int | None:
    """Since when the oldest of a level is in that state, in microseconds; None where there is none."""
    since: str | None = row["oldest"]
    return None if since is None else parse_time_us(since)


def lasting_seconds(begin_us: int | None, now_us: int) -> float:
    """How long that has lasted by now; 0 where there is none, and never less."""
    return 0.0 if begin_us is None else max(0, now_us - begin_us) / 1e6


def number_of(row: Row, field: NumberField, now_us: int) -> float | None:
    """``field`` of a row as a number, spans in seconds; None where it is a ratio, mean or quantile of nothing."""
    return lasting_seconds(since_us(row), now_us) if field == "oldest" else reader(field)(row)
