from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from stream.domain.cells import Cell
from stream.domain.rollup import NOW_WINDOW, Rollup
from stream.domain.rows import Address, Block, make_number
from stream.domain.segments import segment_of
from stream.edge.owners.trends import FORGET_US, MOST_WANTED, REFRESH_US, Trends
from stream.metrics import ROWS
from stream.rules import windows_of
from stream.settings import Settings

NOW = 1_763_802_000
US = 1_000_000
SETTINGS = Settings()
PHONE = segment_of("phone", "billing", "normal")
ALL = ("15m", "all", "")


@pytest.fixture
def rollup() -> Rollup:
    held = Rollup(ROWS, windows_of(SETTINGS), SETTINGS.group_by.names, ZoneInfo("UTC"))
    for start, answered, abandoned in ((NOW - 240, 3, 1), (NOW - 120, 4, 0), (NOW, 1, 1)):
        held.apply_pane(0, (10, start, PHONE), {"answered": Cell(answered, 0), "abandoned": Cell(abandoned, 0)})
    return held


def test_what_is_wanted_is_made_by_the_formula_of_its_row(rollup: Rollup) -> None:
    desk = Trends(SETTINGS, rollup)
    assert desk.want(ALL, NOW * US) == {}
    desk.step(NOW * US, {})
    trend = desk.want(ALL, NOW * US)["abandonment"]
    assert (trend.step_seconds, len(trend.values)) == (120, 30)
    assert trend.start_seconds + 29 * 120 == NOW
    assert trend.values[-4:] == (None, 0.25, 0.0, 0.5)
    assert set(desk.want(ALL, NOW * US)) >= {"service_level", "csat", "waiting_contacts", "longest_wait"}


def test_the_last_value_is_that_of_a_whole_step_that_ends_now(rollup: Rollup) -> None:
    rollup.apply_pane(0, (10, NOW, PHONE), {"abandoned": Cell(1, 0)})
    rollup.apply_pane(0, (10, NOW - 10, PHONE), {"answered": Cell(3, 0)})
    last = []
    for seconds in (0, 9, 100, 109, 110):
        now = (NOW + seconds) * US
        desk = Trends(SETTINGS, rollup)
        desk.want(ALL, now)
        desk.step(now, {})
        last.append(desk.want(ALL, now)["abandonment"].values[-1])
    assert last == [0.25, 0.25, 0.25, 0.25, 1.0]


def test_trends_are_made_again_every_few_seconds_and_one_at_a_time(rollup: Rollup) -> None:
    desk = Trends(SETTINGS, rollup)
    other = ("15m", "channel", "phone")
    desk.want(ALL, NOW * US)
    desk.want(other, NOW * US)
    desk.step(NOW * US, {})
    made = [bool(desk.want(wanted, NOW * US)) for wanted in (ALL, other)]
    assert sorted(made) == [False, True]
    desk.step(NOW * US + 1, {})
    assert desk.want(ALL, NOW * US)
    assert desk.want(other, NOW * US)
    rollup.apply_pane(0, (10, NOW, PHONE), {"answered": Cell(9, 0), "abandoned": Cell(1, 0)})
    desk.step(NOW * US + REFRESH_US - 1, {})
    assert desk.want(ALL, NOW * US)["abandonment"].values[-1] == 0.5
    desk.step(NOW * US + REFRESH_US + 1, {})
    desk.step(NOW * US + REFRESH_US + 2, {})
    assert desk.want(ALL, NOW * US)["abandonment"].values[-1] == 0.1


def test_what_nobody_wants_any_more_is_forgotten(rollup: Rollup) -> None:
    desk = Trends(SETTINGS, rollup)
    desk.want(ALL, NOW * US)
    desk.step(NOW * US, {})
    desk.step(NOW * US + FORGET_US + 1, {})
    assert desk.want(ALL, NOW * US + FORGET_US + 2) == {}


def test_only_so_many_are_made(rollup: Rollup) -> None:
    desk = Trends(SETTINGS, rollup)
    for number in range(MOST_WANTED):
        desk.want(("15m", "team", f"t{number}"), NOW * US)
    desk.want(ALL, NOW * US)
    for number in range(MOST_WANTED + 5):
        desk.step(NOW * US + number, {})
    assert desk.want(ALL, NOW * US) == {}
    assert desk.want(("15m", "team", "t0"), NOW * US)


def waiting(count: int) -> dict[Address, Block]:
    """So many since half a minute before now."""
    (spec,) = (spec for spec in ROWS if spec.metric == "waiting_contacts")
    number = make_number(spec, None, {"waiting": Cell(count, (NOW - 30) * US)})
    return {("all", "", NOW_WINDOW): Block("all", "", NOW_WINDOW, {spec.name: number})}


def test_levels_are_noted_whether_or_not_somebody_looks(rollup: Rollup) -> None:
    desk = Trends(SETTINGS, rollup)
    rows = waiting(4)
    desk.step((NOW - 120) * US, rows)
    desk.want(ALL, NOW * US)
    desk.step(NOW * US, {})
    found = desk.want(ALL, NOW * US)
    assert found["waiting_contacts"].values[-3:] == (None, 4, None)
    desk.step(NOW * US + 10, rows)
    desk.step((NOW + 6) * US, rows)
    # As it is now, not as it was when the step began: it is the number of the tile.
    assert desk.want(ALL, NOW * US)["longest_wait"].values[-1] == pytest.approx(36, abs=0.01)
    later = waiting(9)
    desk.step((NOW + 15) * US, later)
    assert desk.want(ALL, NOW * US)["waiting_contacts"].values[-1] == 9
    desk.want(ALL, (NOW + 115) * US)
    desk.step((NOW + 120) * US, later)
    assert desk.want(ALL, NOW * US)["waiting_contacts"].values[-3:] == (4, 4, 9)


def test_what_cannot_be_made_ends_nothing(rollup: Rollup, caplog: pytest.LogCaptureFixture) -> None:
    desk = Trends(SETTINGS, rollup)
    desk.want(("15m", "channel", "a\x1fb"), NOW * US)
    desk.step(NOW * US, {})
    assert "no trends of window '15m' by 'channel'" in caplog.text
    desk.want(ALL, NOW * US)
    desk.step((NOW + 1) * US, {})
    assert desk.want(ALL, NOW * US)


def test_the_window_of_all_time_has_no_trend() -> None:
    settings = Settings.model_validate({"windows": {"total": True}})
    desk = Trends(settings, Rollup(ROWS, windows_of(settings), ("all",), ZoneInfo("UTC")))
    desk.want(("total", "all", ""), NOW * US)
    desk.step(NOW * US, {})
    assert desk.want(("total", "all", ""), NOW * US) == {}
