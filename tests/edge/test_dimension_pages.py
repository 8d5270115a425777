"""Pages, boards and lookups of an installation with other dimensions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text

from stream.domain.cells import Cell
from stream.domain.segments import Dimensions, dimensions_named
from stream.domain.spikes.alert import Signal
from stream.edge.owners.view import View
from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.board import Boards
from stream.edge.serve.facts_route import parse_fact_query
from stream.edge.serve.prometheus.exposition import exposition_of
from stream.edge.serve.selection import QueryError, parse_selection
from stream.metrics import ROWS, registry
from stream.settings import Settings
from tests.domain.taken import rows_made
from tests.golden.desk import NOW, FixedState

LISTS = (
    ("brand",),
    ("channel", "brand"),
    ("channel", "team", "priority", "language", "zone"),
    ("channel", "team", "priority", "brand", "language", "product", "tier", "zone"),
)


def settings_of(names: tuple[str, ...]) -> Settings:
    groups = ("all", *names, "_".join(names)) if len(names) > 1 else ("all", *names)
    return Settings.model_validate(
        {
            "dimensions": names,
            "group_by": {"names": groups},
            "export": {"group_bys": "*", "counters_by": "_".join(names)},
            "targets": {"by": [{names[0]: f"a {names[0]}", "csat_ratio": 0.8}]},
        }
    )


def view_of(dimensions: Dimensions, groups: Collection[str] = ()) -> View:
    segment = dimensions.of_labels({name: f"a {name}" for name in dimensions.names})
    spec = ROWS[0]
    cells = {spec.measures[0].name: Cell(2, 4_000_000, {500: 2})}
    bys = {*groups} or {"all", *dimensions.names, "_".join(dimensions.names)}
    blocks = {(by, dimensions.rolled_up(segment, by), "15m"): ((NOW - 900, NOW), {spec: cells}) for by in bys}
    signal = Signal(0, 0.1, 0.1, 1)
    spikes = {(by, dimensions.rolled_up(segment, by)): signal for by in bys}
    counters = {segment: {"offered": Cell(3)} | cells}
    return View(rows_made(blocks), counters, {}, NOW * 1_000_000, NOW * 1_000_000, spikes=spikes)


@pytest.mark.parametrize("names", LISTS)
@pytest.mark.parametrize("accept", ["", "application/openmetrics-text; version=1.0.0"])
def test_every_series_of_groups_has_a_label_for_each_dimension(names: tuple[str, ...], accept: str) -> None:
    state = FixedState(view_of(dimensions_named(names)), settings=settings_of(names))
    page = exposition_of(state, HttpTally()).page(accept).decode()
    seen: dict[str, set[frozenset[tuple[str, str]]]] = {}
    for family in (openmetrics if accept else text)(page):
        for sample in family.samples:
            if "by" in sample.labels and "samples_left_out" not in sample.name:
                assert {*names} <= sample.labels.keys(), sample
                assert not {"channel", "team", "priority"} - {*names} & sample.labels.keys(), sample
            labels = frozenset((name, value) for name, value in sample.labels.items() if name in names and value)
            seen.setdefault(sample.name, set()).add(labels)
    whole = frozenset((name, f"a {name}") for name in names)
    groups = {frozenset(), whole, *(frozenset([part]) for part in whole)}
    assert seen["deskpulse_first_response_time_samples"] == groups
    assert seen["deskpulse_abandonment_spike_severity"] == groups
    assert seen["deskpulse_contacts_offered_total"] == {whole}
    assert seen["deskpulse_target_ratio"] >= {frozenset(), frozenset([(names[0], f"a {names[0]}")])}


@pytest.mark.parametrize("names", LISTS)
def test_boards_offer_every_dimension_that_is_a_group(names: tuple[str, ...]) -> None:
    settings = settings_of(names)
    state = FixedState(view_of(dimensions_named(names)), settings=settings)
    by = "_".join(names)
    query = {"by": by, "window": "15m"} | {name: f"a {name}" for name in names}
    board = Boards(state).board(parse_selection(query, settings))
    assert board["choices"] == {name: [f"a {name}"] for name in names}
    assert [row["segment"] for row in board["rows"]] == [{name: f"a {name}" for name in names}]


def board_of(names: tuple[str, ...], groups: tuple[str, ...], **query: str) -> dict[str, Any]:
    settings = Settings.model_validate({"dimensions": names, "group_by": {"names": groups}})
    state = FixedState(view_of(dimensions_named(names), groups), settings=settings)
    return Boards(state).board(parse_selection({"window": "15m", **query}, settings))


def test_the_dimensions_that_are_given_say_what_the_group_is_made_of() -> None:
    names, groups = ("brand", "region"), ("all", "brand", "region", "brand_region")
    board = board_of(names, groups, region="a region", brand="a brand")
    assert (board["selection"].by, board["selection"].segment) == (
        "brand_region",
        {"brand": "a brand", "region": "a region"},
    )
    assert board_of(names, groups, region="a region")["selection"].by == "region"
    assert board_of(names, groups)["selection"].by == "all"
    assert (board["dimensions"], board["groups"]) == (names, groups)


def test_what_is_only_a_part_of_groups_is_offered_too() -> None:
    board = board_of(("brand", "region", "zone"), ("all", "brand", "brand_region"))
    assert board["choices"] == {"brand": ["a brand"], "region": ["a region"]}
    with pytest.raises(
        QueryError, match=r"region=\.\.\.: nothing is summed by region; there is all, brand, brand_region"
    ):
        board_of(("brand", "region", "zone"), ("all", "brand", "brand_region"), region="a region")


@pytest.mark.parametrize(
    ("names", "groups", "listed"),
    [
        (("brand", "team"), ("all", "brand", "team"), "team"),
        (("brand", "team"), ("all", "brand", "brand_team"), "brand"),
        (("brand", "region"), ("all", "region", "brand_region"), "region"),
        (("brand", "region"), ("all", "brand_region"), None),
    ],
)
def test_the_table_lists_teams_or_the_first_that_is_a_group(
    names: tuple[str, ...], groups: tuple[str, ...], listed: str | None
) -> None:
    assert board_of(names, groups)["table_dimension"] == listed
    if listed is None:
        assert "teams" not in board_of(names, groups)["pages"]
        return
    table = board_of(names, groups, page="teams")["table"]
    assert (table["dimension"], [row["name"] for row in table["rows"]]) == (listed, [f"a {listed}"])
    (tile,) = (tile for tile in table["rows"][0]["tiles"] if tile["metric"] == ROWS[0].metric)
    assert tile["value"] is not None
    own = board_of(names, groups, page="team", **{listed: f"a {listed}"})
    assert own["tiles"][0]["metric"] == table["columns"][0]["metric"]


def test_facts_are_looked_up_by_them() -> None:
    names = ("channel", "brand", "region")
    asked = {"fact": "csat", "by": "brand_region", "brand": "a", "region": "b"}
    query, _ = parse_fact_query(asked, NOW * 1_000_000, registry(), names)
    assert query.segment == {"brand": "a", "region": "b"}
