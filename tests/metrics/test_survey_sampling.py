"""Whether those who answered stand for all: which tickets count, when, and as what."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from stream.domain.cells import Cell
from stream.domain.rollup import Rollup
from stream.domain.row_numbers import kind_of
from stream.domain.rows import Row
from stream.domain.segments import segment_of
from stream.domain.windows import rolling
from stream.metrics.survey_sampling import METRIC
from tests.domain.stories import Story
from tests.domain.taken import taken_rows

BOTH = ["sampled_resolved", "sampled_answered"]


def test_a_ticket_counts_when_it_is_done_with_whether_it_was_answered_by_now() -> None:
    story = Story().created(0).survey_sent(5).status(10, "solved")
    assert (story.measures("sampled"), story.value("sampled"), story.booked_at("sampled")) == (BOTH[:1], 0.0, 10)
    story.survey(90, 4)
    assert (story.measures("sampled"), story.value("sampled"), story.booked_at("sampled")) == (BOTH, 1.0, 10)
    # Twice answered is once answered, and taken back it is not.
    assert story.survey(95, 5, "r").measures("sampled") == BOTH
    assert story.withdrawn(99).measures("sampled") == BOTH
    assert story.withdrawn(99, "r").measures("sampled") == BOTH[:1]


def test_while_it_is_open_it_does_not_and_then_by_its_last_resolution() -> None:
    story = Story().created(0).survey(2, 4)
    assert "sampled" not in story.facts
    assert "sampled" not in story.status(5, "solved").status(7, "open").facts
    assert story.status(9, "closed").booked_at("sampled") == 9
    assert "sampled" not in story.removed(11).facts


def test_a_live_contact_is_done_when_it_was_answered_and_has_ended() -> None:
    story = Story().created(0, "chat").queued(1).answered(5).survey(8, 4)
    assert "sampled" not in story.facts
    assert (story.ended(60).measures("sampled"), story.booked_at("sampled")) == (BOTH, 60)
    assert "sampled" not in Story().created(0, "chat").queued(1).abandoned(9).survey(20, 1).facts


def test_what_was_never_created_is_no_ticket() -> None:
    assert "sampled" not in Story().status(5, "solved").survey(9, 4).facts


def test_it_counts_where_the_ticket_is() -> None:
    story = Story().created(0, "email", "billing").status(5, "solved").updated(9, team="sales")
    assert story.segment("sampled") == ("email", "sales", "")


SEGMENTS = {
    segment_of("email", "a", ""): (60, 10),
    segment_of("email", "b", ""): (20, 10),
    segment_of("phone", "a", ""): (20, 0),
}
HOUR = 1_760_000_400 // 3600 * 3600


def rolled_up(segments: dict[str, tuple[int, int]] = SEGMENTS) -> Rollup:
    """Of two shards, each of which has half of everything."""
    rollup = Rollup(METRIC.rows, [rolling("30d", 30 * 86_400)], ("all", "channel", "team"), ZoneInfo("UTC"))
    rollup.advance(HOUR * 1_000_000)
    for shard in (0, 1):
        for segment, (resolved, answered) in segments.items():
            cells = {"sampled_resolved": Cell(resolved // 2), "sampled_answered": Cell(answered // 2)}
            rollup.apply_pane(shard, (3600, HOUR, segment), {name: cell for name, cell in cells.items() if cell.count})
    return rollup


def rows(rollup: Rollup) -> dict[str, Row | None]:
    """Of the first definition, by group."""
    found = {key.split("|", 2)[2]: row for key, row in taken_rows(rollup) if "answered_against_resolved" in key}
    return {group.removesuffix("|30d"): row for group, row in found.items()}


def test_a_group_is_measured_over_the_segments_within_it() -> None:
    found = {group: row for group, row in rows(rolled_up()).items() if row is not None}
    # All: 60, 20, 20 % of the tickets and 50, 50, 0 % of the answers. E-mail: 75 and 25 % against half and half.
    assert {group: row["value"] for group, row in found.items()} == {
        "all|": 0.3,
        "channel|email": 0.25,
        "channel|phone": None,
        "team|a": 0.25,
        "team|b": 0.0,
    }
    row = found["all|"]
    assert (row["count"], row["population"], row["segments"]) == (20, 100, 3)
    # Twenty drawn blindly would be 0.09 away: this is more than chance.
    assert row["by_chance"] == pytest.approx(0.0936, abs=0.02)
    assert kind_of(row) == "distance"
    assert (found["team|b"]["segments"], found["team|b"]["by_chance"]) == (1, 0.0)


def test_what_is_taken_back_leaves_no_trace_and_a_segment_that_gets_its_name_is_moved() -> None:
    rollup = rolled_up()
    before = rows(rollup)["all|"]
    late = segment_of("web", "c", "")
    rollup.refuse(late)
    rollup.apply_pane(0, (3600, HOUR, late), {"sampled_resolved": Cell(50)})
    other = rows(rollup)
    assert other["all|"] is not None
    assert (other["all|"]["segments"], other["all|"]["population"]) == (4, 150)
    for _ in rollup.name(late, []):
        pass
    named = rows(rollup)
    assert named["channel|other"] is None
    assert named["all|"] == other["all|"]
    assert named["channel|web"] is not None
    assert named["channel|web"]["population"] == 50
    rollup.apply_pane(0, (3600, HOUR, late), None)
    rollup.forget(late)
    assert rows(rollup)["all|"] == before
    # And comes again, as another number inside.
    rollup.apply_pane(1, (3600, HOUR, late), {"sampled_resolved": Cell(50)})
    assert rows(rollup)["all|"] == other["all|"]
