"""`deskpulse convert zendesk`: dumps of the API in any wrapping, packed or not, and Fivetran's tables."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.connect.test_convert_vendors import convert, ids
from tests.connect.zendesk_account import PLANTED, TEXT, pages, usual_account

STORY = usual_account()
AUDITS = [STORY.audit(step) for step in STORY.steps]


def lines(path: Path, *rows: Any) -> Path:
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def table(path: Path, *rows: dict[str, Any]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_users_and_audits_may_lie_in_files_of_their_own_in_any_order_packed_or_not(tmp_path: Path) -> None:
    audits = lines(tmp_path / "audits.jsonl.gz", *AUDITS)
    users = lines(tmp_path / "users.json", {"users": STORY.users})
    events = lines(tmp_path / "events.jsonl", *pages("ticket_events", list(map(STORY.ticket_event, STORY.steps)), 4))
    first = convert("zendesk", audits, users, "--source", "/zendesk/acme")
    assert first.exit_code == 0, first.output
    for files in ((users, audits), (events, users), (users, events)):
        assert convert("zendesk", *files, "--source", "/zendesk/acme").stdout == first.stdout
    assert not [text for text in PLANTED if text in first.output]
    both = convert("zendesk", audits, users, events)
    assert set(ids(both)) == set(ids(first))


def test_without_the_users_comments_are_named_and_what_to_do(tmp_path: Path) -> None:
    result = convert("zendesk", lines(tmp_path / "audits.jsonl", *AUDITS))
    assert result.exit_code == 1
    assert "comment 1000 of ticket 1: the role of user 900 is not known: give the users too" in result.stderr
    assert "1-created-status" in ids(result)


def test_a_dry_run_tells_what_is_passed_over(tmp_path: Path) -> None:
    result = convert("zendesk", lines(tmp_path / "a", {"users": STORY.users}, *AUDITS), "--dry-run")
    assert result.exit_code == 0
    assert "Notification" in result.stderr
    assert "ticket.created" in result.stdout


USERS = [
    {"id": 17, "role": "agent", "email": PLANTED[1], "name": PLANTED[0], "_fivetran_synced": "2026-01-01 00:00:00"},
    {"id": 900, "role": "end-user", "email": PLANTED[1], "name": PLANTED[0], "_fivetran_synced": "2026-01-01 00:00:00"},
]
TICKETS = [
    {
        "id": number,
        "via_channel": "email",
        "created_at": "2025-11-27 09:00:00",
        "updated_at": "2025-11-28 09:00:00",
        "requester_id": 900,
        "submitter_id": submitter,
        "status": status,
        "subject": TEXT,
        "merged_ticket_ids": merged,
    }
    for number, submitter, status, merged in (
        (1, 900, "solved", "[3]"),
        (2, 17, "deleted", "[]"),
        (3, 900, "closed", ""),
    )
]
HISTORY = [
    {"ticket_id": 1, "field_name": name, "updated": when, "value": value, "user_id": 17}
    for name, when, value in (
        ("status", "2025-11-27 09:00:00", "new"),
        ("status", "2025-11-27 10:00:00", "on-hold"),
        ("status", "2025-11-27 11:00:00.123000", "solved"),
        ("status", "2025-11-27 11:00:00", "open"),
        ("status", "2025-11-27 11:00:00", "solved"),
        ("group_id", "2025-11-27 09:00:00", "3601"),
        ("group_id", "2025-11-27 10:00:00", ""),
        ("priority", "2025-11-27 09:00:00", "solved"),
        ("priority", "2025-11-27 09:00:00", "high"),
        ("assignee_id", "2025-11-27 09:00:00", "17"),
    )
]
COMMENTS = [
    {"id": 71, "ticket_id": 1, "created": "2025-11-27 09:00:00", "public": "TRUE", "user_id": 900, "body": TEXT},
    {"id": 72, "ticket_id": 1, "created": "2025-11-27 09:30:00.5", "public": "FALSE", "user_id": 17, "body": TEXT},
    {"id": 73, "ticket_id": 1, "created": "2025-11-27T10:00:00+01:00", "public": "true", "user_id": -1, "body": TEXT},
]


def test_fivetrans_tables(tmp_path: Path) -> None:
    files = [
        table(tmp_path / name, *rows) for name, rows in (("c", COMMENTS), ("t", TICKETS), ("h", HISTORY), ("u", USERS))
    ]
    result = convert("zendesk", *files)
    assert result.exit_code == 0, result.output
    assert not [text for text in PLANTED if text in result.output]
    assert "1 priority that is not known" in result.stderr
    found = {event["id"]: event for event in map(json.loads, result.stdout.splitlines())}
    assert found["1-created"]["data"] == {"channel": "email", "customer_id": "customer-900", "opened_by": "customer"}
    assert found["2-created"]["data"]["opened_by"] == "agent"
    assert found["2-removed-1764320400"]["data"] == {"reason": "deleted"}
    assert (found["3-merged-1764320400"]["subject"], found["3-merged-1764320400"]["data"]) == ("3", {"into": "1"})
    assert [event["data"]["status"] for event in found.values() if event["type"].endswith("status")] == [
        "new",
        "on_hold",
        "open",
        "solved",
    ]
    assert found["1-group_id-1764237600-none"]["data"] == {"cleared": ["team"]}
    assert found["1-73"]["data"] == {"author": "system", "public": True, "automated": True}
    assert found["1-73"]["time"] == "2025-11-27T09:00:00Z"
    assert found["1-72"]["time"] == "2025-11-27T09:30:00Z"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{**COMMENTS[0], "user_id": "Erika Mustermann"}], "user_id is missing, or is no number"),
        ([{**COMMENTS[0], "public": "perhaps"}], "public is neither true nor false"),
        ([{**COMMENTS[0], "created": "yesterday"}], "created is missing, or is no time"),
        ([{**COMMENTS[0], "ticket_id": "erika@example.org"}], "ticket_comment of ticket without a number"),
        ([{**COMMENTS[0], "user_id": 5}], "the role of user 5 is not known: give the table user too"),
    ],
)
def test_a_row_of_fivetran_that_cannot_be_read_is_named(tmp_path: Path, rows: list[Any], told: str) -> None:
    result = convert("zendesk", table(tmp_path / "c", *rows), table(tmp_path / "u", *USERS))
    assert result.exit_code == 1
    assert told in result.stderr
    assert not [text for text in PLANTED if text in result.output]
