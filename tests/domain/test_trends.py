from __future__ import annotations

from collections.abc import Sequence
from random import Random
from zoneinfo import ZoneInfo

import pytest

from stream.domain.cells import Cell
from stream.domain.rollup import Rollup
from stream.domain.segments import segment_of
from stream.domain.trends import PLANS, LevelTrail, Trend, TrendPlan, plan_of
from stream.domain.windows import TODAY, TOTAL, Window, rolling
from stream.metrics import ROWS

NOW = 1_763_802_000
PHONE, CHAT = segment_of("phone", "billing", ""), segment_of("chat", "billing", "")
WINDOWS = (rolling("1h", 3600), rolling("24h", 86_400), rolling("30d", 30 * 86_400), TODAY, TOTAL)


def rollup(windows: Sequence[Window] = WINDOWS) -> Rollup:
    return Rollup(ROWS, windows, ("all", "channel"), ZoneInfo("UTC"))


def test_every_window_but_that_of_all_time_has_a_plan_that_covers_an_hour_a_day_or_a_month() -> None:
    spans = [plan.step_seconds * plan.steps if (plan := plan_of(window)) else None for window in WINDOWS]
    assert spans == [3600, 86_400, 30 * 86_400, 86_400, None]
    assert all(plan.step_seconds % plan.width_seconds == 0 for plan in PLANS)


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("now", [NOW, NOW + 1, NOW + 119, NOW + 86_399])
def test_the_last_step_holds_now(plan: TrendPlan, now: int) -> None:
    last = plan.start(now) + (plan.steps - 1) * plan.step_seconds
    assert last <= now < last + plan.step_seconds


def test_steps_hold_the_panes_that_start_in_them_of_the_group_only_in_any_order() -> None:
    panes = [(NOW + 10 * number, segment, number) for number in range(24) for segment in (PHONE, CHAT)]
    expected = [sum(range(12)), sum(range(12, 24)), 0]
    for seed in range(3):
        Random(seed).shuffle(panes)
        held = rollup()
        for start, segment, count in panes:
            held.apply_pane(0, (10, start, segment), {"answered": Cell(count, 0)})
        for group, times in ((("all", ""), 2), (("channel", "phone"), 1), (("channel", "email"), 0)):
            steps = held.steps(group, 10, NOW, 120, 3)
            assert [step["answered"].count if "answered" in step else 0 for step in steps] == [
                n * times for n in expected
            ]


def test_a_late_correction_changes_its_step_and_no_other() -> None:
    held = rollup()
    held.apply_pane(0, (10, NOW + 110, PHONE), {"answered": Cell(1, 0)})
    held.apply_pane(0, (10, NOW + 120, PHONE), {"answered": Cell(5, 0)})
    held.apply_pane(0, (10, NOW + 110, PHONE), {"answered": Cell(3, 0)})
    assert [step["answered"].count for step in held.steps(("all", ""), 10, NOW, 120, 2)] == [3, 5]
    held.apply_pane(0, (10, NOW + 110, PHONE), None)
    assert held.steps(("all", ""), 10, NOW, 120, 1) == [{}]


def test_panes_that_are_not_kept_give_empty_steps() -> None:
    assert rollup((rolling("24h", 86_400),)).steps(("all", ""), 10, NOW, 120, 2) == [{}, {}]


def test_steps_do_not_share_their_cells_with_the_roll_up() -> None:
    held = rollup()
    held.apply_pane(0, (10, NOW, PHONE), {"answered": Cell(1, 0)})
    held.steps(("all", ""), 10, NOW, 120, 1)[0]["answered"].add(0, -1, 1)
    assert held.steps(("all", ""), 10, NOW, 120, 1)[0]["answered"].count == 1


def test_levels_are_kept_once_per_step_and_no_longer_than_the_trend() -> None:
    trail = LevelTrail(TrendPlan(10, 120, 3))
    for number in range(10):
        assert trail.is_due(NOW + 120 * number)
        trail.note(NOW + 120 * number, {"waiting": float(number)}.get)
        assert not trail.is_due(NOW + 120 * number + 119)
    trail.note(NOW + 120 * 9 + 60, {"waiting": 99.0}.get)
    trend = trail.trend(NOW + 120 * 9 + 60, "waiting")
    assert (trend.start_seconds, trend.step_seconds, trend.values) == (NOW + 120 * 7, 120, (7.0, 8.0, 9.0))
    assert trail.trend(NOW + 120 * 10, "waiting").values == (8.0, 9.0, None)
    assert trail.trend(NOW + 120 * 9, "other").values == (None, None, None)


def test_a_trend_may_end_with_a_newer_value() -> None:
    trend = Trend(0, 120, (1.0, None, 3.0))
    assert trend.ending_with(4.0) == Trend(0, 120, (1.0, None, 4.0))
    assert trend.ending_with(None).values == (1.0, None, None)
