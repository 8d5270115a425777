"""NPS: classes, latest answers, detractors followed up. Times in seconds."""

from __future__ import annotations

import pytest

from stream.domain.rows import make_row
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
