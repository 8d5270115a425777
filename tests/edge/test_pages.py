"""Pages of the board: what each shows, and what a wrong parameter is told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from stream.domain.rows import Block, Rows
from stream.edge.serve.board import Boards
from stream.edge.serve.pages import own_headlines
from stream.edge.serve.selection import QueryError, parse_selection
from stream.edge.serve.team_table import MOST_TEAMS
from stream.metrics.headlines import HEADLINES, PAGES
from stream.settings import Settings, load_settings
from tests.golden.desk import SETTINGS, FixedState, view


def board(settings: Settings = SETTINGS, **query: str) -> dict[str, Any]:
    return Boards(FixedState(view(), settings=settings)).board(parse_selection(query, settings))


def names(shown: dict[str, Any]) -> list[str]:
    return [tile["metric"] for tile in shown["tiles"]]


def test_the_first_page_has_its_tiles_and_the_day() -> None:
    shown = board(window="today")
    assert names(shown) == [
        "service_level",
        "abandonment",
        "first_response_time",
        "resolution_time",
        "csat",
        "waiting_contacts",
        "longest_wait",
        "open_tickets",
    ]
    assert shown["pages"] == ("overview", "service", "satisfaction", "backlog", "team", "teams")
    assert shown["day"]["counts"][0]["name"] == "created"
    assert shown["table"] is None


@pytest.mark.parametrize("page", ["service", "satisfaction", "backlog"])
def test_a_page_has_the_headlines_that_name_it(page: str) -> None:
    shown = board(page=page)
    assert names(shown) == [headline.name for headline in own_headlines(page, SETTINGS)]
    assert len(shown["tiles"]) >= 5
    assert (shown["day"] or {"counts": []})["counts"] == []
    assert msgspec.to_builtins(shown["selection"])["page"] == page


def test_every_headline_is_on_a_page() -> None:
    policies = Settings.model_validate(
        SETTINGS.model_dump(exclude_defaults=True)
        | {"sla": ({"name": "all", "resolution_seconds": 3600},), "customers": {"enabled": True}}
    )
    pages = [board(policies, page=page) for page in PAGES]
    assert {name for shown in pages for name in names(shown)} == {headline.name for headline in HEADLINES}


def test_promises_have_tiles_only_where_there_is_a_policy() -> None:
    policies = Settings.model_validate(
        SETTINGS.model_dump(exclude_defaults=True) | {"sla": ({"name": "all", "resolution_seconds": 3600},)}
    )
    for page, name in (("service", "sla_attainment"), ("backlog", "sla_due_soon")):
        assert name in names(board(policies, page=page))
        assert name not in names(board(page=page))
        assert names(board(tiles=name)) == [name]


def counting() -> Settings:
    return Settings.model_validate({"customers": {"enabled": True, "currency": "CHF"}})


def test_customers_have_a_page_with_groups_of_their_own() -> None:
    shown = board(counting(), page="customers")
    assert names(shown) == [
        "customers_now",
        "customer_churn",
        "customer_retention",
        "customer_lifetime",
        "revenue_per_customer",
        "customer_lifetime_projected",
        "customers_joined",
        "customers_left",
        "customers_at_risk",
    ]
    assert {tile["currency"] for tile in shown["tiles"] if tile["unit"] == "money"} == {"CHF"}
    assert (shown["missing"], shown["selection"].window, shown["day"]) == (None, "30d", None)
    assert shown["customers"]["groups"] == ("all", "tier", "region", "segment")
    assert "tier" not in shown["choices"]
    # What tickets are told apart by is not looked at, as on a round of pages of both.
    assert parse_selection({"page": "customers", "channel": "x", "tier": "gold"}, counting()).segment == {
        "tier": "gold"
    }
    assert parse_selection({"page": "overview", "channel": "x", "tier": "gold"}, counting()).segment == {"channel": "x"}
    with pytest.raises(QueryError, match="by='channel': allowed: all, tier, region, segment"):
        parse_selection({"page": "customers", "by": "channel"}, counting())


def test_where_customers_are_not_counted_their_page_says_so_and_is_not_offered() -> None:
    shown = board(page="customers")
    assert (shown["missing"], shown["tiles"], shown["customers"]) == ("customers", [], None)
    assert "customers" not in shown["pages"]
    assert "customers" in board(counting())["pages"]


def test_tiles_by_name_come_in_the_order_they_are_named() -> None:
    assert names(board(tiles="csat,abandonment,csat")) == ["csat", "abandonment"]
    assert names(board(page="backlog", tiles="nps")) == ["nps"]
    assert [column["metric"] for column in board(page="teams", tiles="csat")["table"]["columns"]] == ["csat"]


def test_pages_that_are_judged_by_days_show_days() -> None:
    settings = Settings()
    assert parse_selection({}, settings).window == "1h"
    assert parse_selection({"page": "service"}, settings).window == "1h"
    assert parse_selection({"page": "satisfaction"}, settings).window == "30d"
    assert parse_selection({"page": "backlog"}, settings).window == "24h"
    assert parse_selection({"page": "satisfaction", "window": "1h"}, settings).window == "1h"
    assert parse_selection({"page": "satisfaction"}, SETTINGS).window == "15m"


def test_the_page_of_a_team_is_the_first_page_of_that_team() -> None:
    shown = board(page="team", by="team", team="billing", window="today")
    assert names(shown) == names(board())
    calls = next(count for count in shown["day"]["counts"] if count["name"] == "offered")
    assert calls["today"] == 3


def test_the_table_has_the_tiles_of_each_team() -> None:
    table = board(page="teams", window="today")["table"]
    assert [row["name"] for row in table["rows"]] == ["billing", "tech"]
    assert table["left_out"] == 0
    (billing, tech) = table["rows"]
    for row in table["rows"]:
        own = board(page="team", by="team", team=row["name"], window="today")["tiles"]
        for cell, tile in zip(row["tiles"], own, strict=True):
            assert cell.items() <= tile.items()
            assert {"value", "judgement", "target", "unit"} <= cell.keys()
    assert [cell["value"] for cell in billing["tiles"] if cell["metric"] == "open_tickets"] != [
        cell["value"] for cell in tech["tiles"] if cell["metric"] == "open_tickets"
    ]


def test_the_table_of_a_channel_has_the_teams_of_that_channel() -> None:
    table = board(page="teams", by="channel", channel="email", window="today")["table"]
    assert [row["name"] for row in table["rows"]] == ["billing", "tech"]
    numbers = {
        row["name"]: {cell["metric"]: cell["value"] for cell in row["tiles"]}["first_response_time"]
        for row in table["rows"]
    }
    assert None not in numbers.values()
    assert board(page="teams", by="channel", channel="chat", window="today")["table"]["rows"] == []


def test_of_very_many_teams_those_that_are_worst_off_have_a_row() -> None:
    shown = view()
    blocks = {address: block for address, block in shown.rows.blocks.items() if address[:2] == ("team", "billing")}
    many = {
        (by, f"team {number:02}", window): Block(by, f"team {number:02}", window, block.numbers)
        for number in range(MOST_TEAMS + 5)
        for (by, _, window), block in blocks.items()
    }
    targets = [
        {"team": f"team {number:02}", "abandonment_ratio": 1.0} for number in range(4, MOST_TEAMS + 5) if number != 22
    ]
    settings = Settings.model_validate(
        SETTINGS.model_dump(exclude_defaults=True) | {"targets": {"by": targets, "min_samples": 1}}
    )
    state = FixedState(msgspec.structs.replace(shown, rows=Rows(many)), settings=settings)
    table = Boards(state).board(parse_selection({"page": "teams", "window": "today"}, settings))["table"]
    assert table["left_out"] == 5
    listed = [row["name"] for row in table["rows"]]
    assert listed == sorted(listed)
    assert {"team 00", "team 01", "team 02", "team 03", "team 22"} <= set(listed)


def test_the_same_table_is_made_once_for_all_who_look() -> None:
    state = FixedState(view())
    boards = Boards(state)
    selection = parse_selection({"page": "teams"}, SETTINGS)
    assert boards.board(selection)["table"] is boards.board(selection)["table"]
    before = boards.board(selection)["table"]
    state.view = view({})
    assert boards.board(selection)["table"] is not before
    assert boards.board(selection)["table"]["rows"] == []


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"page": "x"}, r"page='x': allowed: overview, service, satisfaction, backlog, team, teams"),
        ({"page": ""}, r"page='': allowed: overview"),
        ({"tiles": ""}, r"tiles='': there is no tile ''; allowed, joined by commas: service_level, "),
        ({"tiles": "csat,CSAT"}, r"tiles='csat,CSAT': there is no tile 'CSAT'; allowed, joined by commas: service_"),
        ({"page": "team"}, r"page='team': it is the page of one group: name it, such as team="),
        ({"page": "teams", "by": "team", "team": "x"}, r"page='teams': it shows all by team: leave team=\.\.\. out"),
        (
            {"page": "teams", "by": "priority", "priority": "x"},
            r"by='priority': allowed: all, channel, team, channel_t",
        ),
        (
            {"channel": "x", "priority": "y"},
            r"channel=\.\.\., priority=\.\.\.: nothing is summed by channel_priority; t",
        ),
    ],
)
def test_a_wrong_parameter_is_told_with_what_is_allowed(query: dict[str, str], sentence: str) -> None:
    with pytest.raises(QueryError, match=sentence):
        parse_selection(query, SETTINGS)


def test_without_groups_to_list_there_are_no_pages_of_groups() -> None:
    settings = load_settings({"DESKPULSE_GROUP_BY__NAMES": "all,channel_team"})
    with pytest.raises(
        QueryError, match=r"page='teams': allowed: overview, service, satisfaction, backlog, customers$"
    ):
        parse_selection({"page": "teams"}, settings)
    assert board(settings)["pages"] == ("overview", "service", "satisfaction", "backlog")


def test_without_all_teams_can_still_be_listed() -> None:
    settings = load_settings({"DESKPULSE_GROUP_BY__NAMES": "team,channel"})
    assert [row["name"] for row in board(settings, page="teams", window="24h")["table"]["rows"]] == ["billing", "tech"]
    with pytest.raises(QueryError, match="page='teams': nothing is summed by team and channel; there is team, channel"):
        parse_selection({"page": "teams", "by": "channel", "channel": "x"}, settings)
