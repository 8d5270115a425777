"""The field: every metric that has no panel of its own elsewhere, from the registry, a heading for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from grafana_foundation_sdk.builders import timeseries

from deploy.grafana.source.boards import Board
from deploy.grafana.source.field_queries import queries_of, window_of
from deploy.grafana.source.frames import Frame, Query
from deploy.grafana.source.layout import Heading, Shelf, in_shelves
from deploy.grafana.source.links import CHOSEN_GROUP, DAY_MINUTES, Link, facts, listed, runbooks
from deploy.grafana.source.panels import lines
from deploy.grafana.source.queries import benchmark_line
from deploy.grafana.source.variables import datasource, group_choice, urls
from stream.domain.rowspec import RowSpec
from stream.metrics import (
    abandonment,
    agents_needed,
    assignment,
    backlog,
    backlog_flow,
    backlog_parts,
    business_time,
    ces,
    handle_time,
    nps,
    offered_outcome,
    overall_satisfaction,
    reopening,
    replies,
    resolution_rate,
    sentiment,
    sla,
    status_time,
    survey_response,
)
from stream.metrics.headlines import HEADLINES, row_of
from stream.metrics.spec import Metric

HEADINGS: Final[dict[str, Metric]] = {
    "Contacts offered": offered_outcome.METRIC,
    "Backlog by status and age": backlog_parts.METRIC,
    "Backlog: growth": backlog_flow.METRIC,
    "Assignment": assignment.METRIC,
    "Resolution rate": resolution_rate.METRIC,
    "Reopening, one touch": reopening.METRIC,
    "Replies": replies.METRIC,
    "SLA attainment": sla.METRIC,
    "Time in status": status_time.METRIC,
    "Business time": business_time.METRIC,
    "Handle time": handle_time.METRIC,
    "Agents needed": agents_needed.METRIC,
    "Overall satisfaction": overall_satisfaction.METRIC,
    "NPS": nps.METRIC,
    "CES": ces.METRIC,
    "Survey response": survey_response.METRIC,
    "Sentiment": sentiment.METRIC,
}

_BESIDE: Final[dict[str, tuple[Metric, tuple[str, ...]]]] = {
    "Backlog: growth": (backlog.METRIC, ("created_not_solved",)),
    "Contacts offered": (abandonment.METRIC, ("longest_wait_of_answered", "waits_of_answered_cut_short")),
}
"""Definitions of a metric that has panels elsewhere, under a heading."""

_WATCHED_TOGETHER: Final = {"open_tickets_by_age": ("BacklogOld",), "sla_due": ("SlaDueSoon",)}
"""Alerts that read several rows of a metric, added up: those of one row are with its headline."""


def _links(metric: Metric, specs: Sequence[RowSpec]) -> tuple[Link, ...]:
    """The facts that a metric is about: those it names first. Levels alone have none: the tickets created lately.

    Of levels that are told by name, those who are in them.
    """
    named = [spec for spec in specs if spec.is_listed]
    if named:
        return tuple(
            listed(f"Tickets: {spec.definition.replace('_', ' ')}", spec.definition, CHOSEN_GROUP) for spec in named
        )
    kind = next(iter(metric.fact_values), "created").partition("/")[0]
    return (facts(f"Tickets: {kind.replace('_', ' ')}", kind, CHOSEN_GROUP, DAY_MINUTES),)


def _watching(spec: RowSpec) -> Iterator[str]:
    yield from (watch.alert for headline in HEADLINES if headline.row == spec for watch in headline.watches)
    yield from _WATCHED_TOGETHER.get(spec.metric, ())


def _title(metric: Metric, spec: RowSpec) -> str:
    is_alone = [other.metric for other in metric.rows].count(spec.metric) == 1
    text = (spec.metric if is_alone else spec.definition).replace("_", " ")
    first, _, rest = text.partition(" ")
    return " ".join([first.upper() if first in ("nps", "ces", "csat") else first.capitalize(), rest]).rstrip()


def _benchmarks(spec: RowSpec) -> Iterator[Query]:
    """What others reach of the headline that a row is."""
    for headline in HEADLINES:
        if headline.row == spec and headline.field == "value" and spec.kind != "level":
            unit = "percentunit" if headline.unit == "ratio" else "short"
            yield Query(benchmark_line(headline), "{{benchmark}}", unit, dashed=True)


def _panel(metric: Metric, specs: Sequence[RowSpec]) -> timeseries.Panel:
    """One row, or parts of a level that add up to a whole."""
    spec = specs[0]
    window = window_of(spec)
    span = "Now" if window == "now" else f"Over {window}"
    frame = Frame(
        title=_title(metric, spec) if len(specs) == 1 else spec.metric.replace("_", " ").capitalize(),
        description=" ".join(f"{one.help}. {span}; booked {one.booked}. {one.formula}." for one in specs),
        unit="short",
        no_data="Nothing yet",
        links=(*_links(metric, specs), *runbooks(_watching(spec))),
    )
    if len(specs) == 1:
        return lines(frame, [*queries_of(spec), *_benchmarks(spec)])
    return lines(frame, [query for one in specs for query in queries_of(one, one.help.lower())])


def _panels(metric: Metric, rows: Sequence[RowSpec]) -> Iterator[timeseries.Panel]:
    shown = [spec for spec in rows if spec.export is not None]
    for _, specs in groupby(shown, lambda spec: spec.metric if spec.kind == "level" else spec.name):
        yield _panel(metric, list(specs))


def _shelves() -> Iterator[Shelf | Heading]:
    for heading, metric in HEADINGS.items():
        yield Heading(heading)
        panels = list(_panels(metric, metric.rows))
        if heading in _BESIDE:
            other, definitions = _BESIDE[heading]
            panels += _panels(other, [row_of(other, definition) for definition in definitions])
        for shelf in in_shelves(panels):
            yield Shelf(8, shelf)


BOARD: Final = Board(
    name="field",
    title="Deskpulse: all metrics",
    description="Every metric without a panel of its own on the other boards, as METRICS.md describes it.",
    span="7d",
    refresh="1m",
    variables=[datasource(), *group_choice(), *urls()],
    shelves=list(_shelves()),
)
