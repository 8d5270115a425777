"""Time, from bytes in to rows out: late, early, idle, and days of 23 and 25 hours. The clock moves when told to.

It is 09:00 on 10 March 2026 unless a test says otherwise; a time is one of that day, a number is seconds from now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest

from tests.flow.drive import Flow

START = "2026-03-10T09:00:00Z"
HOUR, DAY = 3600, 86_400
QUICK: dict[str, Any] = {
    "windows": {"rolling": "5m,1h", "today": False},
    "group_by": {"names": "all,channel"},
    "topics": {"partitions": 2},
    # The detector keeps panes for days; here the windows alone decide what is kept.
    "alerts": {"enabled": False},
    # It has windows of days of its own, and would keep panes for those.
    "metrics": {"survey_sampling": {"windows": "5m,1h"}},
}

MakeFlow = Callable[..., Flow]


@pytest.fixture
def make() -> Iterator[MakeFlow]:
    made: list[Flow] = []

    def start(start: str = START, **settings: Any) -> Flow:
        merged = {name: {**QUICK.get(name, {}), **section} for name, section in settings.items() if name != "clock"}
        clock = {"clock": settings["clock"]} if "clock" in settings else {}
        made.append(Flow(start, **(QUICK | merged | clock)))
        return made[-1]

    yield start
    for flow in made:
        flow.__exit__()


@pytest.fixture
def flow(make: MakeFlow) -> Flow:
    return make()


def call(flow: Flow, ticket: str, queued: str | float, answered: str | float, channel: str = "phone") -> Flow:
    """A call: created and queued, then answered."""
    flow.tell(ticket, "ticket.created", queued, channel=channel)
    return flow.tell(ticket, "ticket.queued", queued).tell(ticket, "ticket.answered", answered)


# --- late ------------------------------------------------------------------------------------------------------------


def test_a_late_event_corrects_the_pane_it_belongs_to(flow: Flow) -> None:
    call(flow, "A", "08:10:00", "08:10:20")
    call(flow, "B", "08:59:00", "08:59:10").settle()
    assert [flow.row("speed_of_answer", w)["mean"] for w in ("5m", "1h")] == [10, 15]
    call(flow, "C", "08:10:00", "08:10:30").settle()
    assert [flow.row("speed_of_answer", w)["mean"] for w in ("5m", "1h")] == [10, 20]
    assert flow.tally() == {"events": 9, "late": 3}


def test_a_late_event_raises_the_revision_of_exactly_the_rows_it_changes(flow: Flow) -> None:
    call(flow, "A", "08:10:00", "08:10:20", channel="phone")
    call(flow, "B", "08:59:00", "08:59:10", channel="chat").settle()
    before = flow.rows()
    assert {row["revision"] for row in before.values()} == {1}
    flow.advance(1)
    flow.tell("B", "ticket.queued", "08:20:00").tell("B", "ticket.answered", "08:20:40").settle()
    after = flow.rows()
    assert before.keys() <= after.keys()
    # The visit that came late went on to the other: it is handled, the first that is.
    handled = {"handle_time", "talk_time", "hold_time", "after_contact_work_time"}
    assert {after[key]["metric"] for key in after.keys() - before.keys()} == handled
    contacts = {"speed_of_answer", "patience", "contacts_offered", "abandonment", "service_level"}
    of_offer = {"abandonment_of_offered", "service_level_of_offered", "longest_wait_of_answered"}
    risen = {key for key in before if after[key]["revision"] != before[key]["revision"]}
    # Those of the call in progress, too, as its talk has begun.
    needed = {("agents_needed", window, channel) for window in ("5m", "1h") for channel in (None, "chat")}
    assert {(after[key]["metric"], after[key]["window"], after[key]["segment"].get("channel")) for key in risen} == {
        (metric, "1h", channel) for metric in contacts | of_offer for channel in (None, "chat")
    } | needed
    assert {after[key]["revision"] for key in risen} == {2}
    assert {after[key]["watermark"] for key in risen} == {"2026-03-10T09:00:01Z"}
    assert all(after[key] == before[key] for key in before.keys() - risen)


def test_a_duplicate_raises_no_revision(flow: Flow) -> None:
    for _ in range(2):
        flow.tell("A", "ticket.queued", "08:10:00", identity="one").settle()
    assert {row["revision"] for row in flow.rows().values()} == {1}
    assert flow.tally() == {"events": 1, "duplicates": 1}


def test_a_late_event_older_than_all_windows_is_counted_as_too_late_for_them(flow: Flow) -> None:
    call(flow, "A", "08:59:00", "08:59:10").settle()
    call(flow, "B", "06:00:00", "06:00:30").settle()
    assert flow.count("speed_of_answer") == 1
    # Created, offered, offered and decided, answered; the level "open" needs no window.
    assert flow.tally() == {"events": 6, "late": 3, "too_late_for_windows": 4}
    assert flow.row("open_tickets", "now")["value"] == 2
    # The facts are complete all the same, and so are the counters.
    assert flow.facts()["B|answered/1"]["value"] == 30
    assert sum(cells["answered"].count for cells in flow.rollup.view.counters.values()) == 2


def test_moving_or_taking_back_what_has_left_the_windows_is_not_too_late(flow: Flow) -> None:
    call(flow, "A", "08:59:00", "08:59:10").settle().advance(3 * HOUR)
    assert flow.count("speed_of_answer") is None
    flow.tell("A", "ticket.updated", 0, team="tech").settle()
    flow.tell("A", "ticket.removed", 0, reason="spam").settle()
    assert flow.tally() == {"events": 5}


def test_an_unknown_ticket_older_than_the_horizon_is_a_dead_letter(make: MakeFlow) -> None:
    flow = make(definitions={"reopen_horizon_days": 1}, topics={"partitions": 1})
    call(flow, "A", "08:59:00", "08:59:10").settle()
    flow.tell("B", "ticket.created", "2026-03-09T08:59:09Z", identity="b1", channel="email")
    flow.tell("C", "ticket.created", "2026-03-09T08:59:10Z", identity="c1", channel="email").settle()
    assert flow.letters() == [("too_late", "b1")]
    assert flow.tally() == {"events": 4, "late": 1, "dead_letters/too_late": 1, "too_late_for_windows": 1}
    assert flow.shards[0].state.tickets.get("B") is None


def test_late_is_what_lies_more_than_a_minute_behind_the_newest_of_its_topic(flow: Flow) -> None:
    flow.tell("A", "ticket.created", -10, channel="email")
    flow.tell("A", "ticket.queued", -70).settle()
    assert "late" not in flow.tally()
    flow.tell("A", "ticket.answered", -70.000001).settle()
    assert flow.tally()["late"] == 1


def test_how_late_is_late_can_be_set(make: MakeFlow) -> None:
    flow = make(pipeline={"late_after_seconds": 5})
    flow.tell("A", "ticket.created", -10, channel="email").tell("A", "ticket.queued", -16).settle()
    assert flow.tally()["late"] == 1


def test_tickets_and_surveys_do_not_make_each_other_late(flow: Flow) -> None:
    flow.tell("A", "survey.answered", -1, survey_id="a", kind="csat", score=5).settle()
    flow.tell("A", "ticket.created", -600, channel="email").settle()
    assert flow.tally() == {"events": 2}


def test_what_counts_as_late_does_not_depend_on_batches_or_on_restarts(make: MakeFlow) -> None:
    def run(settled: bool, restarted: bool) -> dict[str, int]:
        flow = make()
        for at in (-500, -90, -300, -10, -71, -69, -600):
            flow.tell("A", "ticket.queued", at)
            if settled:
                flow.settle()
            if restarted:
                flow.restart()
        return flow.settle().tally()

    assert run(False, False) == run(True, False) == run(True, True) == {"events": 7, "late": 3}


def test_history_read_topic_by_topic_is_counted_whatever_topic_comes_first(make: MakeFlow) -> None:
    """A new application reads 40 days of both topics. Surveys, few as they are, are through long before the tickets."""
    rows = []
    for order in permutations(("tickets", "surveys")):
        flow = make(definitions={"reopen_horizon_days": 7}, topics={"partitions": 1})
        for day in range(40, 0, -1):
            flow.tell(f"T{day}", "ticket.created", -day * DAY, channel="email")
            flow.tell(f"T{day}", "survey.answered", (2 - day) * DAY, survey_id="s", kind="csat", score=5)
        flow.held = {(flow.names[topic], 0) for topic in order}
        for topic in order:
            flow.held.remove((flow.names[topic], 0))
            flow.settle()
        rows.append(flow.row("open_tickets", "now")["value"])
    assert rows == [40, 40]


# --- idle ------------------------------------------------------------------------------------------------------------


def test_a_quiet_partition_does_not_hold_the_watermark(flow: Flow) -> None:
    ticket = flow.ticket_in(0)
    for _ in range(3):
        flow.tell(ticket, "ticket.queued", 0).advance(60)
    assert flow.watermark == flow.now == "2026-03-10T09:03:00Z"
    assert flow.shards[1].state.newest_us == 0


def test_a_partition_that_fell_quiet_does_not_hold_the_watermark(flow: Flow) -> None:
    for partition in (0, 1):
        flow.tell(flow.ticket_in(partition), "ticket.queued", 0)
    flow.settle().advance(DAY)
    assert flow.watermark == flow.now


def test_without_any_input_the_watermark_is_now(flow: Flow) -> None:
    assert flow.settle().watermark == flow.now
    assert flow.advance(HOUR).watermark == flow.now


def test_a_partition_that_lags_holds_the_watermark_at_what_it_has_counted(flow: Flow) -> None:
    quick, slow = flow.ticket_in(0), flow.ticket_in(1)
    flow.tell(slow, "ticket.queued", "08:00:00").settle()
    flow.held = {(flow.names["tickets"], 1)}
    flow.tell(slow, "ticket.answered", "09:00:05").tell(quick, "ticket.queued", "09:00:05").advance(600)
    assert flow.watermark == "2026-03-10T09:00:00Z"
    flow.held = set()
    assert flow.advance(1).watermark == flow.now == "2026-03-10T09:10:01Z"


def test_one_topic_that_lags_holds_its_partition_and_a_quiet_one_does_not(make: MakeFlow) -> None:
    flow = make(topics={"partitions": 1})
    flow.held = {(flow.names["tickets"], 0)}
    flow.tell("A", "ticket.queued", -HOUR).tell("A", "survey.sent", -5, survey_id="s", kind="csat").settle()
    assert flow.watermark == "1970-01-01T00:00:00Z"
    flow.held = set()
    assert flow.settle().watermark == flow.now


def test_a_shard_that_nobody_holds_holds_the_watermark(flow: Flow) -> None:
    flow.settle()
    flow.shards[1].closed = True
    assert flow.advance(300).watermark == START
    assert flow.restart().watermark == flow.now


def test_the_watermark_never_goes_back(flow: Flow) -> None:
    ticket = flow.ticket_in(0)
    flow.settle().advance(60)
    seen = [flow.watermark]
    flow.held = {(flow.names["tickets"], 0)}
    flow.tell(ticket, "ticket.queued", -HOUR).advance(60)
    seen.append(flow.watermark)
    flow.restart()
    seen.append(flow.watermark)
    assert seen == ["2026-03-10T09:01:00Z"] * 3


# --- ahead of the clock ----------------------------------------------------------------------------------------------


def test_an_event_ahead_of_the_clock_counts_when_its_time_has_come(flow: Flow) -> None:
    flow.tell("A", "ticket.queued", 300).tell("B", "ticket.queued", 0).settle()
    assert [flow.count("contacts_offered", window) for window in ("5m", "1h")] == [1, 1]
    assert flow.advance(300).count("contacts_offered") == 2


def test_an_event_ahead_of_the_clock_drags_neither_the_watermark_nor_the_windows(flow: Flow) -> None:
    flow.tell(flow.ticket_in(0), "ticket.queued", 590).tell(flow.ticket_in(1), "ticket.queued", 0).settle()
    assert flow.watermark == flow.now == START
    assert flow.row("contacts_offered", "5m")["window_end"] == "2026-03-10T09:00:10Z"
    assert {shard.state.newest_us for shard in flow.shards} == {flow.clock.now_us()}


def test_an_event_ahead_of_the_clock_does_not_make_the_ones_after_it_late(flow: Flow) -> None:
    ticket = flow.ticket_in(0)
    flow.tell(ticket, "ticket.queued", 590).tell(ticket, "ticket.answered", 0).settle()
    flow.advance(30).tell(ticket, "ticket.queued", -50).settle()
    assert flow.tally() == {"events": 3}


def test_an_event_ahead_of_the_clock_does_not_bring_the_horizon_forward(make: MakeFlow) -> None:
    flow = make(definitions={"reopen_horizon_days": 1}, topics={"partitions": 1})
    flow.tell("A", "ticket.created", 590, channel="email").settle()
    flow.tell("B", "ticket.created", -DAY, channel="email").settle()
    assert flow.letters() == []


def test_an_event_further_ahead_than_tolerated_is_a_dead_letter(flow: Flow) -> None:
    flow.tell("A", "ticket.queued", 600, identity="just").tell("A", "ticket.queued", 600.001, identity="more").settle()
    assert flow.letters() == [("future_time", "more")]
    assert flow.tally() == {"events": 1, "dead_letters/future_time": 1}


def test_an_open_ticket_created_ahead_of_the_clock_is_open(flow: Flow) -> None:
    flow.tell("A", "ticket.created", 300, channel="email").settle()
    assert flow.row("open_tickets", "now")["oldest"] == "2026-03-10T09:05:00Z"


# --- windows that empty ----------------------------------------------------------------------------------------------


def test_windows_empty_by_themselves_when_input_stops(flow: Flow) -> None:
    call(flow, "A", -10, 0)
    flow.tell("B", "ticket.queued", -30).tell("B", "ticket.abandoned", 0).settle()
    flow.tell("A", "survey.answered", 0, survey_id="a", kind="csat", score=5).settle()

    def shown(window: str) -> tuple[Any, ...]:
        wait, lost, rated = (
            flow.row(metric, window, definition)
            for metric, definition in (("speed_of_answer", ""), ("abandonment", ""), ("csat", "csat_mean"))
        )
        return (wait["count"], wait["mean"], lost["count"], lost["value"], rated["count"], rated["mean"])

    full, empty = (1, 10, 2, 0.5, 1, 5), (0, None, 0, None, 0, None)
    assert (shown("5m"), shown("1h")) == (full, full)
    flow.advance(300 - 11)
    assert (shown("5m"), shown("1h")) == (full, full)
    flow.advance(11)
    assert (shown("5m"), shown("1h")) == (empty, full)
    flow.advance(HOUR - 300)
    assert (shown("5m"), shown("1h")) == (empty, empty)


def test_once_the_last_pane_is_gone_the_rows_are_gone_too(flow: Flow) -> None:
    call(flow, "A", -10, 0).tell("A", "ticket.status", 0, status="solved").settle()
    assert flow.rows()
    flow.advance(HOUR + 120)
    assert flow.rows() == {}
    assert flow.watermark == flow.now


def test_a_row_that_vanished_while_nobody_owned_the_rows_is_deleted(flow: Flow) -> None:
    call(flow, "A", -10, 0).tell("A", "ticket.status", 0, status="solved").settle()
    call(flow, "B", -10, 0, channel="chat").settle()
    flow.rollup.closed = True
    flow.advance(HOUR + 120)
    assert flow.logs.content(flow.names["metrics"])
    assert {row["metric"] for row in flow.restart().rows().values()} == {
        "open_tickets",
        "waiting_contacts",
        "lost_contacts",
        "overdue_contacts",
        "unanswered_tickets",
        "open_tickets_by_status",
        "open_tickets_by_age",
        "unassigned_tickets",
    }


# --- days ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "begins", "ends"),
    [
        ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),  # clocks go forward: 23 hours
        ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),  # clocks go back: 25 hours
        ("Europe/Berlin", "2026-07-01T22:00:00Z", "2026-07-02T22:00:00Z"),
        ("Asia/Kathmandu", "2026-03-28T18:15:00Z", "2026-03-29T18:15:00Z"),  # 5 h 45 min ahead, all year
        ("UTC", "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z"),
    ],
)
def test_today_holds_a_day_of_its_zone_to_the_second(make: MakeFlow, zone: str, begins: str, ends: str) -> None:
    flow = make(begins, windows={"rolling": "", "today": True, "time_zone": zone})
    flow.tell("Y", "ticket.queued", -1).tell("A", "ticket.queued", 0).settle()
    row = flow.row("contacts_offered", "today")
    assert (row["count"], row["window_start"]) == (1, begins)

    flow.at(ends)
    assert flow.count("contacts_offered", "today") == 0
    flow.tell("Z", "ticket.queued", 0).settle()
    row = flow.row("contacts_offered", "today")
    assert (row["count"], row["window_start"]) == (1, ends)


@pytest.mark.parametrize(
    ("begins", "ends", "hours"),
    [("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23), ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25)],
)
def test_every_hour_of_a_day_of_23_or_25_hours_counts_once(make: MakeFlow, begins: str, ends: str, hours: int) -> None:
    flow = make(begins, windows={"rolling": "24h", "today": True, "time_zone": "Europe/Berlin"})
    counts = []
    for hour in range(hours):
        flow.tell(f"T{hour}", "ticket.queued", 0).settle()
        counts.append(flow.count("contacts_offered", "today"))
        flow.advance(HOUR)
    assert counts == list(range(1, hours + 1))
    assert flow.now == ends
    # A window of 24 h is no day: it has the length it says, whatever the clocks do.
    assert (flow.count("contacts_offered", "today"), flow.count("contacts_offered", "24h")) == (0, min(hours, 23))


# --- history ---------------------------------------------------------------------------------------------------------


def test_in_a_replay_now_is_the_newest_event_and_windows_end_there(make: MakeFlow) -> None:
    flow = make(clock="event", windows={"rolling": "1h", "total": True}, definitions={"reopen_horizon_days": 0})
    flow.tell("A", "ticket.queued", "1999-03-10T09:00:00Z").settle()
    flow.tell("B", "ticket.queued", "1999-03-10T10:30:00Z").settle()
    assert flow.watermark == "1999-03-10T10:30:00Z"
    assert [flow.count("contacts_offered", window) for window in ("1h", "total")] == [1, 2]
    # The wall's clock moves nothing.
    assert flow.advance(DAY).count("contacts_offered") == 1


def test_in_a_replay_nothing_is_too_late_for_the_window_total(make: MakeFlow) -> None:
    flow = make(clock="event", windows={"rolling": "1h", "total": True}, definitions={"reopen_horizon_days": 0})
    flow.tell("A", "ticket.queued", "1999-03-10T09:00:00Z").tell("B", "ticket.queued", "1998-01-01T00:00:00Z").settle()
    assert flow.count("contacts_offered", "total") == 2
    assert "too_late_for_windows" not in flow.tally()
