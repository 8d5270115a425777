"""Measures: the countable things that facts book."""

from __future__ import annotations

from msgspec import Struct


class Measure(Struct, frozen=True):
    """A countable thing that facts book. ``histogram``: amounts are spans, kept in bins for quantiles.

    ``counter``: name of the additive Prometheus series at the finest segment, ``None`` where there is none.
    ``is_counted``: all that was ever booked is counted, for that series or for one of the pipeline's own.
    ``overdue``: what its facts count under once it is later than their bins, which are minutes since 1970.
    ``stages``: of a level, what its members count under later on by time alone, see `levels.Stages`.
    ``listed``: of a level, whether its first members are told by name (a customer: by id), see `levels.MOST_LISTED`.
    """

    name: str
    help: str
    histogram: bool = False
    counter: str | None = None
    is_counted: bool = False
    overdue: str = ""
    stages: tuple[tuple[int, str], ...] = ()
    listed: bool = False
