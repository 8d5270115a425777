"""An audit log as events: one quirk of the file per test, on rows made up for it."""

from __future__ import annotations

import pytest

from stream.errors import ConfigError
from stream.sources.uci498 import events

COLUMNS = [
    "number",
    "incident_state",
    "sys_mod_count",
    "opened_at",
    "sys_updated_at",
    "contact_type",
    "priority",
    "assignment_group",
]


def change(line: str) -> dict[str, str]:
    return dict(zip(COLUMNS, line.split(","), strict=True))


def told(*lines: str) -> list[tuple[str, str, str, dict[str, str]]]:
    """(type, time, sequence, data) of the events of these rows."""
    return [(e["type"], e["time"], e["sequence"], e["data"]) for e in events(map(change, lines))]


def test_an_incident_is_its_creation_and_one_status_per_row() -> None:
    assert list(
        events(
            map(
                change,
                [
                    "0001,New,0,29/2/2016 01:16,29/2/2016 01:23,Phone,3,56",
                    "0001,Resolved,2,29/2/2016 01:16,1/3/2016 08:53,Phone,3,56",
                ],
            )
        )
    ) == [
        {
            "specversion": "1.0",
            "id": "0001-created",
            "source": "/uci498",
            "type": "support.ticket.created",
            "subject": "0001",
            "time": "2016-02-29T01:16:00Z",
            "sequence": "0",
            "data": {"channel": "phone", "team": "56", "priority": "3", "opened_by": "customer"},
        },
        {
            "specversion": "1.0",
            "id": "0001-1-status",
            "source": "/uci498",
            "type": "support.ticket.status",
            "subject": "0001",
            "time": "2016-02-29T01:23:00Z",
            "sequence": "2",
            "data": {"status": "new"},
        },
        {
            "specversion": "1.0",
            "id": "0001-2-status",
            "source": "/uci498",
            "type": "support.ticket.status",
            "subject": "0001",
            "time": "2016-03-01T08:53:00Z",
            "sequence": "4",
            "data": {"status": "solved"},
        },
    ]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("New", "new"),
        ("Active", "open"),
        ("Awaiting User Info", "pending"),
        ("Awaiting Vendor", "on_hold"),
        ("Awaiting Problem", "on_hold"),
        ("Awaiting Evidence", "on_hold"),
        ("Resolved", "solved"),
        ("Closed", "closed"),
        ("-100", "-100"),
    ],
)
def test_states_become_the_contracts_statuses_and_an_unknown_one_stays_as_it_is(state: str, status: str) -> None:
    row = f"0001,{state},0,1/3/2016 01:00,1/3/2016 01:00,Phone,3,56"
    assert told(row)[-1][3] == {"status": status}


def test_rows_of_the_same_minute_are_ordered_by_modification_count_then_file() -> None:
    opened = "1/3/2016 01:00"
    assert [
        (sequence, data["status"])
        for _, _, sequence, data in told(
            f"0001,Closed,10,{opened},1/3/2016 02:00,Phone,3,56",
            f"0001,Active,9,{opened},1/3/2016 02:00,Phone,3,56",
            f"0001,Resolved,9,{opened},1/3/2016 02:00,Phone,3,56",
            f"0001,New,0,{opened},1/3/2016 01:30,Phone,3,56",
        )[1:]
    ] == [("2", "new"), ("4", "open"), ("6", "solved"), ("8", "closed")]


def test_a_changed_priority_or_group_is_an_update_just_before_the_status() -> None:
    opened = "1/3/2016 01:00"
    assert told(
        f"0001,New,0,{opened},1/3/2016 01:00,Phone,3,56",
        f"0001,Active,1,{opened},1/3/2016 01:05,Phone,2,70",
        f"0001,Active,2,{opened},1/3/2016 01:06,Phone,2,?",
    )[2:] == [
        ("support.ticket.updated", "2016-03-01T01:05:00Z", "3", {"team": "70", "priority": "2"}),
        ("support.ticket.status", "2016-03-01T01:05:00Z", "4", {"status": "open"}),
        # A missing group says nothing: no update.
        ("support.ticket.status", "2016-03-01T01:06:00Z", "6", {"status": "open"}),
    ]


def test_changes_are_told_in_the_order_of_their_times_whatever_the_counter_says() -> None:
    opened = "1/3/2016 01:00"
    rows = [f"0001,New,5,{opened},1/3/2016 01:00,Phone,3,56", f"0001,Active,1,{opened},1/3/2016 02:00,Phone,2,56"]
    assert told(*rows)[2:] == [
        ("support.ticket.updated", "2016-03-01T02:00:00Z", "3", {"priority": "2"}),
        ("support.ticket.status", "2016-03-01T02:00:00Z", "4", {"status": "open"}),
    ]


def test_missing_routing_is_left_out_and_the_channel_is_unknown() -> None:
    row = "0001,New,0,1/3/2016 01:00,1/3/2016 01:00,?,3,?"
    assert told(row)[0][3] == {"channel": "unknown", "priority": "3", "opened_by": "customer"}


def test_channels_are_lower_case() -> None:
    row = "0001,New,0,1/3/2016 01:00,1/3/2016 01:00,Self service,3,56"
    assert told(row)[0][3]["channel"] == "self service"


def test_a_row_before_the_opening_keeps_its_time() -> None:
    row = "0001,New,0,1/3/2016 01:10,1/3/2016 01:00,Phone,3,56"
    assert [time for _, time, _, _ in told(row)] == ["2016-03-01T01:10:00Z", "2016-03-01T01:00:00Z"]


def test_scattered_rows_of_an_incident_are_an_error_that_says_to_sort() -> None:
    tail = "New,0,1/3/2016 01:00,1/3/2016 01:00,Phone,3,56"
    with pytest.raises(ConfigError, match=r"ticket 0001: .* Sort the file by the column number"):
        told(f"0001,{tail}", f"0002,{tail}", f"0001,{tail}")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            "0001,New,0,1/3/2016,1/3/2016 01:00,Phone,3,56",
            "ticket 0001: column opened_at holds '1/3/2016', expected a time d/m/YYYY HH:MM",
        ),
        (
            "0001,New,x,1/3/2016 01:00,1/3/2016 01:00,Phone,3,56",
            "ticket 0001: column sys_mod_count holds 'x', expected a whole number",
        ),
    ],
)
def test_an_unreadable_cell_names_ticket_column_and_what_was_expected(row: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        told(row)
    assert message in str(error.value)
