"""The metrics: one file each, the tuple that registers them, and behind it those of installed packages."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from stream.domain.definitions import Definitions
from stream.domain.facts import Facts
from stream.domain.measures import Measure
from stream.domain.rowspec import RowSpec
from stream.domain.timeline import Timeline
from stream.metrics import abandonment, backlog, csat, first_response, resolution, service_level
from stream.metrics.spec import Metric

BUILT_IN: Final[tuple[Metric, ...]] = (
    first_response.METRIC,
    resolution.METRIC,
    abandonment.METRIC,
    service_level.METRIC,
    csat.METRIC,
    backlog.METRIC,
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
        try:
            return _registered()[name]
        except KeyError:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


@cache
def _registered() -> dict[str, Any]:
    from stream.metrics.plugged_in import plugged_in

    metrics = (*BUILT_IN, *plugged_in(BUILT_IN))
    measures = {measure.name: measure for metric in metrics for measure in metric.measures}
    return {
        "METRICS": metrics,
        "MEASURES": measures,
        "COUNTED": {
            measure.name: measure.histogram for measure in measures.values() if measure.counter or measure.is_counted
        },
        "ROWS": tuple(row for metric in metrics for row in metric.rows),
    }


def facts_of(ticket: Timeline, definitions: Definitions) -> Facts:
    """All that the metrics see in one ticket; nothing when it is excluded from all figures."""
    facts: Facts = {}
    if not ticket.excluded:
        for metric in _registered()["METRICS"]:
            metric.facts(ticket, definitions, facts)
    return facts


def fact_kinds() -> tuple[str, ...]:
    """Names of all facts that any metric books, without the part behind the slash."""
    metrics: tuple[Metric, ...] = _registered()["METRICS"]
    return tuple(dict.fromkeys(key.partition("/")[0] for metric in metrics for key in metric.fact_values))
