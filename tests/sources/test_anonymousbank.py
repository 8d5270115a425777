"""Calls as events: one quirk of the file per test, on rows made up for it."""

from __future__ import annotations

import pytest

from stream.errors import ConfigError
from stream.sources.anonymousbank import events

COLUMNS = [
    "vru+line",
    "call_id",
    "priority",
    "type",
    "date",
    "vru_entry",
    "vru_exit",
    "vru_time",
    "q_start",
    "q_exit",
    "q_time",
    "outcome",
    "ser_start",
    "ser_exit",
    "ser_time",
    "server",
]


def call(line: str) -> dict[str, str]:
    return dict(zip(COLUMNS, line.split(","), strict=True))


def told(*lines: str) -> list[tuple[str, str, str]]:
    """(type, time, sequence) of the events of these calls."""
    return [(e["type"], e["time"], e["sequence"]) for e in events(call(line) for line in lines)]


def test_a_call_that_waited_and_was_answered() -> None:
    row = "AA0101,7,2,PS,990805,9:00:00,9:00:10,10,9:00:10,9:01:00,50,AGENT,9:00:59,9:03:00,121,SERVER"
    assert list(events([call(row)])) == [
        {
            "specversion": "1.0",
            "id": "990805-AA0101-7-created",
            "source": "/anonymousbank",
            "type": "support.ticket.created",
            "subject": "990805-AA0101-7",
            "time": "1999-08-05T09:00:00+03:00",
            "sequence": "0",
            "data": {"channel": "phone", "team": "PS", "priority": "2", "opened_by": "customer"},
        },
        {
            "specversion": "1.0",
            "id": "990805-AA0101-7-queued",
            "source": "/anonymousbank",
            "type": "support.ticket.queued",
            "subject": "990805-AA0101-7",
            "time": "1999-08-05T09:00:10+03:00",
            "sequence": "1",
            "data": {},
        },
        {
            "specversion": "1.0",
            "id": "990805-AA0101-7-answered",
            "source": "/anonymousbank",
            "type": "support.ticket.answered",
            "subject": "990805-AA0101-7",
            # The service system's clock, a second before the queue's exit: it counts as it stands.
            "time": "1999-08-05T09:00:59+03:00",
            "sequence": "2",
            "data": {"agent_id": "agent-1"},
        },
        {
            "specversion": "1.0",
            "id": "990805-AA0101-7-ended",
            "source": "/anonymousbank",
            "type": "support.ticket.ended",
            "subject": "990805-AA0101-7",
            "time": "1999-08-05T09:03:00+03:00",
            "sequence": "3",
            "data": {},
        },
    ]


def test_a_phantom_call_gives_nothing() -> None:
    row = "AA0101,7,2,PS,990805,9:00:00,9:00:10,10,9:00:10,9:00:20,10,PHANTOM,9:00:20,9:00:20,0,NO_SERVER"
    assert told(row) == []


def test_hanging_up_in_the_queue_is_abandonment() -> None:
    row = "AA0101,7,2,PS,990805,9:00:00,9:00:10,10,9:00:10,9:00:40,30,HANG,0:00:00,0:00:00,0,NO_SERVER"
    assert told(row) == [
        ("support.ticket.created", "1999-08-05T09:00:00+03:00", "0"),
        ("support.ticket.queued", "1999-08-05T09:00:10+03:00", "1"),
        ("support.ticket.abandoned", "1999-08-05T09:00:40+03:00", "2"),
        ("support.ticket.ended", "1999-08-05T09:00:40+03:00", "3"),
    ]


def test_hanging_up_in_the_menu_is_not_abandonment() -> None:
    row = "AA0101,7,2,PS,990805,9:00:00,9:00:10,10,0:00:00,0:00:00,0,HANG,0:00:00,0:00:00,0,NO_SERVER"
    assert told(row) == [
        ("support.ticket.created", "1999-08-05T09:00:00+03:00", "0"),
        ("support.ticket.ended", "1999-08-05T09:00:10+03:00", "3"),
    ]


def test_a_hang_up_with_a_service_span_is_a_hang_up() -> None:
    row = "AA0101,7,2,PS,990805,9:00:00,9:00:10,10,9:00:10,9:00:40,30,HANG,9:00:40,9:02:00,80,SERVER"
    assert told(row)[2:] == [
        ("support.ticket.abandoned", "1999-08-05T09:00:40+03:00", "2"),
        ("support.ticket.ended", "1999-08-05T09:00:40+03:00", "3"),
    ]


@pytest.mark.parametrize(
    ("queue", "answered"),
    [
        ("9:00:10,9:00:40,30", "1999-08-05T09:00:40+03:00"),
        ("0:00:00,0:00:00,0", "1999-08-05T09:00:10+03:00"),
    ],
)
def test_an_answer_without_service_times_is_dated_by_the_last_step_before_it(queue: str, answered: str) -> None:
    row = f"AA0101,7,2,PS,990805,9:00:00,9:00:10,10,{queue},AGENT,0:00:00,0:00:00,0,SERVER"
    assert told(row)[-2:] == [
        ("support.ticket.answered", answered, "2"),
        ("support.ticket.ended", answered, "3"),
    ]


def test_clock_times_roll_over_midnight() -> None:
    row = "AA0101,7,2,PS,990831,23:58:00,23:59:50,110,23:59:50,0:00:05,15,AGENT,0:00:04,0:10:00,596,SERVER"
    assert told(row) == [
        ("support.ticket.created", "1999-08-31T23:58:00+03:00", "0"),
        ("support.ticket.queued", "1999-08-31T23:59:50+03:00", "1"),
        ("support.ticket.answered", "1999-09-01T00:00:04+03:00", "2"),
        ("support.ticket.ended", "1999-09-01T00:10:00+03:00", "3"),
    ]


