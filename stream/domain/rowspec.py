"""How one published row is made of a pane's cells: a definition, as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from stream.domain.cells import Cells
from stream.domain.measures import Measure
from stream.domain.satisfaction import USUAL_WEIGHTS, Weights

RowKind: TypeAlias = Literal[
    "duration",
    "ratio",
    "mean",
    "count",
    "level",
    "balance",
    "longest",
    "staffing",
    "blend",
    "distance",
    "surge",
]


USUAL: Final = ("5m", "15m", "1h", "24h")
"""Windows of what happens all day long."""

RARE: Final = (*USUAL, "7d", "30d", "today")
"""Windows of what is judged by days: all that there are, unless somebody adds others, which are exported."""


class Export(Struct, frozen=True):
    """Where a row has gauges on ``/metrics``, unless the settings say otherwise.

    Of these windows (a level has none), and of groups of channels and teams with at most so many dimensions.
    ``of_last_answers``: in the window of these, too, of groups with at most one dimension.
    """

    windows: tuple[str, ...] = USUAL
    most_dimensions: int = 1
    of_last_answers: bool = False


HOURLY: Final = Export(("1h",))
"""Of what is looked at within the day."""

DAILY: Final = Export(("24h",))
"""Of what takes a day to mean anything."""

LONG: Final = Export(("30d",))
"""Of what few customers say."""


class RowSpec(Struct, frozen=True):
    """One published row of a metric: how cells become its numbers.

    ``metric`` and ``definition``@``version`` name it; ``numerator`` and ``denominator`` are measures whose counts are
    added up; for a duration or a mean, ``measure`` is the one whose sum and bins are used, and ``offset`` and
    ``scale`` turn its amounts into the published unit (``offset + scale * sum / count``).
    A distance is how far the numerator is from the denominator in how it is spread over the segments of a group; a
    surge is the last day of ``measure``, whose bins are hours, against the usual one.
    A longest is the longest span that ``measure`` has, as its bins tell it.
    ``censored``: measures of spans that were cut short; then those of ``measure`` say how long all would have lasted.
    ``compares``: of a balance, whether it says how it differs from the window before.
    ``made_of``: of staffing, contacts offered, handle times, waits of those who abandoned and who were answered; of a
    blend, what `satisfaction_of` names. ``weights``: of its parts.
    ``feeding``: measures that it does not name, and that count under one of its own once their time is over: only where
    no other row names them.
    ``pending``: of a ratio what may still get into its numerator, of which ``pending_now``, a level, tells how many.
    A balance is 100 times the share of the numerator less that of the ``subtrahend``, both of the denominator; a count
    with a ``subtrahend`` is the numerator less that. A mean with ``level`` is how long the members of that level, as
    they are now, would take at the pace at which the window had what is in the denominator.
    ``parts``: how count (or denominator) and amount (or numerator) of a ratio or mean follow from the cells and the
    bounds of a window, where that is more than adding up. Among the cells are those of ``level``, as they are now, and
    where there are any, the row is there though the window has nothing.
    ``gauge``: base name of its Prometheus series; ``oldest_gauge``: that of the age of a level's oldest member, where
    it has one. ``booked`` says at which time a fact counts. ``export``: None for one that is only in the topic.
    ``is_decided_late``: of a ratio whose numerator grows for days after its denominator was counted.
    """

    metric: str
    definition: str
    version: int
    kind: RowKind
    help: str
    formula: str
    booked: str
    gauge: str
    compares: bool = False
    measure: Measure | None = None
    numerator: tuple[Measure, ...] = ()
    denominator: tuple[Measure, ...] = ()
    subtrahend: tuple[Measure, ...] = ()
    censored: tuple[Measure, ...] = ()
    feeding: tuple[Measure, ...] = ()
    made_of: tuple[Measure, ...] = ()
    weights: Weights = USUAL_WEIGHTS
    pending: Measure | None = None
    pending_now: Measure | None = None
    level: tuple[Measure, ...] = ()
    offset: float = 0.0
    scale: float = 1e-6
    oldest_gauge: str = ""
    parts: Callable[[Cells, tuple[int, int] | None], tuple[int, float]] | None = None
    export: Export | None = Export()
    is_decided_late: bool = False

    @property
    def definition_id(self) -> str:
        """``name@version``, as rows carry it."""
        return f"{self.definition}@{self.version}"

    @property
    def has_variants(self) -> bool:
        """False of what holds now, whose levels are moved by name, and of what is made of other rows' measures."""
        return self.kind not in ("level", "staffing", "blend") and not self.levels

    @property
    def is_listed(self) -> bool:
        """True of a level whose tickets, or customers, are told by name."""
        return self.kind == "level" and all(measure.listed for measure in self.measures)

    @property
    def name(self) -> str:
        """Metric and definition, as keys of rows begin."""
        return f"{self.metric}|{self.definition_id}"

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Measures of which one has to be there: without any the row says nothing."""
        if self.measure is not None:
            return self.measure, *self.censored, *self.levels
        pending = [self.pending] if self.pending is not None else []
        return *self.numerator, *self.denominator, *self.subtrahend, *pending, *self.levels, *self.made_of

    @property
    def levels(self) -> tuple[Measure, ...]:
        """What holds now, beside what a window has."""
        return self.level if self.pending_now is None else (self.pending_now, *self.level)


def duration_row(
    metric: str, definition: str, text: str, formula: str, booked: str, measure: Measure, export: Export | None
) -> RowSpec:
    """The first version of a row of spans, whose gauge is called as its metric is."""
    return RowSpec(
        metric=metric,
        definition=definition,
        version=1,
        kind="duration",
        help=text,
        formula=formula,
        booked=booked,
        gauge=metric,
        measure=measure,
        export=export,
    )


class Place(Struct, frozen=True):
    """Where a row is published: in which windows (a level has none), and for which group-bys."""

    windows: frozenset[str]
    group_bys: frozenset[str]

    def holds(self, spec: RowSpec, window: str, by: str) -> bool:
        """Whether ``spec`` has rows there."""
        return by in self.group_bys and (spec.kind == "level" or window in self.windows)
