"""Customers: how many there are, who joins and leaves, and what they bring; from the registry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from grafana_foundation_sdk.builders import timeseries

from deploy.grafana.source.boards import Board
from deploy.grafana.source.field_queries import queries_of, window_of
from deploy.grafana.source.frames import Frame
from deploy.grafana.source.layout import Heading, Shelf, in_shelves
from deploy.grafana.source.links import ALL_GROUP, Link, listed, readiness
from deploy.grafana.source.panels import lines
from deploy.grafana.source.variables import datasource, urls
from stream.domain.rowspec import RowSpec
from stream.metrics import (
    churn_after_answers,
    customer_answers,
    customer_contacts,
    customer_surveys,
    customer_value,
    customers,
    customers_at_risk,
    first_contact,
)
from stream.metrics.spec import Metric

HEADINGS: Final[dict[str, Metric]] = {
    "Customers": customers.METRIC,
    "What they bring": customer_value.METRIC,
    "How often they ask": customer_contacts.METRIC,
    "Whether once was enough": first_contact.METRIC,
    "What they say": customer_answers.METRIC,
    "How often they are asked": customer_surveys.METRIC,
    "Who is about to go": customers_at_risk.METRIC,
    "Who left after what": churn_after_answers.METRIC,
}
_ALL: Final = 'by="all"'


def _title(metric: Metric, spec: RowSpec) -> str:
    is_alone = [other.metric for other in metric.rows].count(spec.metric) == 1
    text = spec.metric if is_alone else f"{spec.metric} {spec.definition}"
    return text.removeprefix("customer_").replace("_", " ").capitalize()


def _members(spec: RowSpec) -> tuple[Link, ...]:
    return (listed("Customers", spec.definition, ALL_GROUP),) if spec.is_listed else ()


def _panel(metric: Metric, spec: RowSpec) -> timeseries.Panel:
    window = window_of(spec)
    span = "Now" if window == "now" else f"Over {window}"
    frame = Frame(
        title=_title(metric, spec),
        description=f"{spec.help}. {span}; booked {spec.booked}. {spec.formula}.",
        unit="short",
        no_data="No customers: customers.enabled",
        links=(*_members(spec), readiness()),
    )
    return lines(frame, list(queries_of(spec, group=_ALL)))


def _shelves() -> Iterator[Shelf | Heading]:
    for heading, metric in HEADINGS.items():
        yield Heading(heading)
        for shelf in in_shelves(metric.rows):
            yield Shelf(8, [_panel(metric, spec) for spec in shelf])


BOARD: Final = Board(
    name="customers",
    title="Deskpulse: customers",
    description="Churn, retention, revenue and lifetime value of all customers, if they are counted; by tier, region "
    "and segment they are other samples of the same gauges.",
    span="30d",
    refresh="1m",
    variables=[datasource(), *(one for one in urls() if one.build().name == "worker_url")],
    shelves=list(_shelves()),
)
