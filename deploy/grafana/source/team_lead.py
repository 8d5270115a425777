"""Team lead: one team, why its numbers are what they are, and which tickets are behind them."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import table, timeseries

from deploy.grafana.source.boards import Board
from deploy.grafana.source.frames import Frame, Query
from deploy.grafana.source.indicator_panels import columns_of, full_tile, indicator_links
from deploy.grafana.source.indicators import (
    ABANDONMENT,
    CSAT,
    DESK_ALERTS,
    FIRST_RESPONSE,
    INDICATORS,
    LONGEST_WAIT,
    OPEN_TICKETS,
    RESOLUTION,
    SERVICE_LEVEL,
    Indicator,
)
from deploy.grafana.source.layout import Heading, Shelf, in_shelves
from deploy.grafana.source.links import (
    ROW_TEAM_CHANNEL,
    SERIES_CHANNEL,
    TEAM_GROUP,
    WINDOW_MINUTES,
    Link,
    facts,
    runbooks,
)
from deploy.grafana.source.panels import Column, grid, lines
from deploy.grafana.source.promql import TEAM, TEAM_CHANNELS
from deploy.grafana.source.queries import (
    abandoned_wait_percentile,
    answered_wait_percentile,
    benchmark_line,
    first_response_percentile,
    number,
    queue_counts,
    samples,
    spike_assumed,
    spike_expected,
    spike_observed,
    target_line,
)
from deploy.grafana.source.variables import datasource, targets, team_choice, urls, window_minutes

_CHANNEL: Final = ("channel",)


def _team_links(indicator: Indicator) -> tuple[Link, ...]:
    return indicator_links(indicator, TEAM_GROUP, WINDOW_MINUTES)


def _frame(title: str, description: str, indicator: Indicator, links: tuple[Link, ...] = ()) -> Frame:
    return Frame(
        title=title,
        description=description,
        unit=indicator.unit,
        no_data=f"{indicator.no_data} in this time",
        links=links or _team_links(indicator),
    )


def _by_channel(indicator: Indicator, title: str) -> timeseries.Panel:
    links = indicator_links(indicator, SERIES_CHANNEL, WINDOW_MINUTES)
    frame = _frame(title, f"{indicator.meaning} Of the team, for each channel apart.", indicator, links)
    return lines(frame, [Query(number(indicator, TEAM_CHANNELS, _CHANNEL), "{{channel}}")])


def _first_response() -> timeseries.Panel:
    frame = _frame(
        "First response over time",
        "Half, 90 % and 99 % of the first answers of a person came within; each point is the window that ends there.",
        FIRST_RESPONSE,
    )
    percentiles = [Query(first_response_percentile(one, TEAM), f"{one} %") for one in (50, 90, 99)]
    aims = [
        Query(target_line(FIRST_RESPONSE), "target for 90 %", dashed=True),
        Query(benchmark_line(FIRST_RESPONSE.headline), "{{benchmark}}, 90 %", dashed=True),
    ]
    return lines(frame, [*percentiles, *aims])


def _waits() -> timeseries.Panel:
    links = (
        facts("Contacts answered, with their wait", "answered", TEAM_GROUP, WINDOW_MINUTES),
        facts("Contacts that gave up, with their wait", "abandoned", TEAM_GROUP, WINDOW_MINUTES),
        *runbooks(LONGEST_WAIT.alerts),
    )
    frame = _frame(
        "Wait in the queue", "How long those waited who were answered, and those who gave up.", LONGEST_WAIT, links
    )
    return lines(
        frame,
        [
            Query(answered_wait_percentile(50, TEAM), "answered, 50 %"),
            Query(answered_wait_percentile(90, TEAM), "answered, 90 %"),
            Query(abandoned_wait_percentile(50, TEAM), "gave up, 50 %"),
        ],
    )


def _abandonment() -> timeseries.Panel:
    beside = "Beside it what is usual at this hour, or what is assumed while there is no baseline yet."
    frame = _frame("Abandonment over time", f"{ABANDONMENT.meaning} {beside}", ABANDONMENT)
    return lines(
        frame,
        [
            Query(number(ABANDONMENT, TEAM), "in the window"),
            Query(spike_observed(TEAM), "last half hour"),
            Query(spike_expected(TEAM), "usual at this hour"),
            Query(spike_assumed(TEAM), "assumed, no baseline yet"),
            Query(target_line(ABANDONMENT), "target", dashed=True),
            Query(benchmark_line(ABANDONMENT.headline), "{{benchmark}}", dashed=True),
        ],
    )


def _contacts() -> timeseries.Panel:
    links = (facts("Contacts offered", "offered", TEAM_GROUP, WINDOW_MINUTES), *_team_links(ABANDONMENT))
    frame = Frame(
        title="Contacts in the window",
        description="What became of the contacts of the window: the numbers that every share stands on.",
        unit="short",
        no_data="No contacts in this time",
        links=links,
    )
    return lines(frame, [Query(expr, name) for name, expr in queue_counts(TEAM).items()])


def _channels() -> table.Panel:
    frame = Frame(
        title="Channels of the team",
        description="The window that ends now, channel by channel, beside the numbers of samples.",
        unit="short",
        no_data="none",
        links=(
            facts("Contacts that gave up", "abandoned", ROW_TEAM_CHANNEL, WINDOW_MINUTES),
            facts("First responses", "first_response", ROW_TEAM_CHANNEL, WINDOW_MINUTES),
            facts("Tickets resolved", "full_resolution", ROW_TEAM_CHANNEL, WINDOW_MINUTES),
            *runbooks(DESK_ALERTS),
        ),
    )
    contacts = Column("Contacts", samples(ABANDONMENT, TEAM_CHANNELS, _CHANNEL), "short")
    plain = [
        Column(one.title, number(one, TEAM_CHANNELS, _CHANNEL), one.unit)
        for one in (RESOLUTION, CSAT, LONGEST_WAIT, OPEN_TICKETS)
    ]
    judged = [
        column
        for one in (SERVICE_LEVEL, ABANDONMENT, FIRST_RESPONSE)
        for column in columns_of(one, TEAM_CHANNELS, _CHANNEL)
    ]
    return grid(frame, {"channel": "Channel"}, [contacts, *judged, *plain])


BOARD: Final = Board(
    name="team-lead",
    title="Deskpulse: team lead",
    description="One team and its channels: responses, waits, abandonment, backlog, and the tickets behind them.",
    span="6h",
    refresh="30s",
    variables=[datasource(), *team_choice(), window_minutes("1h"), *targets(INDICATORS, TEAM), *urls()],
    shelves=[
        *(Shelf(4, [full_tile(one, TEAM, _team_links(one)) for one in shelf]) for shelf in in_shelves(INDICATORS)),
        Shelf(7, [_channels()]),
        Heading("Responses and waits"),
        Shelf(8, [_first_response(), _by_channel(FIRST_RESPONSE, "First response p90 by channel")]),
        Shelf(8, [_waits(), _by_channel(LONGEST_WAIT, "Longest wait by channel")]),
        Heading("Abandonment"),
        Shelf(8, [_abandonment(), _by_channel(ABANDONMENT, "Abandonment by channel"), _contacts()]),
        Heading("Backlog"),
        Shelf(
            8,
            [
                _by_channel(OPEN_TICKETS, "Open tickets by channel"),
                _by_channel(RESOLUTION, "Resolution p90 by channel"),
            ],
        ),
    ],
)
