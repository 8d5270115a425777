"""Wallboard: what is going on now, readable from across the room. For everybody on the floor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from grafana_foundation_sdk.builders import stat

from deploy.grafana.source.boards import Board
from deploy.grafana.source.frames import Frame, Query
from deploy.grafana.source.freshness_panels import age_limits, alert_count, events_age, numbers_age
from deploy.grafana.source.indicator_panels import big_number, indicator_links, what_it_stands_on
from deploy.grafana.source.indicators import ABANDONMENT, DESK_ALERTS, INDICATORS, Indicator
from deploy.grafana.source.layout import Shelf, in_shelves
from deploy.grafana.source.links import CHOSEN_GROUP, WINDOW_MINUTES, Link, runbooks
from deploy.grafana.source.panels import SPIKE_WORDS, words
from deploy.grafana.source.promql import CHOSEN
from deploy.grafana.source.queries import spike_severity
from deploy.grafana.source.variables import datasource, group_choice, targets, urls, window_minutes


def _links(indicator: Indicator) -> tuple[Link, ...]:
    return indicator_links(indicator, CHOSEN_GROUP, WINDOW_MINUTES)


def _spike() -> stat.Panel:
    frame = Frame(
        title="Abandonment spike",
        description="Whether far more contacts give up than usual at this hour, or than is assumed where that is "
        "not known yet (no baseline: a warning at most); the stream tests for it itself.",
        unit="none",
        no_data="Too few to tell",
        links=_links(ABANDONMENT),
    )
    return words(frame, Query(spike_severity(CHOSEN), "spike"), SPIKE_WORDS)


def _alerts() -> stat.Panel:
    return alert_count(
        "Alerts firing",
        "Alerts about the desk that fire now, of all groups.",
        runbooks(DESK_ALERTS),
        'layer="business"',
    )


def _band(indicators: Sequence[Indicator]) -> list[Shelf]:
    return [
        Shelf(6, [big_number(one, CHOSEN, _links(one)) for one in indicators]),
        Shelf(3, [what_it_stands_on(one, CHOSEN, _links(one)) for one in indicators]),
    ]


BOARD: Final = Board(
    name="wallboard",
    title="Deskpulse: wallboard",
    description="What is going on now, against its targets. All contacts, one channel or one team.",
    span="1h",
    refresh="10s",
    variables=[
        datasource(),
        *group_choice(),
        window_minutes("15m"),
        *targets(INDICATORS, CHOSEN),
        *age_limits(hidden=True),
        *urls(hidden=True),
    ],
    shelves=[
        Shelf(4, [numbers_age(), events_age(), _spike(), _alerts()]),
        *(shelf for band in in_shelves(INDICATORS) for shelf in _band(band)),
    ],
)
