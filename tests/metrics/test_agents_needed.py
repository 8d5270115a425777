"""Agents needed, from the cells of a window."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stream.domain.cells import Cell, Cells
from stream.domain.rollup import Rollup
from stream.domain.rows import Row, make_row
from stream.domain.segments import segment_of
from stream.domain.windows import rolling
from stream.domain.workforce import Goal
from stream.metrics import ROWS
from stream.metrics.agents_needed import METRIC
from stream.rules import goal_of
from stream.settings import Settings
from tests.domain.taken import taken_rows

(SPEC,) = METRIC.rows
HALF_AN_HOUR = (0, 1800)
US = 1_000_000
USUAL = Goal()


def day(offered: int = 100, handled: int = 100, handle: int = 180, abandoned: int = 0, waited: int = 0) -> Cells:
    """``waited``: seconds that those who abandoned and those who were answered waited in all."""
    cells: Cells = {"offered": Cell(offered), "handle_time": Cell(handled, handled * handle * US, {1: handled})}
    cells["answered"] = Cell(offered - abandoned, waited * US, {1: offered - abandoned})
    if abandoned:
        cells["abandoned"] = Cell(abandoned, 0, {1: abandoned})
    return {name: cell for name, cell in cells.items() if cell.count}


def row(cells: Cells, bounds: tuple[int, int] | None = HALF_AN_HOUR, goal: Goal = USUAL) -> Row:
    return make_row(SPEC, "all", "", "30m", bounds, cells, goal)


def test_the_known_answer() -> None:
    """100 contacts in 30 minutes, 180 s each, 80 % within 20 s: 14 agents; with a patience of 120 s, 12 of them do."""
    found = row(day(abandoned=10, waited=1200))
    assert (found["value"], found["with_patience"]) == (14, 12)
    assert (found["arrivals_per_hour"], found["handle_seconds"], found["patience_seconds"]) == (200.0, 180.0, 120.0)
    assert (found["count"], found["answered"], found["agents_busy"]) == (100, 90, 10.0)
    assert (found["service_level_target"], found["answer_within_seconds"]) == (0.8, 20.0)


@pytest.mark.parametrize(
    ("goal", "agents"), [(Goal(20, 0.795), 13), (Goal(20, 0.796), 14), (Goal(20, 0.888), 14), (Goal(20, 0.889), 15)]
)
def test_it_depends_on_what_is_to_be_reached(goal: Goal, agents: int) -> None:
    assert row(day(), goal=goal)["value"] == agents


@pytest.mark.parametrize(
    ("cells", "goal"),
    [
        (day(offered=19), Goal()),
        (day(handled=19), Goal()),
        (day(handled=0), Goal(fewest=0)),
        (day(), Goal(service_level=0.0)),
        (day(), Goal(service_level=1.0)),
        ({}, Goal()),
    ],
)
def test_where_there_is_too_little_or_nothing_to_reach_nothing_is_said(cells: Cells, goal: Goal) -> None:
    found = row(cells, goal=goal)
    assert (found["value"], found["with_patience"]) == (None, None)


def test_with_few_abandons_nobodys_patience_is_known() -> None:
    found = row(day(abandoned=4, waited=480))
    assert (found["value"], found["with_patience"], found["patience_seconds"]) == (14, None, None)


def test_all_time_has_no_length_and_so_no_rate() -> None:
    found = row(day(), None)
    assert (found["value"], found["arrivals_per_hour"], found["agents_busy"], found["answered"]) == (
        None,
        None,
        None,
        100,
    )


def test_every_group_has_its_own_target_and_its_channels_time() -> None:
    settings = Settings.model_validate(
        {
            "definitions": {"answer_within_seconds": "20,chat=60"},
            "targets": {"min_samples": 7, "by": [{"team": "vip", "service_level_ratio": 0.9}]},
        }
    )
    assert goal_of(settings, "all", "") == Goal(20, 0.8, 7)
    assert goal_of(settings, "channel", "chat") == Goal(60, 0.8, 7)
    assert goal_of(settings, "team", "vip") == Goal(20, 0.9, 7)


def test_the_roll_up_asks_for_the_goal_of_the_group() -> None:
    goals: dict[tuple[str, str], Goal] = {("team", "a"): Goal(20, 0.79)}

    def goal(by: str, group: str) -> Goal:
        return goals.get((by, group), Goal())

    rollup = Rollup(ROWS, (rolling("30m", 1800),), ("all", "team"), ZoneInfo("UTC"), goal_of=goal)
    rollup.advance(1_000_000 * US)
    rollup.apply_pane(0, (10, 1_000_000, segment_of("phone", "a", "")), day())
    found: dict[str, Any] = {key: made for key, made in taken_rows(rollup) if made is not None}
    assert found["agents_needed|erlang_c_and_a@1|team|a|30m"]["value"] == 13
    assert found["agents_needed|erlang_c_and_a@1|all||30m"]["value"] == 14