def test_a_service_start_just_before_a_queue_exit_after_midnight_stays_on_the_old_day() -> None:
    row = "AA0101,7,2,PS,990805,23:58:00,23:58:10,10,23:58:10,0:00:01,111,AGENT,23:59:59,0:01:00,61,SERVER"
    assert told(row)[2:] == [
        ("support.ticket.answered", "1999-08-05T23:59:59+03:00", "2"),
        ("support.ticket.ended", "1999-08-06T00:01:00+03:00", "3"),
    ]


def test_a_long_service_is_not_taken_for_midnight() -> None:
    row = "AA0101,7,2,PS,990805,8:00:00,8:00:10,10,0:00:00,0:00:00,0,AGENT,8:00:10,20:30:00,44990,SERVER"
    assert told(row)[-1] == ("support.ticket.ended", "1999-08-05T20:30:00+03:00", "3")


def test_a_long_service_after_midnight_stays_on_that_day() -> None:
    row = "AA0101,7,2,PS,990805,23:58:00,23:59:50,110,23:59:50,0:00:05,15,AGENT,0:00:04,13:00:00,46796,SERVER"
    assert told(row)[-1] == ("support.ticket.ended", "1999-08-06T13:00:00+03:00", "3")


def test_an_answer_before_the_queue_keeps_its_time() -> None:
    # Wait -2 s: two systems' clocks. The pipeline pairs the two and counts 0 s.
    row = "AA0101,7,2,PS,990805,9:00:00,9:00:10,10,9:00:10,9:00:10,0,AGENT,9:00:08,9:02:00,112,SERVER"
    assert told(row)[1:3] == [
        ("support.ticket.queued", "1999-08-05T09:00:10+03:00", "1"),
        ("support.ticket.answered", "1999-08-05T09:00:08+03:00", "2"),
    ]


def test_a_negative_menu_time_does_not_end_a_call_before_it_began() -> None:
    row = "AA0101,7,2,PS,990805,9:00:00,8:59:58,-2,0:00:00,0:00:00,0,HANG,0:00:00,0:00:00,0,NO_SERVER"
    assert told(row)[-1] == ("support.ticket.ended", "1999-08-05T09:00:00+03:00", "3")


def test_service_is_never_over_before_the_answer() -> None:
    row = "AA0101,7,2,PS,990805,9:00:00,9:00:10,10,0:00:00,0:00:00,0,AGENT,9:00:10,9:00:09,-1,SERVER"
    assert told(row)[-1] == ("support.ticket.ended", "1999-08-05T09:00:10+03:00", "3")


def test_calls_that_share_a_call_id_stay_apart() -> None:
    tail = "9:00:00,9:00:10,10,0:00:00,0:00:00,0,HANG,0:00:00,0:00:00,0,NO_SERVER"
    rows = [
        f"{head},{tail}"
        for head in (
            "AA0101,7,0,PS,990805",
            "AA0102,7,0,PS,990805",
            "AA0101,7,0,PS,990806",
            "AA0101,7,0,PS,990805",
        )
    ]
    assert [e["subject"] for e in events(map(call, rows)) if e["type"] == "support.ticket.created"] == [
        "990805-AA0101-7",
        "990805-AA0102-7",
        "990806-AA0101-7",
        "990805-AA0101-7-2",
    ]


def test_agents_are_numbers_and_the_same_agent_keeps_his() -> None:
    tail = "9:00:00,9:00:10,10,0:00:00,0:00:00,0,AGENT,9:00:10,9:01:00,50"
    rows = [f"AA0101,{n},0,PS,990805,{tail},{server}" for n, server in enumerate(("SERVERA", "SERVERB", "SERVERA"))]
    answers = [e for e in events(map(call, rows)) if e["type"] == "support.ticket.answered"]
    assert [e["data"] for e in answers] == [
        {"agent_id": "agent-1"},
        {"agent_id": "agent-2"},
        {"agent_id": "agent-1"},
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            "AA0101,7,2,PS,990805,9:00,9:00:10,10,0:00:00,0:00:00,0,HANG,0:00:00,0:00:00,0,NO_SERVER",
            "ticket 990805-AA0101-7: column vru_entry holds '9:00', expected a clock time H:MM:SS",
        ),
        (
            "AA0101,7,2,PS,990805,9:00:00,24:00:10,10,0:00:00,0:00:00,0,HANG,0:00:00,0:00:00,0,NO_SERVER",
            "column vru_exit holds '24:00:10', expected a clock time from 0:00:00 to 23:59:59",
        ),
        (
            "AA0101,7,2,PS,991305,9:00:00,9:00:10,10,0:00:00,0:00:00,0,HANG,0:00:00,0:00:00,0,NO_SERVER",
            "column date holds '991305', expected a day YYMMDD",
        ),
        (
            "AA0101,7,2,PS,990805,9:00:00,9:00:10,10,0:00:00,0:00:00,0,GONE,0:00:00,0:00:00,0,NO_SERVER",
            "column outcome holds 'GONE', expected AGENT or HANG or PHANTOM",
        ),
    ],
)
def test_an_unreadable_cell_names_ticket_column_and_what_was_expected(row: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        told(row)
    assert message in str(error.value)
