"""Targets as variables: read from what the workers export, changed at the top of a dashboard, used in its queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from deploy.grafana.source.promql import newest
from stream.domain.targets import Target

MIN_SAMPLES: Final = "$min_samples"


@dataclass(frozen=True)
class _Scale:
    # What people read and type; how it is made from the exported unit, and back.
    word: str
    shown: str
    used: str


# Divided by 100, not times 0.01: 0.07 has to come back as 0.07, for a number that equals its target is on target.
_PERCENT: Final = _Scale("%", "100 * {}", "({} / 100)")
_SCALES: Final = {
    "first_response_time": _Scale("min", "{} / 60", "({} * 60)"),
    "resolution_time": _Scale("h", "{} / 3600", "({} * 3600)"),
    "longest_wait": _Scale("s", "{}", "({})"),
    "waiting_contacts": _Scale("contacts", "{}", "({})"),
    "open_tickets": _Scale("tickets", "{}", "({})"),
}


def target_unit(target: Target) -> str:
    """The word for the unit of the variable."""
    return _scale(target).word


def target_name(target: Target) -> str:
    """Name of the variable that holds the target."""
    return f"{target.name}_target"


def target_value(target: Target) -> str:
    """PromQL: the variable in the unit of the number, a scalar; 0 means that there is no target."""
    return _scale(target).used.format(f"${target_name(target)}")


def target_query(target: Target) -> str:
    """Query of the variable: the exported target in the unit that people type, 0 where none is set."""
    exported = newest(f"deskpulse_target_{target.unit}", f'metric="{target.name}"')
    # Not round(..., 1e-9): that leaves 7.000000000000001 where 7 is meant.
    return f"query_result(round(1e9 * {_scale(target).shown.format(exported)}) / 1e9 or vector(0))"


def min_samples_query() -> str:
    """Query of the variable ``min_samples``."""
    return f"query_result({newest('deskpulse_target_min_samples')} or vector(1))"


def _scale(target: Target) -> _Scale:
    return _PERCENT if target.unit == "ratio" else _SCALES[target.name]
