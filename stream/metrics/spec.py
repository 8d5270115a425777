"""What a metric is: the measures it books, the facts it sees in a ticket, and the rows it publishes."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from stream.domain.definitions import Definitions
from stream.domain.facts import Facts
from stream.domain.measures import Measure
from stream.domain.readers.reader import Reader
from stream.domain.rowspec import RowSpec
from stream.domain.timeline import Timeline


class Metric(Struct, frozen=True):
    """One metric, one file: measures, the facts of a ticket, and the rows made of them.

    ``facts(timeline, definitions, into)`` puts the ticket's facts into ``into``; it is pure. ``reads``: the readers it
    uses; it is asked again when one of them changed, or where the ticket belongs (`EVERYBODYS` of `timeline`).
    ``fact_values``: key of every fact that is published (``<n>`` and the like stand for what varies), and what its
    ``value`` is. ``windows``, ``group_bys``: where its rows are published, unless the settings say otherwise; empty: as
    those of all.
    """

    name: str
    measures: tuple[Measure, ...]
    rows: tuple[RowSpec, ...]
    reads: tuple[type[Reader], ...]
    facts: Callable[[Timeline, Definitions, Facts], None]
    fact_values: dict[str, str] = {}
    windows: tuple[str, ...] = ()
    group_bys: tuple[str, ...] = ()
