"""Targets as variables: read from what the workers export, changed at the top of a dashboard, used in its queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from deploy.grafana.source.promql import newest
from stream.metrics.headlines import Headline

MIN_SAMPLES: Final = "$min_samples"


@dataclass(frozen=True)
class _Scale:
    # What people read and type; how it is made from the exported unit, and back.
    word: str
    shown: str
    used: str


# Divided by 100, not times 0.01: 0.07 has to come back as 0.07, for a number that equals its target is on target.
_PERCENT: Final = _Scale("%", "100 * {}", "({} / 100)")
_SPANS: Final = (
    (86_400, _Scale("h", "{} / 3600", "({} * 3600)")),
    (600, _Scale("min", "{} / 60", "({} * 60)")),
    (0, _Scale("s", "{}", "({})")),
)
"""From how many seconds on, by default, a span is typed in which unit."""


def target_unit(headline: Headline) -> str:
    """The word for the unit of the variable."""
    return _scale(headline).word


def target_name(headline: Headline) -> str:
    """Name of the variable that holds the target."""
    return f"{headline.name}_target"


def target_value(headline: Headline) -> str:
    """PromQL: the variable in the unit of the number, a scalar; 0 means that there is no target."""
    return _scale(headline).used.format(f"${target_name(headline)}")


def own_target(headline: Headline, group: str, keep: Iterable[str] = ()) -> str:
    """PromQL: the target that groups have of their own, 0 where that is none; no sample where that of all holds."""
    return newest(_series(headline), _metric(headline), group, keep=keep)


def target_query(headline: Headline, group: str) -> str:
    """Query of the variable: the group's exported target in the unit that people type, 0 where none is set."""
    exported = f"({own_target(headline, group)} or {_of_all(headline)})"
    # Not round(..., 1e-9): that leaves 7.000000000000001 where 7 is meant.
    return f"query_result(round(1e9 * {_scale(headline).shown.format(exported)}) / 1e9 or vector(0))"


def min_samples_query() -> str:
    """Query of the variable ``min_samples``."""
    return f"query_result({newest('deskpulse_target_min_samples')} or vector(1))"


def usual_target(headline: Headline) -> str:
    """PromQL: the exported target of all contacts, a scalar; 0 where none is set."""
    return f"scalar({_of_all(headline)} or vector(0))"


def _of_all(headline: Headline) -> str:
    return newest(_series(headline), _metric(headline), 'by="all"')


def _series(headline: Headline) -> str:
    return f"deskpulse_target_{headline.unit}"


def _metric(headline: Headline) -> str:
    return f'metric="{headline.name}"'


def _scale(headline: Headline) -> _Scale:
    if headline.unit == "ratio":
        return _PERCENT
    if headline.unit == "count":
        return _Scale(headline.samples, "{}", "({})")
    return next(scale for least, scale in _SPANS if headline.default >= least)
