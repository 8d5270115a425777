"""Surveys sent in one day against the usual day, from surveys to the row."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from stream.domain.rollup import Rollup
from stream.domain.row_numbers import FIELDS, kind_of, number_of
from stream.domain.rows import Row
from stream.domain.shard import Shard
from stream.domain.windows import rolling
from stream.metrics.survey_response import BY_HOUR
from stream.metrics.survey_surge import METRIC
from tests.domain.folding import DAY, HOUR, START, counts, fold, settle
from tests.domain.stories import US, Story, shard
from tests.domain.taken import taken_rows

NOW = 7 * DAY - HOUR / 2
"""The hour that it lies in is the last of a week since START."""


def desk(*surveys_of_day: int) -> Shard:
    """Tickets of a day each, with so many surveys sent at noon."""
    target = shard()
    for day, surveys in enumerate(surveys_of_day):
        story = Story().created(day * DAY, "email" if day % 2 else "phone")
        for number in range(surveys):
            story.survey_sent(day * DAY + DAY / 2 + number, f"q{number}", kind=("csat", "nps", "ces")[number % 3])
        fold(target, story, f"T{day}")
    settle(target, NOW)
    return target


def rows(target: Shard, now: float = NOW) -> dict[str, Row]:
    rollup = Rollup(METRIC.rows, [rolling("7d", 7 * DAY)], ("all", "channel"), ZoneInfo("UTC"))
    for key, cells in target.panes.rows():
        rollup.apply_pane(0, key, cells)
    rollup.advance(round((START + now) * US))
    return {
        key.split("|", 2)[2]: row for key, row in taken_rows(rollup) if row is not None and METRIC.rows[0].name in key
    }


def test_surveys_of_all_kinds_by_the_day_they_were_sent_on() -> None:
    found = rows(desk(4, 4, 4, 4, 4, 4, 20))
    row = found["all||7d"]
    assert (row["value"], row["latest"], row["usual"], row["days"], row["count"]) == (5.0, 20, 4.0, 6, 44)
    assert kind_of(row) == "surge"
    assert [number_of(row, field, 0) for field in FIELDS["surge"]] == [5.0, 20, 4.0, 6, 44]
    # E-mail has every other day, and not the last one.
    email = found["channel|email|7d"]
    assert (email["value"], email["latest"], email["usual"], email["days"]) == (0.0, 0, 4.0, 6 - 1)


def test_the_window_moves_on_without_an_event() -> None:
    target = desk(4, 4, 4, 4, 4, 4, 20)
    later = rows(target, NOW + DAY)["all||7d"]
    assert (later["value"], later["latest"], later["usual"]) == (0.0, 0, 4.0)
    assert (later["days"], later["count"]) == (6, 40)


def test_each_is_told_by_its_hour_and_taken_back_with_its_ticket() -> None:
    target = shard()
    story = Story().created(0).survey_sent(HOUR + 5, "q").survey_sent(2 * HOUR, "r")
    fold(target, story)
    settle(target, NOW)
    bins = {
        hour: n
        for (width, _, _), cells in target.panes
        if width == HOUR and BY_HOUR.name in cells
        for hour, n in (cells[BY_HOUR.name].bins or {}).items()
    }
    assert bins == {START // HOUR + 1: 1, START // HOUR + 2: 1}
    # An earlier sending of the same survey, told late: it was sent then.
    fold(target, story.survey_sent(60, "q"))
    settle(target, NOW)
    assert sorted(start for start, _ in counts(target, BY_HOUR.name, HOUR)) == [0, 2 * HOUR]
    fold(target, story.removed(3 * HOUR))
    settle(target, NOW)
    assert counts(target, BY_HOUR.name, HOUR) == {}
