"""Net flow, and how long the backlog would take. Times in seconds."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from stream.domain import events as ev
from stream.domain.definitions import Definitions
from stream.domain.log import insert
from stream.domain.partials import decode_cells, encode_cells
from stream.domain.rollup import Rollup
from stream.domain.rows import Row
from stream.domain.timeline import ReadingPlan, timeline_of
from stream.domain.windows import TOTAL, PanePlan, rolling
from stream.metrics import ROWS, facts_of
from tests.domain.folding import START
from tests.domain.folding import told as from_start
from tests.domain.stories import US, Story, shard
from tests.domain.strategies import told
from tests.domain.taken import taken_rows

HOUR, DAY = 3600, 86_400
WINDOWS = (rolling("1h", HOUR), rolling("24h", DAY), TOTAL)


class Desk:
    """A shard and a roll-up that is told all of it."""

    def __init__(self) -> None:
        self.shard = shard(plan=PanePlan.for_windows(WINDOWS))
        self.rollup = Rollup(ROWS, WINDOWS, ("all",), ZoneInfo("UTC"))
        self.rows: dict[tuple[str, str], Row] = {}

    def at(self, now: float, **stories: Story) -> Desk:
        """Told ``stories``, and looked at ``now`` seconds after START."""
        for name, story in stories.items():
            for event in from_start(story):
                self.shard.fold(name, event)
        now_us = round((START + now) * US)
        changes = self.shard.settle(now_us)
        for key, cells in changes.panes:
            self.rollup.apply_pane(0, key, decode_cells(encode_cells(cells or {})))
        for segment, cells in changes.levels:
            self.rollup.apply_levels(0, segment, cells)
        self.rollup.advance(now_us)
        for _, row in taken_rows(self.rollup):
            if row is not None:
                self.rows[row["metric"], row["window"]] = row
        return self

    def net(self, window: str) -> object:
        return self.rows["net_flow", window]["value"]

    def work(self, window: str) -> object:
        return self.rows["backlog_work", window]["mean"]


def test_created_less_resolved_and_the_time_that_the_rest_would_take() -> None:
    # Worked example: in the last hour five came and two were resolved, so three are open. Two an hour are resolved:
    # the three would take an hour and a half, 5400 s. Of the day two more came, both open: 5 * 24 h / 2 = 60 h.
    desk = Desk().at(
        5 * HOUR,
        old1=Story().created(0),
        old2=Story().created(60),
        one=Story().created(4.5 * HOUR).status(4.8 * HOUR, "solved"),
        two=Story().created(4.5 * HOUR).status(4.9 * HOUR, "closed"),
        three=Story().created(4.5 * HOUR),
        four=Story().created(4.6 * HOUR).status(4.7 * HOUR, "pending"),
        five=Story().created(4.7 * HOUR),
    )
    assert (desk.net("1h"), desk.net("24h")) == (3, 5)
    assert (desk.work("1h"), desk.work("24h")) == (5 * HOUR / 2, 5 * DAY / 2)
    assert desk.rows["backlog_work", "1h"] | {"count": 2, "sum": 5 * HOUR} == desk.rows["backlog_work", "1h"]


def test_the_backlog_shrinks_below_zero_and_what_is_reopened_comes_back() -> None:
    other = Story().created(2 * DAY - 70).status(2 * DAY - 65, "solved")
    desk = Desk().at(2 * DAY, one=Story().created(0).status(2 * DAY - 60, "solved"), other=other)
    assert (desk.net("1h"), desk.rows["net_flow", "1h"]["count"]) == (-1, 3)
    desk.at(2 * DAY + 5, one=Story().created(0).status(2 * DAY - 60, "solved").status(2 * DAY + 1, "open"))
    assert desk.net("1h") == 0


def test_without_a_resolution_there_is_no_pace() -> None:
    desk = Desk().at(60, one=Story().created(0), two=Story().created(5))
    assert desk.rows.get(("backlog_work", "1h"), {"mean": None})["mean"] is None
    desk.at(120, one=Story().created(0).status(100, "solved"))
    assert desk.work("1h") == HOUR
    # And none any more once nothing was resolved in the window, whatever is open.
    desk.at(120 + 2 * HOUR)
    assert (desk.work("1h"), desk.rows["backlog_work", "1h"]["sum"], desk.work("24h")) == (None, 0, DAY)


def test_what_comes_makes_the_work_more_without_any_resolution() -> None:
    desk = Desk().at(120, one=Story().created(0).status(100, "solved"))
    assert desk.work("1h") == 0
    desk.at(121, two=Story().created(121))
    assert (desk.work("1h"), desk.work("24h"), desk.work("total")) == (HOUR, DAY, None)


def test_a_live_contact_without_a_status_is_over_at_its_end() -> None:
    story = Story().created(0, "phone").queued(0).answered(10)
    assert "contact_over" not in story.facts
    assert story.ended(60).booked_at("contact_over") == 60
    assert Story().created(0, "phone").queued(0).abandoned(9).booked_at("contact_over") == 9
    assert "contact_over" not in Story().created(0, "phone").status(1, "open").ended(60).facts


@given(told())
@pytest.mark.parametrize("segment_of_facts", ["now", "then"])
def test_the_flow_of_all_time_is_what_is_open(segment_of_facts: str, story: list[tuple[str, ev.Event]]) -> None:
    definitions = Definitions(segment_of_facts=segment_of_facts)  # type: ignore[arg-type]  # one of the two
    logs: dict[str, list[ev.Event]] = {}
    for ticket, event in story:
        insert(logs.setdefault(ticket, []), event)
    for log in logs.values():
        facts = facts_of(timeline_of(log, ReadingPlan(definitions)), definitions)
        flow = ("created" in facts) - ("full_resolution" in facts) - ("contact_over" in facts)
        assert flow == ("open" in facts)
