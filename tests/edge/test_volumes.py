"""Volumes are made of the roll-up's hours, and compared only with days that it surely knows."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from stream.domain.cells import Cell, Cells
from stream.domain.rollup import Rollup
from stream.domain.segments import segment_of
from stream.domain.volume import Compared, Volume
from stream.edge.owners.trends import FORGET_US, Trends
from stream.edge.owners.volumes import Volumes
from stream.edge.serve.day import day_shown
from stream.metrics import ROWS
from stream.rules import windows_of
from stream.settings import Settings
from tests.domain.stories import Story
from tests.golden.desk import NOW as DESK_NOW
from tests.golden.desk import view

NOW = 1_763_802_900
"""2025-11-22T09:15:00Z."""
HOUR, DAY = 3600, 86_400
NINE = NOW - 900
PHONE = segment_of("phone", "billing", "normal")
EMAIL = segment_of("email", "tech", "normal")


def rollup_of(settings: Settings, panes: dict[tuple[int, str], Cells]) -> Rollup:
    held = Rollup(ROWS, windows_of(settings), settings.group_by.names, ZoneInfo("UTC"), widths=(HOUR,))
    for (start, segment), cells in panes.items():
        held.apply_pane(0, (HOUR, start, segment), cells)
    return held


def made(settings: Settings, panes: dict[tuple[int, str], Cells], by: str = "all", group: str = "") -> Volume | None:
    into: list[Volume] = []
    for _ in Volumes(settings, rollup_of(settings, panes)).made((by, group), NOW, into):
        pass
    return into[0] if into else None


def created(count: int) -> Cells:
    return {"created": Cell(count, 0)}


PANES: dict[tuple[int, str], Cells] = {
    (NINE - HOUR, PHONE): {
        "created": Cell(5, 0),
        "offered": Cell(4, 0),
        "answered": Cell(3, 0),
        "abandoned": Cell(1, 0),
    },
    (NINE - HOUR, EMAIL): created(2),
    (NINE, PHONE): created(90),  # of the hour that is not over
    (NINE - DAY - HOUR, PHONE): created(4),
    (NINE - DAY, PHONE): created(70),  # later than that time of the day
    (NINE - 7 * DAY - HOUR, PHONE): created(10),
    (NINE - 14 * DAY - 2 * HOUR, EMAIL): created(3),
    (NINE - 15 * DAY, PHONE): created(1),
}


def test_counts_are_those_of_the_rows_and_compared_with_the_same_weekday() -> None:
    volume = made(Settings(), PANES)
    assert volume is not None
    assert volume.until == NINE
    assert volume.numbers["created"] == Compared(7, 6.5, "usual")
    assert volume.numbers["offered"] == Compared(4, 0, "usual")
    assert [volume.numbers[name].today for name in ("answered", "abandoned", "resolved")] == [3, 1, 0]


def test_a_group_has_its_own() -> None:
    volume = made(Settings(), PANES, "team", "tech")
    assert volume is not None
    assert volume.numbers["created"] == Compared(2, 1.5, "usual")


def test_days_of_before_the_first_that_is_known_are_not_taken_for_empty_ones() -> None:
    young = {key: cells for key, cells in PANES.items() if key[0] > NINE - 7 * DAY}
    volume = made(Settings(), young)
    assert volume is not None
    assert volume.numbers["created"] == Compared(7)  # yesterday began before the first event
    volume = made(Settings(), young | {(NINE - 2 * DAY, PHONE): created(1)})
    assert volume is not None
    assert volume.numbers["created"] == Compared(7, 4, "yesterday")


def test_days_of_which_a_measure_is_not_kept_are_not_taken_for_empty_ones() -> None:
    settings = Settings.model_validate(
        {"windows": {"rolling": "1h"}, "metrics": {"abandonment": {"windows": "30d"}}, "alerts": {"enabled": False}}
    )
    volume = made(settings, PANES)
    assert volume is not None
    assert "created" not in volume.numbers
    assert volume.numbers["offered"].against == "usual"


def test_before_the_first_hour_is_over_there_is_nothing_to_compare() -> None:
    into: list[Volume] = []
    for _ in Volumes(Settings(), rollup_of(Settings(), PANES)).made(("all", ""), NINE - 9 * HOUR + 900, into):
        pass
    assert into == []


def test_volumes_are_made_with_the_trends_that_somebody_wants() -> None:
    desk = Trends(Settings(), rollup_of(Settings(), PANES))
    wanted = ("1h", "all", "")
    desk.want(wanted, NOW * 1_000_000)
    assert desk.volume(wanted) is None
    desk.step(NOW * 1_000_000, {})
    volume = desk.volume(wanted)
    assert volume is not None
    assert volume.numbers["created"].today == 7
    desk.step(NOW * 1_000_000 + FORGET_US + 1, {})
    assert desk.volume(wanted) is None


def test_what_is_shown_is_the_row_of_today_beside_what_there_was_by_the_hour() -> None:
    volume = Volume(NINE, {"created": Compared(6, 8.0, "usual"), "offered": Compared(3)})
    shown = day_shown(view(), "overview", "all", "", volume)
    assert shown is not None
    assert shown["until"] == "2025-11-22T09:00:00Z"
    counts = {count["name"]: count for count in shown["counts"]}
    assert list(counts) == ["created", "resolved", "offered", "answered", "abandoned"]
    assert counts["created"] == {"name": "created", "today": 7, "by_hour": 6, "before": 8.0, "against": "usual"}
    assert (counts["offered"]["today"], counts["offered"]["by_hour"], counts["offered"]["against"]) == (5, None, None)
    assert [counts[name]["today"] for name in ("resolved", "answered", "abandoned")] == [1, 1, 2]


@pytest.mark.parametrize("by", ["all", "priority"])
def test_without_rows_of_today_there_is_no_day(by: str) -> None:
    empty = view({})
    assert day_shown(empty, "overview", by, "", None) is None


def test_the_page_of_satisfaction_has_the_surveys_that_were_sent() -> None:
    story = Story().created(DESK_NOW - HOUR, "email").survey_sent(DESK_NOW - 600)
    volume = Volume(NINE, {"surveys_sent": Compared(1, 4.0, "usual")})
    asked = {"asked": story}
    shown = day_shown(view(asked), "satisfaction", "all", "", volume)
    assert shown is not None
    assert shown["counts"] == [{"name": "surveys_sent", "today": 1, "by_hour": 1, "before": 4.0, "against": "usual"}]
    assert day_shown(view(asked), "backlog", "all", "", None) is None
