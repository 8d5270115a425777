"""The metrics: one file each, and the tuple that registers them."""

from __future__ import annotations

from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Facts
from stream.domain.measures import Measure
from stream.domain.rowspec import RowSpec
from stream.domain.timeline import Timeline
from stream.metrics import abandonment, backlog, csat, first_response, resolution, service_level
from stream.metrics.spec import Metric

METRICS: Final[tuple[Metric, ...]] = (
    first_response.METRIC,
    resolution.METRIC,
    abandonment.METRIC,
    service_level.METRIC,
    csat.METRIC,
    backlog.METRIC,
)

MEASURES: Final[dict[str, Measure]] = {measure.name: measure for metric in METRICS for measure in metric.measures}
COUNTED: Final = {
    measure.name: measure.histogram for measure in MEASURES.values() if measure.counter or measure.is_counted
}
"""Measures of which all that was ever booked is counted, and whether their amounts are spans."""
ROWS: Final[tuple[RowSpec, ...]] = tuple(row for metric in METRICS for row in metric.rows)


def facts_of(ticket: Timeline, definitions: Definitions) -> Facts:
    """All that the metrics see in one ticket; nothing when it is excluded from all figures."""
    facts: Facts = {}
    if not ticket.excluded:
        for metric in METRICS:
            metric.facts(ticket, definitions, facts)
    return facts


def fact_kinds() -> tuple[str, ...]:
    """Names of all facts that any metric books, without the part behind the slash."""
    return tuple(dict.fromkeys(key.partition("/")[0] for metric in METRICS for key in metric.fact_values))
