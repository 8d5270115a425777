"""What every panel must have, whatever it shows: a title, a description, a unit, words for no data, links, queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from grafana_foundation_sdk.builders import bargauge, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders import prometheus as prometheus_builders
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus

from deploy.grafana.source.links import Link
from deploy.grafana.source.variables import DATASOURCE

Panel = TypeVar("Panel", bargauge.Panel, stat.Panel, table.Panel, timeseries.Panel)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """All of it is required: a panel without one of these cannot be made.

    ``unit``: an id of Grafana, such as ``s`` or ``percentunit``. ``no_data``: what stands there when there is nothing.
    ``links``: where a click on the data leads.
    """

    title: str
    description: str
    unit: str
    no_data: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Query:
    """PromQL, and the name of what it gives, labels as ``{{team}}``. ``unit``: where it is not the panel's.

    ``dashed``: a line to compare with, such as a target.
    """

    expr: str
    name: str
    unit: str | None = None
    dashed: bool = False


def dress(panel: Panel, frame: Frame, queries: Sequence[Query], shape: Literal["now", "time", "table"]) -> Panel:
    """Give the panel its frame and its queries, called A, B, C.

    ``shape``: one sample for each series, a series over time, or one row for each combination of labels.
    """
    if not (queries and frame.links):
        raise ValueError(f"{frame.title}: at least one query and one link are needed")
    panel.title(frame.title).description(frame.description).unit(frame.unit).no_value(frame.no_data)
    panel.datasource(DATASOURCE).data_links([_link(link) for link in frame.links])
    panel.targets([_target(query, reference(place), shape) for place, query in enumerate(queries)])
    for place, query in enumerate(queries):
        if query.unit is not None:
            panel.override_by_query(reference(place), [models.DynamicConfigValue("unit", query.unit)])
    return panel


def reference(place: int) -> str:
    """Name of a panel's query by its place."""
    return chr(ord("A") + place)


def _target(query: Query, name: str, shape: str) -> prometheus_builders.Dataquery:
    target = prometheus_builders.Dataquery().expr(query.expr).legend_format(query.name).ref_id(name)
    target.datasource(DATASOURCE)
    if shape == "table":
        target.format(prometheus.PromQueryFormat.TABLE)
    return target.range() if shape == "time" else target.instant()


def _link(link: Link) -> dashboards.DashboardLink:
    return dashboards.DashboardLink(link.title).url(link.url).target_blank(True)
