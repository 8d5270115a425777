"""Overall satisfaction: the blend of the parts, its weights, and what it says while a part is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stream.domain.cells import Cell, Cells
from stream.domain.intervals import net_promoter_interval, wilson
from stream.domain.rollup import Rollup
from stream.domain.row_numbers import kind_of, number_of
from stream.domain.rows import Row, make_row
from stream.domain.satisfaction import Weights
from stream.domain.windows import rolling
from stream.metrics.overall_satisfaction import METRIC, weighted
from stream.settings import Settings
from tests.domain.stories import Story, shard
from tests.domain.taken import taken_rows

FULL = {
    "csat_score": 10,
    "csat_top_box": 8,
    "nps_answers": 20,
    "nps_promoters": 10,
    "nps_detractors": 6,
    "ces_score": 5,
    "ces_top_box": 4,
}


def row(counts: dict[str, int], weights: Weights | None = None) -> Row:
    cells: Cells = {name: Cell(count) for name, count in counts.items() if count}
    metric = weighted(METRIC, weights or Weights())
    return make_row(metric.rows[0], "all", "", "30d", (0, 2_592_000), cells)


def without(*names: str) -> dict[str, int]:
    return {name: count for name, count in FULL.items() if not name.startswith(names)}


def test_equal_weights_unless_set() -> None:
    found = row(FULL)
    assert (found["csat"], found["nps"], found["ces"]) == (0.8, 0.6, 0.8)
    assert found["value"] == pytest.approx((0.8 + 0.6 + 0.8) / 3)
    assert (found["csat_count"], found["nps_count"], found["ces_count"], found["count"]) == (10, 20, 5, 5)
    assert found["weights"] == {"csat": 1.0, "nps": 1.0, "ces": 1.0}
    assert kind_of(found) == "blend"
    assert [number_of(found, field, 0) for field in ("csat", "nps", "ces")] == [0.8, 0.6, 0.8]


def test_weights_are_relative() -> None:
    assert row(FULL, Weights(2, 1, 1))["value"] == pytest.approx((1.6 + 0.6 + 0.8) / 4)
    assert row(FULL, Weights(50, 25, 25))["value"] == pytest.approx(row(FULL, Weights(2, 1, 1))["value"])


@pytest.mark.parametrize("part", ["csat", "nps", "ces"])
def test_absent_while_a_part_is_unless_it_has_no_weight(part: str) -> None:
    missing = without(part)
    found = row(missing)
    assert (found["value"], found["low"], found["high"], found["count"]) == (None, None, None, 0)
    assert (found[part], found[f"{part}_count"]) == (None, 0)
    others = {"csat", "nps", "ces"} - {part}
    assert all(found[other] is not None for other in others)
    left = row(missing, Weights(*(float(one != part) for one in ("csat", "nps", "ces"))))
    assert left["value"] == pytest.approx(sum(found[other] for other in others) / 2)
    assert left["count"] == min(found[f"{other}_count"] for other in others)


def test_a_part_without_weight_is_shown_all_the_same() -> None:
    found = row(FULL, Weights(1, 1, 0))
    assert (found["ces"], found["ces_count"]) == (0.8, 5)
    assert (found["value"], found["count"]) == (pytest.approx(0.7), 10)


def test_the_interval_of_one_part_alone_is_its_own() -> None:
    only = row(FULL, Weights(1, 0, 0))
    assert (only["low"], only["high"]) == pytest.approx(wilson(8, 10))
    bounds = net_promoter_interval(10, 6, 20)
    assert bounds is not None
    of_nps = row(FULL, Weights(0, 1, 0))
    assert (of_nps["low"], of_nps["high"]) == pytest.approx(tuple((bound + 100) / 200 for bound in bounds))


def test_of_more_parts_it_is_narrower_than_the_mean_of_theirs_and_within_0_and_1() -> None:
    found = row(FULL)
    parts = [row(FULL, Weights(*weights)) for weights in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]
    assert found["high"] - found["low"] < sum(part["high"] - part["low"] for part in parts) / 3
    assert found["low"] < found["value"] < found["high"]
    best = dict.fromkeys(FULL, 3) | {"nps_detractors": 0}
    assert (row(best)["value"], row(best)["high"]) == (1.0, 1.0)
    assert row(best)["low"] < 1.0


def test_answers_become_the_row_of_the_window_by_the_weights_of_the_settings() -> None:
    told: list[Callable[[Story], Story]] = [
        lambda story: story.survey(5, 5),
        lambda story: story.survey(6, 2),
        lambda story: story.survey(5, 10, low=0, high=10, kind="nps"),
        lambda story: story.survey(5, 7, low=1, high=7, kind="ces"),
    ]
    state = shard()
    for number, tell in enumerate(told):
        for event in tell(Story()).log:
            state.fold(f"t{number}", event)
    registry = Settings.model_validate({"satisfaction": {"csat_weight": 2}}).registry
    rollup = Rollup(registry.rows, [rolling("5m", 300)], ["all"], ZoneInfo("UTC"))
    for key, cells in state.settle(20_000_000).panes:
        rollup.apply_pane(0, key, cells)
    rollup.advance(20_000_000)
    found = dict(taken_rows(rollup))["overall_satisfaction|weighted_parts@1|all||5m"]
    assert found is not None
    assert (found["csat"], found["nps"], found["ces"], found["count"]) == (0.5, 1.0, 1.0, 1)
    assert found["value"] == 0.75
    assert found["weights"] == {"csat": 2.0, "nps": 1.0, "ces": 1.0}


def test_the_formula_says_the_weights_and_nothing_else_of_the_registry_differs() -> None:
    usual = Settings().registry
    chosen = Settings.model_validate({"satisfaction": {"nps_weight": 0}}).registry
    (blend,) = [spec for spec in chosen.rows if spec.kind == "blend"]
    assert blend.formula == "(1 * csat + 0 * (nps + 100) / 200 + 1 * ces) / 2"
    assert [spec for spec in chosen.rows if spec.kind != "blend"] == [
        spec for spec in usual.rows if spec.kind != "blend"
    ]
    assert chosen.measures == usual.measures


def test_weights_that_are_all_0_stop_at_start() -> None:
    nothing: dict[str, Any] = {"satisfaction": {"csat_weight": 0, "nps_weight": 0, "ces_weight": 0}}
    with pytest.raises(ValueError, match=r"nothing is left to say; give one a weight above 0"):
        Settings.model_validate(nothing)
