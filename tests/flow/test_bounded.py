"""What grows with time and with input, and what keeps it bounded: horizon, retention, and the two limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stream.domain.segments import THREE
from tests.flow.drive import Flow

HOUR, DAY = 3600, 86_400
OTHER = {"channel": "other"}


@pytest.fixture
def flow(request: pytest.FixtureRequest) -> Iterator[Flow]:
    """Settings by indirect parameter."""
    with Flow(**getattr(request, "param", {})) as running:
        yield running


def configured(**settings: Any) -> pytest.MarkDecorator:
    quick = {
        "windows": {"rolling": "1h", "today": False},
        "group_by": {"names": "all,channel"},
        "topics": {"partitions": 1},
    }
    return pytest.mark.parametrize("flow", [quick | settings], indirect=True, ids=[""])


# --- a year ----------------------------------------------------------------------------------------------------------

YEAR = {
    # Of the last answers as many as are reached in the first months: what is kept of them grows until then.
    "windows": {"rolling": "5m,24h,30d", "today": True, "time_zone": "Europe/Berlin", "last_answers": 5},
    "group_by": {"names": "all,team"},
    "topics": {"partitions": 2},
    "definitions": {"reopen_horizon_days": 30},
}
MONTHS = 12
STEP = 6 * HOUR


def tell_a_life(flow: Flow, number: int) -> None:
    """A call that is answered, and what follows in days: solved, rated, rated anew; some reopened, some spam."""
    ticket = f"T{number}"
    flow.tell(ticket, "ticket.created", 0, channel=("email", "phone")[number % 2], team=f"team {number % 3}")
    flow.tell(ticket, "ticket.queued", 5).tell(ticket, "ticket.answered", 35)
    flow.tell(ticket, "ticket.message", 40, author="agent", public=True)


def tell_the_rest(flow: Flow, number: int, days: int) -> None:
    ticket = f"T{number}"
    if days == 1:
        flow.tell(ticket, "ticket.status", 0, status="solved")
        if number % 10 == 0:
            flow.tell(ticket, "ticket.removed", 1, reason="spam").tell(ticket, "ticket.restored", 2)
    elif days == 2:
        flow.tell(ticket, "survey.answered", -DAY / 2, survey_id="s", kind="csat", score=1 + number % 5)
    elif days == 9:
        flow.tell(ticket, "survey.answered", 0, survey_id="s", kind="csat", score=5)
        if number % 3 == 0:
            flow.tell(ticket, "ticket.status", 0, status="open").tell(
                ticket, "ticket.status", HOUR / 12, status="solved"
            )


def sizes(flow: Flow) -> dict[str, int]:
    """All that a worker holds, counted."""
    held: dict[str, int] = {}

    def add(name: str, count: int) -> None:
        held[name] = held.get(name, 0) + count

    for shard in flow.shards:
        state = shard.state
        members = [held for states in state.levels._members.values() for held in states.values()]
        add("tickets", len(state.tickets))
        add("warm tickets", len(state.tickets._warm) + len(state.tickets._cooling))
        add("tickets that are due", sum(map(len, state.tickets._due.values())))
        add("touched or opened", len(state._touched) + len(state._opened))
        add("panes", len(state.panes))
        add("panes changed", len(state.panes._changed) + len(state.panes._near))
        add("entries of levels", sum(len(m.since) + len(m.front) for m in members))
        add("counters", sum(map(len, state.counters._segments.values())))
        add("segments admitted", len(state.admission._admitted))
        add("kinds of tally", len(shard.tally))
    rollup, core = flow.rollup, flow.rollup._rollup
    add("snapshots", sum(len(held.rows) for held in core._told._partitions.values()))
    add("merged panes", sum(len(by) for starts in core._merged.of_width.values() for by in starts.values()))
    add("starts of merged panes", sum(map(len, core._merged.of_width.values())))
    add("totals", sum(map(len, core._totals.values())))
    add("groups", len(core._present) + len(core._levels))
    add("changed groups", sum(map(len, core._changed.values())))
    add("staged", len(rollup._pending) + sum(map(len, rollup._staged.values())))
    add("rows", len(rollup.view.rows) + len(rollup._rows.numbers))
    add("counters in the roll-up", len(rollup._counters))
    for logical in ("changelog", "partials", "metrics"):
        flow.logs.compact(flow.names[logical])
        add(f"{logical} topic, compacted", sum(1 for _ in flow.logs.of(flow.names[logical])))
    return held


def test_after_a_year_nothing_is_larger_than_after_three_months() -> None:
    largest: dict[int, dict[str, int]] = {}
    with Flow("2026-01-01T00:00:00Z", **YEAR) as flow:
        for step in range(MONTHS * 30 * DAY // STEP):
            now = step * STEP
            tell_a_life(flow, step)
            for days in (1, 2, 9):
                if now >= days * DAY:
                    tell_the_rest(flow, (now - days * DAY) // STEP, days)
            flow.advance(STEP)
            if now % (5 * DAY) == 0:
                seen = largest.setdefault(now // (30 * DAY), {})
                for name, size in sizes(flow).items():
                    seen[name] = max(seen.get(name, 0), size)
            # The sources are Kafka's to keep; here they would be most of the memory.
            if step % 100 == 99:
                for (topic, _), log in flow.logs.records.items():
                    if topic in {flow.names[name] for name in flow.settings.source_topics} and len(log) > 100:
                        del log[:-100]
        assert flow.tally().keys() <= {"events", "late"}
        assert flow.tally()["events"] > 10_000
    third, last = largest[2], largest[MONTHS - 1]
    assert min(last[name] for name in ("tickets", "panes", "snapshots", "rows", "totals")) > 0
    # Months differ by a few tickets and panes; what piles up would be four times as large after four times as long.
    assert {name: (third[name], size) for name, size in last.items() if size > third[name] * 1.1 + 2} == {}


def test_when_input_stops_all_that_windows_needed_goes() -> None:
    with Flow("2026-01-01T00:00:00Z", **YEAR) as flow:
        for number in range(20):
            tell_a_life(flow, number)
            flow.tell(f"T{number}", "ticket.status", 60, status="solved").advance(60)
        flow.advance(32 * DAY)
        # A partition forgets by the time of its events: the first one after a long silence moves its horizon.
        for partition in (0, 1):
            flow.tell(flow.ticket_in(partition, "new"), "ticket.updated", 0, channel="email")
        flow.settle().advance(20)
        held = sizes(flow)
        assert sorted(name for shard in flow.shards for name, _ in shard.state.tickets) == sorted(
            flow.ticket_in(partition, "new") for partition in (0, 1)
        )
        assert (held["panes"], held["snapshots"], held["merged panes"], held["totals"]) == (0, 0, 0, 0)


# --- the horizon -----------------------------------------------------------------------------------------------------

FORGETFUL = {"definitions": {"reopen_horizon_days": 1}, "windows": {"rolling": "7d", "today": False}}


def solve(flow: Flow, ticket: str) -> None:
    """A ticket answered after a minute and solved after two; the same events each time."""
    flow.tell(ticket, "ticket.created", "2026-03-10T09:00:00Z", identity=f"{ticket}1", channel="email")
    flow.tell(ticket, "ticket.message", "2026-03-10T09:01:00Z", identity=f"{ticket}2", author="agent", public=True)
    flow.tell(ticket, "ticket.status", "2026-03-10T09:02:00Z", identity=f"{ticket}3", status="solved")


def forget(flow: Flow) -> None:
    """Three days later, on which another ticket showed that time has passed, and the first one is forgotten."""
    flow.settle().advance(3 * DAY)
    flow.tell("other", "ticket.created", 0, channel="chat").settle().advance(20)
    assert [name for name, _ in flow.shards[0].state.tickets] == ["other"]


@configured(**FORGETFUL)
def test_duplicates_beyond_the_horizon_are_refused_and_not_counted_twice(flow: Flow) -> None:
    solve(flow, "T")
    forget(flow)
    before, facts = flow.rows(), flow.facts()
    solve(flow, "T")
    flow.settle()
    assert flow.letters() == [("too_late", "T1"), ("too_late", "T2"), ("too_late", "T3")]
    assert flow.count("first_response_time", "7d") == 1
    assert (flow.rows(), flow.facts()) == (before, facts)


@configured(**FORGETFUL)
def test_nor_when_the_forgotten_ticket_has_come_back_to_life(flow: Flow) -> None:
    """A source that sends all of a ticket anew whenever it changes must not have it counted again."""
    solve(flow, "T")
    forget(flow)
    flow.tell("T", "ticket.status", 0, identity="T4", status="open").settle()
    solve(flow, "T")
    flow.restart()
    solve(flow, "T")
    flow.settle()
    assert [reason for reason, _ in flow.letters()] == ["too_late"] * 6
    assert flow.count("first_response_time", "7d") == 1
    assert flow.rollup.view.counters["email\x1f\x1f"]["first_response"].count == 1


@configured(**FORGETFUL)
def test_within_the_horizon_they_are_duplicates(flow: Flow) -> None:
    solve(flow, "T")
    flow.settle().advance(DAY - 60)
    solve(flow, "T")
    flow.settle()
    assert (flow.tally(), flow.letters()) == ({"events": 3, "duplicates": 3}, [])


@configured(**FORGETFUL)
def test_an_open_ticket_is_not_forgotten_however_old(flow: Flow) -> None:
    flow.tell("T", "ticket.created", 0, channel="email").settle()
    for _ in range(10):
        flow.advance(DAY).tell("other", "ticket.message", 0, author="bot", public=True).settle()
    assert flow.row("open_tickets", "now")["value"] == 1
    flow.tell("T", "ticket.status", 0, status="solved").settle()
    assert flow.count("full_resolution_time", "7d") == 1
    assert flow.row("full_resolution_time", "7d")["mean"] == 10 * DAY


# --- the limits ------------------------------------------------------------------------------------------------------


@configured(limits={"max_segments": 2})
def test_segments_beyond_the_limit_count_as_other(flow: Flow) -> None:
    for number in range(5):
        flow.tell(f"T{number}", "ticket.queued", -60).tell(f"T{number}", "ticket.answered", -60 + 10 * (number + 1))
        flow.tell(f"T{number}", "ticket.created", -60, channel=f"channel {number}").settle()
    shown = {row["segment"]["channel"] for row in flow.rows().values() if row["by"] == "channel"}
    # Of each ticket nothing but its queueing was known at first, which takes the segment without a name.
    assert "other" in shown
    assert len(shown) <= 3
    assert flow.count("speed_of_answer") == 5
    assert flow.row("speed_of_answer")["mean"] == 30
    assert flow.shards[0].state.admission.refused_total > 0


@configured(limits={"max_segments": 1})
def test_what_is_taken_back_from_other_leaves_nothing_there(flow: Flow) -> None:
    flow.tell("T0", "ticket.created", -60, channel="email").settle()
    for number in (1, 2):
        ticket = f"T{number}"
        flow.tell(ticket, "ticket.created", -60, channel=f"chat {number}").tell(ticket, "ticket.queued", -60)
        flow.tell(ticket, "ticket.answered", -50 + number).settle()
    assert (flow.count("speed_of_answer", **OTHER), flow.row("open_tickets", "now", **OTHER)["value"]) == (2, 2)
    flow.restart()
    flow.tell("T1", "ticket.removed", 0, reason="spam").settle()
    assert (flow.count("speed_of_answer", **OTHER), flow.row("open_tickets", "now", **OTHER)["value"]) == (1, 1)
    flow.tell("T2", "ticket.merged", 0, into="T0").settle()
    assert [key for key in flow.rows() if "|other|" in key] == []
    assert THREE.other not in {segment for (_, _, segment), _ in flow.shards[0].state.panes}
    assert flow.row("open_tickets", "now")["value"] == 1


@configured(limits={"max_segments": 1})
def test_a_segment_keeps_its_name_after_a_restart_and_others_stay_other(flow: Flow) -> None:
    flow.tell("A", "ticket.created", -60, channel="email").settle()
    flow.tell("B", "ticket.created", -60, channel="chat").settle()
    before = flow.rows()
    flow.restart()
    flow.tell("C", "ticket.created", -60, channel="chat").tell("D", "ticket.created", -60, channel="email").settle()
    assert before.keys() == flow.rows().keys()
    assert flow.row("open_tickets", "now", channel="email")["value"] == 2
    assert flow.row("open_tickets", "now", **OTHER)["value"] == 2


@configured(limits={"max_events_per_ticket": 10})
def test_messages_beyond_what_a_ticket_may_have_are_counted_and_not_kept(flow: Flow) -> None:
    flow.tell("T", "ticket.created", -60, channel="email")
    for number in range(11):
        flow.tell("T", "ticket.message", -50 + number, identity=f"m{number}", author="bot", public=True)
    flow.tell("U", "ticket.created", -60, channel="email").settle()
    assert flow.letters() == []
    assert flow.tally() == {"events": 11, "not_kept": 2}
    # Again, they are duplicates as far as the ticket holds them, and left out as before beyond.
    flow.tell("T", "ticket.message", -50, identity="m0", author="bot", public=True)
    flow.tell("T", "ticket.message", -40, identity="m10", author="bot", public=True).settle()
    assert flow.tally() == {"events": 11, "duplicates": 1, "not_kept": 3}


@configured(limits={"max_events_per_ticket": 10})
def test_a_ticket_that_is_full_is_solved_and_leaves_the_figures_all_the_same(flow: Flow) -> None:
    flow.tell("T", "ticket.created", -60, channel="email")
    for number in range(20):
        flow.tell("T", "ticket.message", -50 + number, author="customer", public=True)
    flow.tell("T", "ticket.status", -20, status="solved").settle()
    assert (flow.row("open_tickets", "now")["value"], flow.count("full_resolution_time")) == (0, 1)
    flow.tell("T", "survey.answered", -15, survey_id="q", kind="csat", score=5).settle()
    assert flow.count("csat", definition="csat_mean") == 1
    flow.tell("T", "ticket.removed", -10).settle()
    assert (flow.facts(), flow.letters(), flow.tally()["not_kept"]) == ({}, [], 11)


@configured(limits={"max_events_per_ticket": 10})
def test_a_full_ticket_takes_ten_times_as_much_and_no_status_twice(flow: Flow) -> None:
    flow.tell("T", "ticket.created", -600, channel="email")
    for number in range(300):
        status = ("open", "open", "solved")[number % 3]
        flow.tell("T", "ticket.status", -500 + number, identity=f"s{number}", status=status)
    flow.settle()
    tally = flow.tally()
    assert tally["events"] == 100
    assert tally["not_kept"] + tally["dead_letters/ticket_full"] == 201
    assert flow.letters()[0][0] == "ticket_full"
