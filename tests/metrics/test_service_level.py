"""Service level, one rule per test. Times in seconds."""

from __future__ import annotations

import pytest

from stream.domain.cells import Cells, merge_cells
from stream.domain.rows import make_row
from stream.domain.segments import segment_of
from stream.metrics.service_level import METRIC
from tests.domain.stories import US, Story, shard

FORMULAS = {row.definition: row for row in METRIC.rows}


def test_an_answer_in_time_is_one_whose_wait_is_at_most_the_limit() -> None:
    assert Story(answer_within_seconds=20).queued(0).answered(20).value("answered_within/1") == 20.0
    assert "answered_within/1" not in Story(answer_within_seconds=20).queued(0).answered(20.000001).facts


def test_it_is_booked_at_the_answer_in_the_team_whose_queue_it_was() -> None:
    story = Story().created(0, "phone", "billing").queued(5, "tech").answered(9)
    assert story.booked_at("answered_within/1") == 9
    assert story.fact("answered_within/1").segment == segment_of("phone", "tech", "")


def test_every_channel_may_have_a_limit_of_its_own() -> None:
    limits = {"answer_within_seconds": 20, "answer_within_by_channel": (("chat", 60.0),)}
    assert "answered_within/1" in Story(**limits).created(0, "chat").queued(0).answered(45).facts
    assert "answered_within/1" not in Story(**limits).created(0, "phone").queued(0).answered(45).facts


def test_an_abandon_is_within_the_limit_or_beyond_it() -> None:
    assert Story().queued(0).abandoned(20).measures("abandoned_within/1") == ["abandoned_within"]
    assert Story().queued(0).abandoned(21).measures("abandoned_beyond/1") == ["abandoned_beyond"]


def test_a_short_abandon_is_neither() -> None:
    story = Story(short_abandon_seconds=5).queued(0).abandoned(4)
    assert not [key for key in story.facts if key.startswith(("abandoned_within", "abandoned_beyond"))]


def test_who_left_the_queue_otherwise_or_still_waits_is_in_no_side() -> None:
    for story in (Story().queued(0).left_queue(3), Story().queued(0)):
        assert not [key for key in story.facts if "within" in key or "beyond" in key]


def test_answered_without_queueing_is_in_time() -> None:
    assert Story().created(0, "phone").answered(30).value("answered_within/1") == 0.0


@pytest.mark.parametrize(
    ("definition", "numerator", "denominator"),
    [
        ("answered_within_of_answered_and_abandoned", 860, 1060),
        ("left_queue_within_of_answered_and_abandoned", 880, 1060),
        ("answered_within_of_answered", 860, 1000),
        ("answered_within_of_answered_and_abandoned_beyond", 860, 1040),
        ("answered_within_or_short_abandoned", 860, 1060),
    ],
)
def test_the_five_formulas_on_the_same_day(definition: str, numerator: int, denominator: int) -> None:
    """1000 answered, 860 of them within 20 s; 60 abandoned, 20 of them within 20 s: 81.1, 83.0, 86.0, 82.7, 81.1 %."""
    row = make_row(FORMULAS[definition], "all", "", "5m", None, _day(short_abandon_seconds=0))
    assert (row["numerator"], row["denominator"]) == (numerator, denominator)


def test_short_abandons_leave_both_sides_but_for_the_formula_that_counts_them_as_a_success() -> None:
    cells = _day(short_abandon_seconds=5)
    first = make_row(FORMULAS["answered_within_of_answered_and_abandoned"], "all", "", "5m", None, cells)
    fifth = make_row(FORMULAS["answered_within_or_short_abandoned"], "all", "", "5m", None, cells)
    assert (first["numerator"], first["denominator"]) == (860, 1050)
    assert (fifth["numerator"], fifth["denominator"]) == (870, 1060)


def _day(**definitions: float) -> Cells:
    """What is booked of 1000 answers (860 within 20 s) and 60 abandons (10 within 5 s, 20 within 20 s)."""
    stories = [Story(**definitions).queued(0).answered(15 if number < 860 else 40) for number in range(1000)]
    waits = [3] * 10 + [12] * 10 + [50] * 40
    stories += [Story(**definitions).queued(0).abandoned(wait) for wait in waits]
    target = shard(definitions=stories[0].definitions)
    for number, story in enumerate(stories):
        for event in story.events:
            target.fold(f"t{number}", event)
    cells: Cells = {}
    for (width, _, _), pane in target.settle(60 * US).panes:
        if width == 10 and pane:
            merge_cells(cells, pane)
    return cells
