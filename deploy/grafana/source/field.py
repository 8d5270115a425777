"""The field: every metric that has no panel of its own elsewhere, from the registry, a heading for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from grafana_foundation_sdk.builders import timeseries

from deploy.grafana.source.boards import Board
from deploy.grafana.source.field_queries import queries_of, window_of
from deploy.grafana.source.frames import Frame
from deploy.grafana.source.layout import Heading, Shelf, in_shelves
from deploy.grafana.source.links import CHOSEN_GROUP, DAY_MINUTES, Link, facts
from deploy.grafana.source.panels import lines
from deploy.grafana.source.variables import datasource, group_choice, urls
from stream.domain.rowspec import RowSpec
from stream.metrics import (
    abandonment,
    business_time,
    ces,
    handle_time,
    nps,
    offered_outcome,
    reopening,
    replies,
    resolution_rate,
    sentiment,
    status_time,
    survey_response,
)
from stream.metrics.headlines import row_of
from stream.metrics.spec import Metric

HEADINGS: Final[dict[str, Metric]] = {
    "Contacts offered": offered_outcome.METRIC,
    "Resolution rate": resolution_rate.METRIC,
    "Reopening, one touch": reopening.METRIC,
    "Replies": replies.METRIC,
    "Time in status": status_time.METRIC,
    "Business time": business_time.METRIC,
    "Handle time": handle_time.METRIC,
    "NPS": nps.METRIC,
    "CES": ces.METRIC,
    "Survey response": survey_response.METRIC,
    "Sentiment": sentiment.METRIC,
}

_BESIDE: Final[dict[str, tuple[Metric, tuple[str, ...]]]] = {
    "Contacts offered": (abandonment.METRIC, ("longest_wait_of_answered", "waits_of_answered_cut_short")),
}
"""Definitions of a metric that has panels elsewhere, under a heading."""


def _links(metric: Metric) -> tuple[Link, ...]:
    """The facts that a metric is about: those it names first."""
    kind = next(iter(metric.fact_values)).partition("/")[0]
    return (facts(f"Tickets: {kind.replace('_', ' ')}", kind, CHOSEN_GROUP, DAY_MINUTES),)


def _title(metric: Metric, spec: RowSpec) -> str:
    is_alone = [other.metric for other in metric.rows].count(spec.metric) == 1
    text = (spec.metric if is_alone else spec.definition).replace("_", " ")
    first, _, rest = text.partition(" ")
    return " ".join([first.upper() if first in ("nps", "ces", "csat") else first.capitalize(), rest]).rstrip()


def _panel(metric: Metric, spec: RowSpec) -> timeseries.Panel:
    window = window_of(spec)
    span = "Now" if window == "now" else f"Over {window}"
    frame = Frame(
        title=_title(metric, spec),
        description=f"{spec.help}. {span}; booked {spec.booked}. {spec.formula}.",
        unit="short",
        no_data="Nothing yet",
        links=_links(metric),
    )
    return lines(frame, list(queries_of(spec)))


def _shelves() -> Iterator[Shelf | Heading]:
    for heading, metric in HEADINGS.items():
        yield Heading(heading)
        shown = [(metric, spec) for spec in metric.rows if spec.export is not None]
        if heading in _BESIDE:
            other, definitions = _BESIDE[heading]
            shown += [(other, row_of(other, definition)) for definition in definitions]
        for shelf in in_shelves(shown):
            yield Shelf(8, [_panel(of, spec) for of, spec in shelf])


BOARD: Final = Board(
    name="field",
    title="Deskpulse: all metrics",
    description="Every metric without a panel of its own on the other boards, as METRICS.md describes it.",
    span="7d",
    refresh="1m",
    variables=[datasource(), *group_choice(), *(one for one in urls() if one.build().name == "worker_url")],
    shelves=list(_shelves()),
)
