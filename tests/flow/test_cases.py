"""Situations from the field, from bytes in to rows out: what help desks and telephone queues really send.

Times are those of one morning; every situation has tickets of its own.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from tests.flow.drive import Flow
from tests.flow.situations import AGENT, SETTINGS, count, mean, ratio, strays, told, value

IN_TIME = "answered_within_of_answered_and_abandoned"


# --- done ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["solved", "closed"])
@pytest.mark.parametrize("last", ["solved", "closed"])
@pytest.mark.parametrize("backwards", [False, True])
def test_reopened_and_done_again_has_both_resolutions(first: str, last: str, backwards: bool) -> None:
    story = told(
        "T",
        ("created", "08:00:00", {"channel": "email"}),
        ("status", "08:40:00", {"status": first}),
        ("status", "09:10:00", {"status": "pending"}),
        ("status", "10:20:00", {"status": last}),
        ("status", "11:20:00", {"status": "closed"}),
    )
    flow = count(story[::-1] if backwards else story, story[2:4])
    assert mean(flow, "first_resolution_time") == 2400
    assert mean(flow, "full_resolution_time") == 8400
    times = {key: fact["time"] for key, fact in flow.facts().items()}
    assert times["T|full_resolution"] == "2026-11-02T10:20:00Z"
    assert value(flow, "open_tickets", window="now") == 0


# --- first response --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("handed_off", "default"), [(False, 14_700), (True, 300)])
def test_days_in_which_a_bot_had_solved_it_are_not_in_the_reading_since_the_opening(
    handed_off: bool, default: int
) -> None:
    story = told(
        "T",
        ("created", "06:10:00", {"channel": "chat"}),
        ("message", "06:10:03", {"author": "bot", "public": True}),
        ("status", "06:14:00", {"status": "solved"}),
        ("message", "10:10:00", {"author": "customer", "public": True}),
        ("status", "10:10:00", {"status": "open"}),
        *([("handed_off", "10:10:00")] if handed_off else []),
        ("message", "10:15:00", {"author": "agent", "public": True}),
    )
    flow = count(story)
    assert mean(flow, "first_response_time") == default
    assert mean(flow, "first_response_time", "first_human_reply_since_opening") == 300
    assert mean(flow, "first_response_time", "first_reply_to_customer") == 14_700


@pytest.mark.parametrize(
    ("opened_by", "opening", "default", "to_customer"),
    [
        ({"opened_by": "agent"}, [("message", "08:00:00", {"author": "agent", "public": False})], None, 5400),
        ({"opened_by": "agent"}, [("message", "08:00:00", AGENT)], None, 5400),
        ({"opened_by": "agent"}, [("message", "08:00:04", AGENT)], None, 5400),
        ({"opened_by": "agent"}, [], None, 5400),
        ({}, [("message", "08:00:00", AGENT)], None, 5400),
        ({"opened_by": "customer"}, [("message", "08:00:00", AGENT)], 0, 0),
        ({}, [("message", "08:00:01", AGENT | {"automated": True})], 5400, 5400),
        ({}, [("message", "08:00:00", AGENT | {"automated": True})], 5400, 5400),
        ({}, [("message", "08:00:00", {"author": "customer", "public": True}), ("message", "08:00:00", AGENT)], 0, 0),
        ({}, [], 5400, 5400),
    ],
)
def test_who_opened_the_ticket_decides_what_the_first_response_is(
    opened_by: dict[str, str], opening: list[Any], default: int | None, to_customer: int
) -> None:
    story = told(
        "T",
        ("created", "08:00:00", {"channel": "email", **opened_by}),
        *opening,
        ("message", "09:20:00", {"author": "customer", "public": True}),
        ("message", "09:30:00", AGENT),
    )
    for order in (story, story[::-1]):
        flow = count(order)
        assert mean(flow, "first_response_time") == default
        assert mean(flow, "first_response_time", "first_human_reply_since_opening") == default
        assert mean(flow, "first_response_time", "first_reply_to_customer") == to_customer


# --- one visit at a time ---------------------------------------------------------------------------------------------


def test_an_attended_transfer_is_one_visit_and_its_consulting_leg_is_lost_after_a_time() -> None:
    call = told(
        "826",
        ("created", "06:47:23", {"channel": "phone", "team": "front"}),
        ("queued", "06:47:39", {"team": "front"}),
        ("answered", "06:47:51"),
        ("answered", "06:49:57"),
        ("ended", "06:52:50"),
    )
    leg = told(
        "830",
        ("created", "06:49:50", {"channel": "phone", "team": "back"}),
        ("queued", "06:49:50", {"team": "back"}),
    )
    flow = count(call, leg)
    assert (value(flow, "contacts_offered", team="front"), ratio(flow, "service_level", IN_TIME, team="front")) == (
        1,
        (1, 1),
    )
    assert mean(flow, "speed_of_answer", team="front") == 12
    assert value(flow, "waiting_contacts", window="now", team="back") == 1
    flow.at("18:49:50")
    assert value(flow, "waiting_contacts", window="now", team="back") == 1
    # No event comes: it is the clock that loses the contact.
    flow.at("18:49:51")
    waiting, lost = (flow.row(name, "now", team="back") for name in ("waiting_contacts", "lost_contacts"))
    assert (waiting["value"], waiting["oldest"]) == (0, None)
    assert (lost["value"], lost["oldest"]) == (1, "2026-11-02T06:49:50Z")
    assert value(flow.restart(), "lost_contacts", window="now") == 1
    flow.tell("830", "ticket.answered", 0).settle()
    assert (value(flow, "lost_contacts", window="now"), ratio(flow, "abandonment", team="back")) == (0, (0, 1))


def test_in_a_replay_the_newest_event_of_all_partitions_says_who_is_lost() -> None:
    with Flow("2026-11-02T06:00:00Z", clock="event", **SETTINGS) as flow:
        flow.at("2026-11-04T00:00:00Z")
        early, late, other = (flow.ticket_in(partition, name) for partition, name in ((0, "E"), (0, "L"), (1, "O")))
        flow.tell(early, "ticket.queued", "2026-11-02T08:00:00Z", team="a")
        flow.tell(late, "ticket.queued", "2026-11-02T19:00:00.500000Z", team="a")
        flow.tell(other, "ticket.created", "2026-11-02T20:00:00Z", channel="email").settle()
        levels = ("waiting_contacts", "lost_contacts")
        assert [value(flow, name, window="now") for name in levels] == [2, 0]
        flow.tell(other, "ticket.status", "2026-11-02T20:00:01Z", status="open").settle()
        rows = [flow.row(name, "now", team="a") for name in levels]
        assert [(row["value"], row["oldest"]) for row in rows] == [
            (1, "2026-11-02T19:00:00Z"),
            (1, "2026-11-02T08:00:00Z"),
        ]
        assert [value(flow.restart(), name, window="now") for name in levels] == [1, 1]
        flow.tell(early, "ticket.answered", "2026-11-02T20:00:02Z").settle()
        assert [value(flow, name, window="now") for name in levels] == [1, 0]


def test_who_hangs_up_just_after_the_answer_was_answered() -> None:
    story = told(
        "T",
        ("created", "09:44:00", {"channel": "phone"}),
        ("queued", "09:44:10"),
        ("answered", "09:44:33.769070"),
        ("abandoned", "09:44:33.789070"),
        ("ended", "09:44:34"),
    )
    flow = count(story, story)
    assert (value(flow, "contacts_offered"), ratio(flow, "abandonment")) == (1, (0, 1))
    assert mean(flow, "speed_of_answer") == pytest.approx(23.769070)
    assert strays(flow) == {"abandoned": 1}
    assert "T|exit_without_wait/1" in flow.facts()


def test_a_hand_over_among_agents_is_no_second_answer() -> None:
    story = told(
        "T",
        ("created", "09:00:00", {"channel": "phone"}),
        ("queued", "09:00:00"),
        ("answered", "09:00:30", {"agent_id": "a1"}),
        ("answered", "09:05:00", {"agent_id": "a2"}),
        ("ended", "09:10:00"),
    )
    flow = count(story)
    assert (value(flow, "contacts_offered"), ratio(flow, "service_level", IN_TIME)) == (1, (0, 1))
    assert (mean(flow, "speed_of_answer"), strays(flow)) == (30, {"answered": 1})


@pytest.mark.parametrize(("setting", "abandoned", "left"), [("abandoned", (1, 1), None), ("left", None, 1)])
def test_a_conversation_that_ends_in_the_queue_is_what_the_setting_says(
    setting: str, abandoned: tuple[int, int] | None, left: int | None
) -> None:
    story = told("T", ("created", "09:00:00", {"channel": "phone"}), ("queued", "09:00:00"), ("ended", "09:01:00"))
    flow = count(story, definitions={"ended_while_waiting": setting})
    assert ratio(flow, "abandonment") == abandoned
    assert value(flow, "contacts_left_queue", "left_by_ended") == left
    assert value(flow, "waiting_contacts", window="now") == 0
    if abandoned:
        assert mean(flow, "time_to_abandon") == 60


@pytest.mark.parametrize("reason", ["callback", "voicemail", "transfer", "timeout", "overflow"])
@pytest.mark.parametrize("ended_first", [False, True])
def test_who_left_the_queue_is_counted_by_reason(reason: str, ended_first: bool) -> None:
    exits = [("left_queue", "09:05:00", {"reason": reason}), ("ended", "09:05:00")]
    story = told(
        "T",
        ("created", "09:00:00", {"channel": "phone"}),
        ("queued", "09:00:00"),
        *(exits[::-1] if ended_first else exits),
    )
    flow = count(story)
    assert value(flow, "contacts_left_queue", f"left_by_{reason}") == 1
    assert value(flow, "contacts_left_queue", "left_otherwise") == 1
    assert (ratio(flow, "abandonment"), strays(flow)) == (None, {})


@pytest.mark.parametrize(
    ("callback", "offered", "answered", "stray"), [(True, 2, 21, {}), (False, 1, None, {"answered": 1})]
)
def test_a_callback_waits_in_a_queue_of_its_own_or_not_at_all(
    callback: bool, offered: int, answered: float | None, stray: dict[str, int]
) -> None:
    story = told(
        "T",
        ("created", "10:35:00", {"channel": "phone", "team": "main"}),
        ("queued", "10:35:00", {"team": "main"}),
        ("left_queue", "10:37:00", {"reason": "callback"}),
        *([("queued", "10:38:39", {"team": "callback"})] if callback else []),
        ("answered", "10:39:00"),
        ("ended", "10:45:00"),
    )
    flow = count(story)
    assert (value(flow, "contacts_offered"), mean(flow, "speed_of_answer"), strays(flow)) == (offered, answered, stray)
    assert flow.facts()["T|left_queue/1"]["value"] == 120


@pytest.mark.parametrize("team", [{"team": "help"}, {}])
def test_nobody_picked_up_and_back_in_the_same_queue_is_one_wait(team: dict[str, str]) -> None:
    story = told(
        "T",
        ("created", "09:00:00", {"channel": "phone", "team": "help"}),
        ("queued", "09:00:00", {"team": "help"}),
        ("queued", "09:00:15", team),
        ("answered", "09:00:30"),
    )
    flow = count(story)
    assert (value(flow, "contacts_offered"), mean(flow, "speed_of_answer")) == (1, 30)
    assert ratio(flow, "service_level", IN_TIME) == (0, 1)


@pytest.mark.parametrize("order", list(permutations([2, 3])))
def test_an_overflow_in_one_second_leaves_one_queue_before_it_enters_the_next(order: tuple[int, ...]) -> None:
    story = told(
        "T",
        ("created", "09:00:00", {"channel": "phone", "team": "one"}),
        ("queued", "09:00:00", {"team": "one"}),
        ("left_queue", "09:00:40", {"reason": "overflow"}),
        ("queued", "09:00:40", {"team": "two"}),
        ("answered", "09:00:50"),
    )
    flow = count([story[0], story[1], *(story[place] for place in order), story[4]])
    assert [value(flow, "contacts_offered", team=team) for team in ("one", "two")] == [1, 1]
    assert flow.facts()["T|left_queue/1"]["value"] == 40
    assert mean(flow, "speed_of_answer", team="two") == 10


def test_a_contact_told_by_two_systems_is_one_contact() -> None:
    story = told(
        "T",
        ("created", "09:00:00", {"channel": "phone", "team": "one"}),
        ("queued", "09:00:00", {"team": "one"}),
        ("queued", "09:00:01", {"team": "one"}),
        ("answered", "09:00:30"),
        ("answered", "09:00:31", {"team": "one"}),
        ("ended", "09:05:00"),
        ("ended", "09:05:01"),
    )
    flow = count(story[::-1], story)
    assert (value(flow, "contacts_offered"), mean(flow, "speed_of_answer"), strays(flow)) == (1, 30, {"answered": 1})
    assert value(flow, "open_tickets", window="now") == 0


# --- short abandons --------------------------------------------------------------------------------------------------


def test_a_short_abandon_may_be_another_one_in_each_channel() -> None:
    stories = [
        told(
            f"{channel}-{wait}",
            ("created", "09:00:00", {"channel": channel}),
            ("queued", "09:00:00"),
            ("abandoned", f"09:00:{wait:02}"),
        )
        for channel in ("phone", "chat", "video")
        for wait in (3, 8, 20)
    ]
    flow = count(*stories, definitions={"short_abandon_seconds": "5,chat=10,video=0"})
    assert [ratio(flow, "abandonment", channel=channel) for channel in ("phone", "chat", "video")] == [
        (2, 2),
        (1, 1),
        (3, 3),
    ]
    assert value(flow, "contacts_short_abandoned") == 3
    short = sorted(key for key in flow.facts() if "|short_abandoned/" in key)
    assert short == ["chat-3|short_abandoned/1", "chat-8|short_abandoned/1", "phone-3|short_abandoned/1"]
    assert not [key for key in flow.facts() if key.replace("short_", "") in short and "short_" not in key]
