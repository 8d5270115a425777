"""What became of the contacts offered, by cohort, with bounds. Times in seconds; answered in time means within 20 s."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from stream.domain.levels import with_lost
from stream.domain.partials import decode_cells, encode_cells
from stream.domain.rollup import Rollup
from stream.domain.rows import Row
from stream.domain.windows import rolling
from stream.metrics import ROWS
from tests.domain.stories import US, Story, shard
from tests.domain.taken import taken_rows

WINDOWS = (rolling("5m", 300), rolling("24h", 86_400))
LOWER, UPPER = "answered_within_of_offered@1", "answered_within_or_in_time_of_offered@1"
ABANDONED, ABANDONED_AT_MOST = "abandoned_of_offered@1", "abandoned_or_waiting_of_offered@1"


class Desk:
    """A shard and the roll-up behind it; ``tells_starts`` as in a replay, where the roll-up's clock decides."""

    def __init__(self, stories: dict[str, Story], *, tells_starts: bool = False) -> None:
        definitions = next(iter(stories.values())).definitions
        self._shard = shard(definitions=definitions, tells_starts=tells_starts)
        stages = with_lost(definitions.lost_after_us, {}) if tells_starts else {}
        self._rollup = Rollup(ROWS, WINDOWS, ("all",), ZoneInfo("UTC"), stages=stages)
        self._shows_all = tells_starts
        self._rows: dict[str, Row] = {}
        self.tell(stories)

    def tell(self, stories: dict[str, Story]) -> None:
        for name, story in stories.items():
            for event in story.events:
                self._shard.fold(name, event)

    def at(self, now: float) -> dict[str, Row]:
        """Rows of 5 minutes, or of now, by definition."""
        # In a replay a shard's clock may stand still.
        settled = self._shard.settle(0 if self._shows_all else round(now * US))
        for pane, cells in settled.panes:
            # As it travels: the shard goes on changing its own.
            self._rollup.apply_pane(0, pane, cells and decode_cells(encode_cells(cells)))
        for segment, levels in settled.levels:
            self._rollup.apply_levels(0, segment, levels)
        self._rollup.advance(round(now * US))
        for key, row in taken_rows(self._rollup):
            if row is not None:
                self._rows[key] = row
        return {row["definition"]: row for row in self._rows.values() if row["window"] in ("5m", "now")}


def shares(rows: dict[str, Row], *definitions: str) -> list[str]:
    return [f"{rows[one]['numerator']}/{rows[one]['denominator']}" for one in definitions]


def test_an_abandon_counts_where_the_contact_was_offered() -> None:
    story = Story().queued(10).abandoned(310)
    assert story.booked_at("offered_outcome/1") == 10
    assert story.measures("offered_outcome/1") == ["cohort_offered", "cohort_abandoned"]


def test_who_waits_is_undecided_and_lies_between_the_bounds_of_abandonment() -> None:
    desk = Desk({"a": Story().queued(10).abandoned(40), "b": Story().queued(10).answered(15), "c": Story().queued(30)})
    assert shares(desk.at(100), ABANDONED, ABANDONED_AT_MOST) == ["1/3", "2/3"]
    assert desk.at(100)["offered_and_waiting@1"]["value"] == 1
    desk.tell({"c": Story().queued(30).abandoned(110)})
    assert shares(desk.at(120), ABANDONED, ABANDONED_AT_MOST) == ["2/3", "2/3"]


def test_the_other_formula_leaves_out_who_left_otherwise_and_this_one_does_not() -> None:
    desk = Desk({"a": Story().queued(10).abandoned(40), "b": Story().queued(10).left_queue(20, "callback")})
    rows = desk.at(100)
    assert shares(rows, ABANDONED, "abandoned_of_answered_and_abandoned@2") == ["1/2", "1/1"]


def test_a_short_abandon_leaves_both_sides() -> None:
    assert "offered_outcome/1" not in Story(short_abandon_seconds=5).queued(0).abandoned(4).facts
    assert "offered_outcome/1" in Story(short_abandon_seconds=5).queued(0).abandoned(5).facts


@pytest.mark.parametrize("tells_starts", [False, True], ids=["by the shard's clock", "by the roll-up's"])
def test_who_waits_is_undecided_until_the_time_is_over_and_missed_then(tells_starts: bool) -> None:
    """No event comes: 2 of 4 were answered in time, one waits since 100.5 and one since 110."""
    stories = {
        "a": Story().queued(90).answered(95),
        "b": Story().queued(90).answered(110),
        "c": Story().queued(100.5),
        "d": Story().queued(110),
    }
    desk = Desk(stories, tells_starts=tells_starts)
    assert shares(desk.at(120), LOWER, UPPER) == ["2/4", "4/4"]
    assert shares(desk.at(120.5), LOWER, UPPER) == ["2/4", "4/4"], "20 s are in time"
    rows = desk.at(120.6)
    assert shares(rows, LOWER, UPPER) == ["2/4", "3/4"]
    assert (rows["waiting_beyond@1"]["value"], rows["waiting_beyond@1"]["oldest"]) == (1, "1970-01-01T00:02:00.500000Z")
    assert shares(desk.at(131), LOWER, UPPER) == ["2/4", "2/4"]
    assert desk.at(131)["waiting_beyond@1"]["value"] == 2


def test_an_answer_ends_what_is_undecided() -> None:
    desk = Desk({"a": Story().queued(100)})
    assert shares(desk.at(110), LOWER, UPPER) == ["0/1", "1/1"]
    desk.tell({"a": Story().queued(100).answered(115)})
    assert shares(desk.at(116), LOWER, UPPER) == ["1/1", "1/1"]
    assert shares(desk.at(150), LOWER, UPPER) == ["1/1", "1/1"]


def test_an_overdue_contact_that_is_answered_is_overdue_no_more() -> None:
    desk = Desk({"a": Story().queued(100)})
    assert desk.at(121)["waiting_beyond@1"]["value"] == 1
    desk.tell({"a": Story().queued(100).answered(125)})
    rows = desk.at(126)
    assert (rows["waiting_beyond@1"]["value"], shares(rows, LOWER, UPPER)) == (0, ["0/1", "0/1"])


def test_every_channel_has_its_own_time() -> None:
    limits = {"answer_within_seconds": 20.0, "answer_within_by_channel": (("chat", 60.0),)}
    stories = {name: Story(**limits).created(0, name).queued(100) for name in ("chat", "phone")}
    assert shares(Desk(stories).at(130), LOWER, UPPER) == ["0/2", "1/2"]


def test_of_those_in_time_only_who_was_offered_in_the_window_counts() -> None:
    """Of two in time, one was offered before the 5 minutes began."""
    limits = {"answer_within_seconds": 3600.0}
    desk = Desk({"a": Story(**limits).queued(100), "b": Story(**limits).queued(500)})
    assert shares(desk.at(600), LOWER, UPPER) == ["0/1", "1/1"]
