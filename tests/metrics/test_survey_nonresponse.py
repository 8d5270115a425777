"""Who answers of those who were asked, from surveys to the row."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from stream.domain.rollup import Rollup
from stream.domain.rows import Row
from stream.domain.shard import Shard
from stream.domain.windows import rolling
from stream.metrics.survey_nonresponse import METRIC
from tests.domain.folding import DAY, START, fold, settle
from tests.domain.stories import US, Story, shard
from tests.domain.taken import taken_rows


def row(target: Shard) -> Row:
    settle(target, DAY)
    rollup = Rollup(METRIC.rows, [rolling("7d", 7 * DAY)], ("all",), ZoneInfo("UTC"))
    for key, cells in target.panes.rows():
        rollup.apply_pane(0, key, cells)
    rollup.advance((START + DAY) * US)
    (found,) = (row for _, row in taken_rows(rollup) if row is not None)
    return found


def asked(channel: str, *, answered: bool) -> Story:
    story = Story().created(0, channel).survey_sent(5)
    return story.survey(90, 4) if answered else story


def test_surveys_sent_are_set_against_those_of_them_that_were_answered() -> None:
    target = shard()
    # E-mail: 6 sent, 3 answered. Chat: 3 sent, none. Phone: 1 sent, 1 answered. 60, 30, 10 % against 75, 0, 25 %.
    for number in range(6):
        fold(target, asked("email", answered=number < 3), f"e{number}")
    for number in range(3):
        fold(target, asked("chat", answered=False), f"c{number}")
    fold(target, asked("phone", answered=True), "p")
    found = row(target)
    assert found["value"] == pytest.approx(0.3)
    assert (found["count"], found["population"], found["segments"]) == (4, 10, 3)
    # One that is answered later, and one that is withdrawn.
    fold(target, asked("chat", answered=False).survey(95, 2), "c0")
    fold(target, asked("phone", answered=True).withdrawn(99), "p")
    found = row(target)
    assert (found["value"], found["count"]) == (pytest.approx(0.15), 4)


def test_an_answer_to_nothing_that_was_sent_is_not_drawn_from_it() -> None:
    target = shard()
    fold(target, asked("email", answered=True), "1")
    fold(target, Story().created(0, "chat").survey(9, 4), "2")
    found = row(target)
    assert (found["value"], found["by_chance"], found["count"], found["population"]) == (0.0, 0.0, 1, 1)
