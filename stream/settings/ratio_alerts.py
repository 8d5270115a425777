"""A table ``[[alerts.ratios]]``: a ratio of METRICS.md that is watched for being worse than usual."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from stream.domain.subjects import TICKET
from stream.metrics.spec import Metric

from .section import Section


class RatioAlertSettings(Section):
    """One ratio: which, which way is bad, and what is worth an alert."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,62}$",
        description="What its alerts are called: a-z, 0-9 and _, at most 63, starting with a letter.",
    )
    row: str = Field(description="Definition of the ratio, without version: one of METRICS.md that is a ratio.")
    bad: Literal["higher", "lower"] = Field(description="Which way it gets worse.")
    factor: float = Field(
        2.0, ge=1.1, le=100, description="The least multiple of the usual share of bad ones that is looked for."
    )
    critical_factor: float = Field(3.0, ge=1.1, le=100, description="From this multiple on an alert is critical.")
    min_count: int = Field(20, ge=2, le=1_000_000, description="Fewer of its denominator since the onset: no alert.")
    min_bad: int = Field(5, ge=1, le=1_000_000, description="Fewer bad ones since the onset are no alert.")
    min_baseline_count: int = Field(
        100, ge=1, le=1_000_000, description="With fewer in the two weeks before nothing is judged."
    )
    look_back_hours: int = Field(24, ge=1, le=168, description="An onset is looked for in so many hours before now.")
    days_between_false_alarms: float = Field(
        30.0,
        ge=0.1,
        le=3650,
        description="All its groups together alarm falsely at most once in so many days.",
    )


def problems_of(ratios: Sequence[RatioAlertSettings], metrics: Sequence[Metric]) -> Iterator[str]:
    """A name that is there twice, a row that is none, no ratio or of no contacts, in words that say what is allowed."""
    by_definition = {row.definition: (metric, row) for metric in metrics for row in metric.rows}
    of_tickets = (metric for metric in metrics if metric.subject == TICKET.name)
    allowed = ", ".join(row.definition for metric in of_tickets for row in metric.rows if row.kind == "ratio")
    seen: set[str] = set()
    for number, one in enumerate(ratios, 1):
        key = f"alerts.ratios.{number}"
        if one.name in seen:
            yield f"{key}.name={one.name!r}: there is one of this name already; give each its own"
        seen.add(one.name)
        if one.row not in by_definition:
            yield f"{key}.row={one.row!r}: there is no such definition; allowed: {allowed}"
            continue
        metric, row = by_definition[one.row]
        if metric.subject != TICKET.name:
            # Groups of alerts, and the tickets behind one, are those of contacts.
            whose = f"it is about {metric.subject}s, who are in no group of alerts"
            yield f"{key}.row={one.row!r}: {whose}; allowed: {allowed}"
        elif row.kind != "ratio":
            yield f"{key}.row={one.row!r}: it is a {row.kind}, no ratio; allowed: {allowed}"
        elif row.is_decided_late and one.bad == "lower":
            yield (
                f'{key}.bad="lower": what is newest in {one.row} is not decided yet, so it is low for as long as '
                'that is young; allowed: "higher", or another row'
            )
