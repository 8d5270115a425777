"""What a metric is: the measures it books, the facts it sees in a ticket, and the rows it publishes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from stream.domain.definitions import Definitions
from stream.domain.facts import Facts
from stream.domain.measures import Measure
from stream.domain.readers.reader import Reader
from stream.domain.rowspec import RowSpec
from stream.domain.subjects import TICKET
from stream.domain.timeline import Timeline

Knob: TypeAlias = float | tuple[tuple[str, float], ...] | tuple[tuple[int, int], ...]
"""A number, one by channel, or boxes by points: see `Definitions`."""


class Variant(Struct, frozen=True):
    """A definition that differs from ``of``, another one, by its settings alone.

    ``where``: dimension and names, of which a fact's segment has to have one; empty: all. ``knobs``: fields of
    `Definitions` that have another value here.
    """

    name: str
    of: str
    version: int = 1
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    knobs: tuple[tuple[str, Knob], ...] = ()


class Metric(Struct, frozen=True):
    """One metric, one file: measures, the facts of a ticket, and the rows made of them.

    ``facts(timeline, definitions, into)`` puts the ticket's facts into ``into``; it is pure. ``reads``: the readers it
    uses; it is asked again when one of them changed, or where its subject belongs (`BELONGING` of `timeline`).
    ``fact_values``: key of every fact that is published (``<n>`` and the like stand for what varies), and what its
    ``value`` is. ``windows``, ``group_bys``: where its rows are published, unless the settings say otherwise; empty: as
    those of all. ``more_windows``: beside those, in the same way. ``answers``: of a metric of answers, what its facts
    book; all book the first, whose amount is the answer's. Its rows have the window of the last answers, too.
    ``knobs``: fields of `Definitions` that its facts depend on, beside those of its readers; None: all of them. State
    is booked anew when one of these is set otherwise. ``needs``: field of the settings without which it has nothing to
    say, and is not there. ``variant``: what makes it differ from a metric in code. ``explanation``: its page, where
    that is not the docstring of the module of its facts.
    ``subject``: whose log it looks at (`stream.domain.subjects`).
    """

    name: str
    measures: tuple[Measure, ...]
    rows: tuple[RowSpec, ...]
    reads: tuple[type[Reader], ...]
    facts: Callable[[Timeline, Definitions, Facts], None]
    fact_values: dict[str, str] = {}
    windows: tuple[str, ...] = ()
    more_windows: tuple[str, ...] = ()
    answers: tuple[Measure, ...] = ()
    group_bys: tuple[str, ...] = ()
    knobs: tuple[str, ...] | None = None
    needs: str = ""
    variant: Variant | None = None
    explanation: str = ""
    subject: str = TICKET.name
