"""What a headline number is: the record from which its setting, its judgement, its tile and its panels follow."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct

from stream.domain.row_numbers import NumberField
from stream.domain.rowspec import RowSpec
from stream.metrics.spec import Metric

Unit: TypeAlias = Literal["ratio", "seconds", "count", "points", "money"]
"""``points``: of a balance, -100 to 100. ``money``: in the reporting currency."""

Samples: TypeAlias = Literal[
    "contacts", "responses", "replies", "tickets", "answers", "surveys", "promises", "customers"
]
Page: TypeAlias = Literal["overview", "service", "satisfaction", "backlog", "customers"]
"""A page of the wallboard that shows tiles; ``overview`` is the one that is shown where none is asked for."""

PAGES: Final[tuple[Page, ...]] = get_args(Page)
BEST: Final[dict[Unit, float]] = {"ratio": 1.0, "points": 100.0}
"""What can be reached at best, of what should reach its target."""


class Watch(Struct, frozen=True):
    """An alert of ``deploy/prometheus`` that watches a headline, and the windows that its rule reads."""

    alert: str
    windows: tuple[str, ...] = ()


class Headline(Struct, frozen=True, kw_only=True):
    """One headline number.

    ``row`` and ``field``: where it is read. ``pages``: of the wallboard, that show it. ``at_most``: it should not
    exceed its target; else it is a ratio, or points, to reach.
    ``setting``: name in section ``targets``, with ``wanted`` as its text and ``default`` as its value (0: no target);
    empty where nobody would set one. ``samples``: what it stands on, or what a level counts. ``fact``: what
    ``/api/facts`` lists behind it, and what that is called; empty of customers. ``title`` and ``meaning`` are for
    dashboards. ``tells_answer_within``: its text names the seconds of ``definitions.answer_within_seconds``.
    ``has_spikes``: it is what spikes are looked for in, and its tile shows them.
    """

    name: str
    row: RowSpec
    unit: Unit
    pages: tuple[Page, ...]
    samples: Samples
    title: str
    meaning: str
    setting: str = ""
    wanted: str = ""
    fact: str = ""
    fact_title: str = ""
    default: float = 0.0
    field: NumberField = "value"
    at_most: bool = True
    watches: tuple[Watch, ...] = ()
    tells_answer_within: bool = False
    has_spikes: bool = False

    @property
    def has_trend(self) -> bool:
        """False of what is made of levels as well: what these were before, nobody knows any more."""
        return self.is_level or self.row.parts is None

    @property
    def is_level(self) -> bool:
        """True of what holds now and has no window, and so no samples."""
        return self.row.kind == "level"


def row_of(metric: Metric, definition: str) -> RowSpec:
    """The row of ``metric`` by this definition, whatever its version; ValueError where there is none."""
    for row in metric.rows:
        if row.definition == definition:
            return row
    known = ", ".join(row.definition for row in metric.rows)
    raise ValueError(f"metric {metric.name} has no definition {definition!r}; it has: {known}")
