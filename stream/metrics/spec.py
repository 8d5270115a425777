"""What a metric is: the measures it books, the facts it sees in a ticket, and the rows it publishes."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from stream.domain.definitions import Definitions
from stream.domain.facts import Facts
from stream.domain.rowspec import RowSpec
from stream.domain.timeline import Timeline


class Measure(Struct, frozen=True):
    """A countable thing that facts book. ``histogram``: amounts are spans, kept in bins for quantiles.

    ``counter``: name of the additive Prometheus series at the finest segment, ``None`` where there is none.
    ``is_counted``: all that was ever booked is counted, for that series or for one of the pipeline's own.
    """

    name: str
    help: str
    histogram: bool = False
    counter: str | None = None
    is_counted: bool = False


class Metric(Struct, frozen=True):
    """One metric, one file: measures, the facts of a ticket, and the rows made of them.

    ``facts(timeline, definitions, into)`` puts the ticket's facts into ``into``; it is pure. ``fact_values``: key of
    every fact that is published (``<n>`` and the like stand for what varies), and what its ``value`` is.
    """

    name: str
    measures: tuple[Measure, ...]
    rows: tuple[RowSpec, ...]
    facts: Callable[[Timeline, Definitions, Facts], None]
    fact_values: dict[str, str] = {}
