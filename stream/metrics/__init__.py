"""The metrics: one file each, the tuple that registers them, and behind it those of installed packages."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Facts
from stream.domain.measures import Measure
from stream.domain.rowspec import RowSpec
from stream.domain.timeline import Timeline
from stream.metrics import (
    abandonment,
    agents_needed,
    assignment,
    backlog,
    backlog_flow,
    backlog_parts,
    business_time,
    ces,
    churn_after_answers,
    csat,
    customer_answers,
    customer_contacts,
    customer_surveys,
    customer_value,
    customers,
    customers_at_risk,
    first_contact,
    first_response,
    handle_time,
    nps,
    offered_outcome,
    overall_satisfaction,
    reopening,
    replies,
    resolution,
    resolution_rate,
    sentiment,
    service_level,
    sla,
    status_time,
    survey_nonresponse,
    survey_response,
    survey_sampling,
    survey_surge,
)
from stream.metrics.registry import Registry
from stream.metrics.spec import Metric

BUILT_IN: Final[tuple[Metric, ...]] = (
    first_response.METRIC,
    resolution.METRIC,
    resolution_rate.METRIC,
    reopening.METRIC,
    replies.METRIC,
    status_time.METRIC,
    business_time.METRIC,
    abandonment.METRIC,
    service_level.METRIC,
    offered_outcome.METRIC,
    handle_time.METRIC,
    agents_needed.METRIC,
    csat.METRIC,
    nps.METRIC,
    ces.METRIC,
    overall_satisfaction.METRIC,
    survey_response.METRIC,
    survey_sampling.METRIC,
    survey_nonresponse.METRIC,
    survey_surge.METRIC,
    sentiment.METRIC,
    backlog.METRIC,
    backlog_parts.METRIC,
    backlog_flow.METRIC,
    assignment.METRIC,
    customers.METRIC,
    customer_value.METRIC,
    customer_contacts.METRIC,
    first_contact.METRIC,
    customer_answers.METRIC,
    customer_surveys.METRIC,
    customers_at_risk.METRIC,
    churn_after_answers.METRIC,
    sla.METRIC,
)

if TYPE_CHECKING:
    METRICS: Final[tuple[Metric, ...]] = BUILT_IN
    """All that are registered, those of installed packages last."""
    MEASURES: Final[dict[str, Measure]] = {}
    COUNTED: Final[dict[str, bool]] = {}
    """Measures of which all that was ever booked is counted, and whether their amounts are spans."""
    ROWS: Final[tuple[RowSpec, ...]] = ()
else:

    def __getattr__(name: str) -> Any:
        # At the first use, not at import: a package's module that imports `stream.metrics.spec` is not whole yet when
        # this one is imported, and so cannot be what its entry point names.
        if name not in ("METRICS", "MEASURES", "COUNTED", "ROWS"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(registry(), name.lower())


@cache
def registry() -> Registry:
    """All that are registered, those of installed packages last."""
    from stream.metrics.plugged_in import plugged_in

    return Registry((*BUILT_IN, *plugged_in(BUILT_IN)))


def facts_of(ticket: Timeline, definitions: Definitions) -> Facts:
    """All that the metrics see in one ticket; nothing when it is excluded from all figures."""
    facts: Facts = {}
    if not ticket.excluded:
        for metric in registry().metrics:
            metric.facts(ticket, definitions, facts)
    return facts


def fact_kinds() -> tuple[str, ...]:
    """Names of all facts that any metric books, without the part behind the slash."""
    return registry().fact_kinds
