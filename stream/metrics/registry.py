"""A registry: metrics, and what follows from them as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stream.domain.measures import Measure
from stream.domain.rowspec import RowSpec
from stream.metrics.spec import Metric


class Registry:
    """``counted``: measures of which all that was ever booked is counted, and whether their amounts are spans.

    ``rows`` in the order of the metrics, ``rows_in_key_order`` as the keys of rows are sorted. ``fact_kinds``: names of
    all facts that any metric books, without the part behind the slash. ``stages``: those of all measures.
    ``listed``: levels whose first members are told by name.
    """

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self.metrics: Final[tuple[Metric, ...]] = tuple(metrics)
        self.measures: Final[dict[str, Measure]] = {
            measure.name: measure for metric in metrics for measure in metric.measures
        }
        self.counted: Final = {
            measure.name: measure.histogram
            for measure in self.measures.values()
            if measure.counter or measure.is_counted
        }
        self.stages: Final = {measure.name: measure.stages for measure in self.measures.values() if measure.stages}
        self.listed: Final = frozenset(measure.name for measure in self.measures.values() if measure.listed)
        self.rows: Final[tuple[RowSpec, ...]] = tuple(row for metric in metrics for row in metric.rows)
        self.rows_in_key_order: Final = sorted(self.rows, key=lambda spec: f"{spec.name}|")
        self.fact_kinds: Final = tuple(
            dict.fromkeys(key.partition("/")[0] for metric in metrics for key in metric.fact_values)
        )
