"""NPS: classes, latest answers, detractors followed up. Times in seconds."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from stream.domain.cells import Cell, Cells
from stream.domain.rollup import Rollup
from stream.domain.rows import Row, make_row
from stream.domain.segments import segment_of
from stream.domain.windows import TOTAL, rolling
from stream.metrics import ROWS
from stream.metrics.nps import METRIC
from tests.domain.stories import Story, shard

HOUR = 3600


def nps(story: Story, at: float, score: float, survey: str = "q") -> Story:
    return story.survey(at, score, survey, low=0, high=10, kind="nps")


@pytest.mark.parametrize(
    ("score", "kind"),
    [(10, "promoters"), (9, "promoters"), (8, "passives"), (7, "passives"), (6, "detractors"), (0, "detractors")],
)
def test_classes(score: float, kind: str) -> None:
    assert nps(Story(), 0, score).measures("nps/q") == ["nps_answers", f"nps_{kind}"]


def test_the_latest_answer_counts_at_the_time_of_the_first() -> None:
    story = nps(nps(Story(), 10, 2), 90, 9)
    assert story.measures("nps/q") == ["nps_answers", "nps_promoters"]
    assert (story.value("nps/q"), story.booked_at("nps/q")) == (9.0, 10)


def test_a_detractor_is_followed_up_by_a_reply_in_time() -> None:
    story = nps(Story(follow_up_hours=48).created(0).message(5), 10, 3)
    assert "nps_followed_up" not in story.measures("nps/q")
    assert "nps_followed_up" in story.message(10 + 48 * HOUR).measures("nps/q")
    late = nps(Story(follow_up_hours=48).created(0), 10, 3).message(11 + 48 * HOUR)
    assert "nps_followed_up" not in late.measures("nps/q")
    assert "nps_followed_up" not in nps(Story().created(0), 10, 9).message(20).measures("nps/q")


def test_other_kinds_and_what_was_withdrawn_are_none() -> None:
    assert "nps/q" not in Story().survey(0, 5).facts
    assert "nps/q" not in nps(Story(), 0, 5).withdrawn(1, kind="nps").facts


def test_the_row_has_score_and_interval() -> None:
    state = shard()
    for number, score in enumerate([10] * 50 + [8] * 30 + [3] * 20):
        for event in nps(Story(), 10, score).log:
            state.fold(f"t{number}", event)
    (cells,) = [cells for (width, _, _), cells in state.settle(20_000_000).panes if width == 10 and cells]
    row = make_row(METRIC.rows[0], "all", "", "5m", (0, 300), cells)
    assert (row["count"], row["numerator"], row["subtrahend"], row["value"]) == (100, 50, 20, 30.0)
    assert (round(row["low"], 2), round(row["high"], 2)) == (14.69, 45.31)
    empty = make_row(METRIC.rows[0], "all", "", "5m", (0, 300), {})
    assert (empty["count"], empty["value"], empty["low"], empty["high"]) == (0, None, None, None)


def test_a_ratio_has_its_interval_too() -> None:
    ratio = next(row for row in ROWS if row.kind == "ratio")
    row = make_row(ratio, "all", "", "5m", (0, 300), {})
    assert (row["low"], row["high"]) == (None, None)


DAY = 24 * HOUR
NOW = 1_000 * DAY
CHAT = segment_of("chat", "a", "")


def answers(promoters: int, detractors: int, passives: int = 0) -> Cells:
    cells: Cells = {"nps_answers": Cell(promoters + detractors + passives)}
    cells |= {"nps_promoters": Cell(promoters)} if promoters else {}
    return cells | ({"nps_detractors": Cell(detractors)} if detractors else {})


class Board:
    def __init__(self, *panes: tuple[int, Cells]) -> None:
        self.rollup = Rollup(ROWS, (rolling("30d", 30 * DAY), TOTAL), ("all", "team"), ZoneInfo("UTC"))
        self.rows: dict[str, Row] = {}
        self.rollup.advance(NOW * 1_000_000)
        for days_ago, cells in panes:
            self.tell(days_ago, cells)

    def tell(self, days_ago: int, cells: Cells | None, width: int = HOUR) -> None:
        self.rollup.apply_pane(0, (width, NOW - days_ago * DAY if width else 0, CHAT), cells)

    def shown(
        self, group: str = "all|", window: str = "30d"
    ) -> tuple[float | None, float | None, int | None, float | None]:
        for block in self.rollup.take_blocks():
            self.rows |= {block.key(name): block.row(name) for name in block.numbers}
        row = self.rows[f"nps|promoters_less_detractors@1|{group}|{window}"]
        return row["value"], row["before"], row["before_count"], row["change"]


def test_the_change_is_that_against_the_30_days_before() -> None:
    """2 of 4 promoters and a detractor now, 1 of 4 and 2 before: 25 after -25."""
    board = Board((3, answers(2, 1, 1)), (40, answers(1, 2, 1)), (70, answers(9, 0)))
    assert board.shown() == (25.0, -25.0, 4, 50.0)
    assert board.shown("team|a") == (25.0, -25.0, 4, 50.0)


def test_an_answer_that_moves_out_of_the_window_is_compared_with_from_then_on() -> None:
    board = Board((3, answers(2, 1, 1)), (29, answers(1, 2, 1)))
    assert board.shown() == (0.0, None, 0, None)
    board.rollup.advance((NOW + 2 * DAY) * 1_000_000)
    assert board.shown() == (25.0, -25.0, 4, 50.0)


def test_what_is_taken_back_before_changes_the_change() -> None:
    board = Board((3, answers(1, 0)), (40, answers(1, 2, 1)))
    assert board.shown() == (100.0, -25.0, 4, 125.0)
    board.tell(40, answers(1, 0))
    assert board.shown() == (100.0, 100.0, 1, 0.0)
    board.tell(40, None)
    assert board.shown() == (100.0, None, 0, None)


def test_without_answers_now_there_is_no_change_and_all_time_has_nothing_before_it() -> None:
    board = Board((40, answers(1, 0)))
    assert board.shown() == (None, 100.0, 1, None)
    board.tell(0, answers(1, 0), width=0)
    assert board.shown(window="total") == (100.0, None, None, None)


def test_every_detractor_is_a_fact() -> None:
    told = {name: nps(Story().created(0, "chat", "a"), 10, score) for name, score in (("a", 6), ("b", 0), ("c", 10))}
    found = [name for name, story in told.items() if story.fact("nps/q").value < 7]  # type: ignore[operator]  # an answer has one
    assert found == ["a", "b"]
    assert told["a"].fact("nps/q").segment == CHAT
