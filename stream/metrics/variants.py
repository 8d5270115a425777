"""Variants: definitions that differ from others by their settings alone, of some of the contacts or by other knobs.

A variant books measures and facts of its own, and has gauges of its own: nothing that reads those of the definition it
is made of sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import msgspec

from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.rowspec import RowSpec
from stream.domain.satisfaction import USUAL_WEIGHTS, Weights
from stream.domain.segments import Segment, dimensions_named
from stream.domain.subjects import SUBJECTS, TICKET, Subject
from stream.domain.timeline import Timeline
from stream.metrics import registry
from stream.metrics.overall_satisfaction import weighted
from stream.metrics.own_series import OWN_SERIES
from stream.metrics.registry import Registry
from stream.metrics.registry_rules import problems_of
from stream.metrics.spec import Metric, Variant


@cache
def with_variants(
    variants: tuple[Variant, ...], subjects: tuple[Subject, ...] = SUBJECTS, weights: Weights = USUAL_WEIGHTS
) -> Registry:
    """All that are registered of these subjects, blends with ``weights``, and behind them ``variants``.

    ValueError names a variant that cannot be, and says why.
    """
    named = {subject.name for subject in subjects}
    metrics = tuple(weighted(metric, weights) for metric in registry().metrics if metric.subject in named)
    if not variants:
        return Registry(metrics)
    made = (*metrics, *(_made(variant, metrics) for variant in variants))
    for place, problem in problems_of(made, OWN_SERIES, len(metrics)):
        raise ValueError(f"{made[place].name}: {problem}")
    return Registry(made)


def _made(variant: Variant, metrics: Sequence[Metric]) -> Metric:
    base, row = _base(variant, metrics)
    feeding = _feeding(row, metrics)
    own = {measure: _own(measure, variant) for measure in (*row.measures, *feeding)}
    sources = [metric for metric in metrics if not own.keys().isdisjoint(metric.measures)]
    differs = _differences(variant)
    return Metric(
        name=variant.name,
        measures=tuple(own.values()),
        rows=(
            msgspec.structs.replace(
                row,
                definition=variant.name,
                version=variant.version,
                help=f"{row.help}; {differs}",
                gauge=variant.name,
                measure=None if row.measure is None else own[row.measure],
                numerator=tuple(own[measure] for measure in row.numerator),
                denominator=tuple(own[measure] for measure in row.denominator),
                subtrahend=tuple(own[measure] for measure in row.subtrahend),
                censored=tuple(own[measure] for measure in row.censored),
                feeding=tuple(own[measure] for measure in feeding),
            ),
        ),
        reads=tuple(dict.fromkeys(reader for source in sources for reader in source.reads)),
        knobs=_knobs(sources),
        facts=_Book(variant, sources, own),
        fact_values={f"{variant.name}/<fact>": f"as that of the fact of {row.definition}"},
        windows=base.windows,
        more_windows=base.more_windows,
        group_bys=base.group_bys,
        variant=variant,
        explanation=f"A variant of `{row.definition_id}` of this installation's settings: {differs}.",
    )


def _own(measure: Measure, variant: Variant) -> Measure:
    return Measure(
        f"{variant.name}_{measure.name}",
        f"{measure.help}; as {variant.name}",
        measure.histogram,
        overdue=f"{variant.name}_{measure.overdue}" if measure.overdue else "",
    )


def _feeding(row: RowSpec, metrics: Sequence[Metric]) -> tuple[Measure, ...]:
    """Measures that the row does not name, and that count under one of its own once their time is over."""
    names = {measure.name for measure in row.measures}
    found = (measure for metric in metrics for measure in metric.measures if measure.overdue in names)
    return tuple(measure for measure in found if measure.name not in names)


def _knobs(sources: Sequence[Metric]) -> tuple[str, ...] | None:
    found: list[str] = []
    for source in sources:
        if source.knobs is None:
            return None
        found += source.knobs
    return tuple(dict.fromkeys(found))


def _base(variant: Variant, metrics: Sequence[Metric]) -> tuple[Metric, RowSpec]:
    for metric in metrics:
        for row in metric.rows:
            if row.definition == variant.of:
                if not row.has_variants:
                    raise ValueError(
                        f"{variant.name}: {variant.of} {_why_none(row)}, and has no variants; filter its groups"
                    )
                if metric.subject != TICKET.name:
                    raise ValueError(f"{variant.name}: {variant.of} is about {metric.subject}s, and has no variants")
                return metric, row
    of_tickets = [metric for metric in metrics if metric.subject == TICKET.name]
    known = ", ".join(row.definition for metric in of_tickets for row in metric.rows if row.has_variants)
    raise ValueError(f"{variant.name}: of={variant.of!r} is no definition; allowed: {known}")


def _why_none(row: RowSpec) -> str:
    return "is made of the measures of others" if row.made_of else "holds now"


def _differences(variant: Variant) -> str:
    parts = [f"{dimension} {' or '.join(name or '(none)' for name in names)}" for dimension, names in variant.where]
    parts += [f"{name} = {_text(value)}" for name, value in variant.knobs]
    return ", ".join(parts)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "; ".join(f"{of or 'others'}: {number:g}" for of, number in value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


class _Book:
    """Facts of a variant: those of the metrics whose measures its row is made of, under the variant's own names."""

    def __init__(self, variant: Variant, sources: Sequence[Metric], own: dict[Measure, Measure]) -> None:
        self._prefix = f"{variant.name}/"
        self._where = dict(variant.where)
        self._knobs = dict(variant.knobs)
        self._sources = [source.facts for source in sources]
        self._own = {measure.name: mine for measure, mine in own.items()}
        self._definitions: tuple[Definitions, Definitions] | None = None

    def __call__(self, ticket: Timeline, definitions: Definitions, into: Facts) -> None:
        """Put the variant's facts into ``into``."""
        found: Facts = {}
        for facts in self._sources:
            facts(ticket, self._changed(definitions), found)
        for key, fact in found.items():
            mine = [booking for booking in fact.bookings if booking.measure.name in self._own]
            if mine and self._holds(fact.segment, definitions.dimensions):
                bookings = tuple(
                    Booking(self._own[booking.measure.name], booking.amount, booking.bin_index) for booking in mine
                )
                into[self._prefix + key] = Fact(fact.time_us, fact.segment, bookings, fact.value, fact.level)

    def _changed(self, definitions: Definitions) -> Definitions:
        if not self._knobs:
            return definitions
        if self._definitions is None or self._definitions[0] is not definitions:
            self._definitions = definitions, msgspec.structs.replace(definitions, **self._knobs)
        return self._definitions[1]

    def _holds(self, segment: Segment, dimensions: tuple[str, ...]) -> bool:
        if not self._where:
            return True
        labels = dimensions_named(dimensions).labels(segment)
        return all(labels[dimension] in names for dimension, names in self._where.items())
