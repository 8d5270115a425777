"""Any CSV by a map: rows of tickets, of calls and of changes; zones; what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stream.cli.convert import convert_command
from stream.connect.table import VENDOR
from stream.connect.table.options import TableOptions
from stream.connect.vendor import Account
from tests.connect.kit import assert_no_trace, broken, by_id, decoded, outcomes, passed, told

CALLS: dict[str, Any] = {
    "columns": {
        "subject": "call",
        "visit": "leg",
        "team": "queue",
        "agent": "agent",
        "created": "in",
        "queued": "in",
        "answered": "answer",
        "abandoned": "lost",
        "ended": "end",
    },
    "channel": "phone",
    "time_format": "%d.%m.%Y %H:%M:%S",
    "zone": "Europe/Berlin",
}
TICKETS: dict[str, Any] = {
    "columns": {
        "subject": "id",
        "channel": "via",
        "team": "group",
        "priority": "prio",
        "created": "created",
        "first_reply": "replied",
        "solved": "solved",
        "surveyed": "asked",
        "score": "stars",
    },
    "scale_min": 1,
    "scale_max": 10,
}
CHANGES: dict[str, Any] = {
    "columns": {
        "subject": "id",
        "created": "created",
        "changed": "at",
        "status": "state",
        "team": "group",
        "priority": "prio",
    },
    "channel": "email",
    "statuses": {"With vendor": "on_hold", "Spam": "removed", "Draft": "ignored"},
}


def read(options: dict[str, Any], *rows: dict[str, str], source: str = "/csv/one") -> list[Any]:
    account = Account(source, TableOptions(**options))
    whole = [
        dict.fromkeys([*options["columns"].values(), *options.get("attributes", {}).values()], "") | row for row in rows
    ]
    return outcomes(VENDOR, VENDOR.layouts[0].records(whole, account), account)


CALL = {"call": "c7", "leg": "1", "queue": "Sales", "agent": "Anna", "in": "27.11.2026 09:00:00"}


def test_a_call_with_its_times_in_one_row() -> None:
    found = read(CALLS, {**CALL, "answer": "27.11.2026 09:00:20", "lost": "", "end": "27.11.2026 09:05:00"})
    agent = next(event["data"]["agent_id"] for event in found if event["type"].endswith("answered"))
    assert told(found) == [
        ("c7-created", "ticket.created", "2026-11-27T08:00:00Z", {"channel": "phone", "team": "Sales"}),
        ("c7-1-queued", "ticket.queued", "2026-11-27T08:00:00Z", {"team": "Sales"}),
        ("c7-1-answered", "ticket.answered", "2026-11-27T08:00:20Z", {"agent_id": agent}),
        ("c7-1-ended", "ticket.ended", "2026-11-27T08:05:00Z", {}),
    ]
    assert "Anna" not in json.dumps(found)
    assert len(list(decoded(found))) == 4


def test_a_ticket_with_a_survey() -> None:
    row = {"id": "17", "via": "web", "group": "G", "prio": "high", "created": "2026-11-27T09:00:00+01:00"}
    row |= {"replied": "2026-11-27T08:10:00Z", "solved": "", "asked": "2026-11-28T08:00:00.5Z", "stars": "9,5"}
    found = read(TICKETS, row)
    assert told(found)[0][3] == {"channel": "web", "team": "G", "priority": "high"}
    assert [kind for _, kind, *_ in told(found)] == ["ticket.created", "ticket.message", "survey.answered"]
    answer = {"survey_id": "17-survey", "kind": "csat", "score": 9.5, "scale_min": 1.0, "scale_max": 10.0}
    assert told(found)[2][3] == answer
    assert told(found)[2][2] == "2026-11-28T08:00:00.500000Z"
    assert len(list(decoded(found))) == 3


def test_rows_of_changes_count_each_change_once_however_often_they_are_read() -> None:
    first = {"id": "5", "created": "2026-11-27T08:00:00Z", "at": "2026-11-27T08:00:00Z", "state": "New", "group": "A"}
    second = {**first, "at": "2026-11-27T09:00:00Z", "state": "With vendor", "group": "B", "prio": "low"}
    third = {**first, "at": "2026-11-27T10:00:00Z", "state": "Resolved"}
    found = read(CHANGES, first, second, third)
    statuses = [(time, data["status"]) for _, kind, time, data in told(found) if kind == "ticket.status"]
    assert statuses == [
        ("2026-11-27T08:00:00Z", "new"),
        ("2026-11-27T09:00:00Z", "on_hold"),
        ("2026-11-27T10:00:00Z", "solved"),
    ]
    assert {name: data for name, kind, _, data in told(found) if kind == "ticket.created"} == {
        "5-created": {"channel": "email"}
    }
    # `by_id` fails where one id has two contents.
    assert by_id([*found, *read(CHANGES, third, first)]) == by_id(found)


@pytest.mark.parametrize(
    ("state", "what"),
    [("Spam", "ticket.removed"), ("Draft", "status Draft"), ("Never heard of", "status Never heard of")],
)
def test_a_status_is_removed_ignored_or_passed_over(state: str, what: str) -> None:
    found = read(CHANGES, {"id": "5", "at": "2026-11-27T08:00:00Z", "state": state})
    assert [kind for _, kind, *_ in told(found)] + passed(found) == [what]


@pytest.mark.parametrize(
    ("form", "text", "time"),
    [
        ("epoch_seconds", "1764230400", "2025-11-27T08:00:00Z"),
        ("epoch_seconds", "1764230400.25", "2025-11-27T08:00:00.250000Z"),
        ("epoch_milliseconds", "1764230400001", "2025-11-27T08:00:00.001Z"),
        ("iso", "2025-11-27 08:00", "2025-11-27T07:00:00Z"),
        ("iso", "2025-11-27T08:00:00-05:00", "2025-11-27T13:00:00Z"),
        ("%m/%d/%y %I:%M %p", "11/27/25 08:00 PM", "2025-11-27T19:00:00Z"),
    ],
)
def test_times_in_many_forms(form: str, text: str, time: str) -> None:
    options = {**CHANGES, "time_format": form, "zone": "Europe/Berlin"}
    assert told(read(options, {"id": "5", "at": text, "state": "open"}))[0][2].replace(".001000Z", ".001Z") == time


@pytest.mark.parametrize(
    ("row", "options", "detail"),
    [
        ({"id": "5", "at": "2026-11-27 08:00"}, CHANGES, "column at names no time zone: set zone in the map"),
        ({"id": "5", "at": "yesterday Anna"}, CHANGES, "column at holds no time of the form iso"),
        ({"id": "5", "at": "1026-11-27T08:00:00Z"}, CHANGES, "before 1990"),
        ({"id": "anna@example.org", "at": "2026-11-27T08:00:00Z"}, CHANGES, "column id: the number of a ticket"),
        ({"id": "", "at": "2026-11-27T08:00:00Z"}, CHANGES, "column id"),
        ({"id": "5", "asked": "2026-11-27T08:00:00Z", "stars": "good Anna"}, TICKETS, "column stars holds no number"),
        ({"id": "5", "asked": "2026-11-27T08:00:00Z", "stars": "nan"}, TICKETS, "column stars holds no number"),
        ({"id": "5", "asked": "2026-11-27T08:00:00Z", "stars": "1e999"}, TICKETS, "column stars holds no number"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_number_and_column(
    row: dict[str, str], options: dict[str, Any], detail: str
) -> None:
    found = read(options, row)
    assert not told(found)
    assert broken(found)[0].record.startswith("row 1")
    assert detail in broken(found)[0].detail
    assert_no_trace(found, ["anna"])


def test_a_column_that_is_called_place_says_nothing_in_messages() -> None:
    found = read(CHANGES, {"id": "", "place": "Anna's house"})
    assert broken(found)[0].record == "row 1"


@pytest.mark.parametrize(
    ("options", "told_key"),
    [
        ({}, "a map of the columns is needed"),
        ({"columns": {"created": "c"}, "channel": "x"}, "columns.subject is missing"),
        ({"columns": {"subject": "s", "created": "c"}}, "channel is missing"),
        ({"columns": {"subject": "s", "status": "c"}}, "columns.status is given without columns.changed"),
        ({"columns": {"subject": "s", "surveyed": "c"}}, "columns.surveyed is given without columns.score"),
        ({"columns": {"subject": "s", "creator": "c"}}, "creator"),
        ({"columns": {"subject": "s"}, "zone": "Mars"}, "Europe/Berlin"),
    ],
)
def test_a_wrong_map_says_what_is_missing(options: dict[str, Any], told_key: str) -> None:
    with pytest.raises(ValidationError, match=told_key):
        TableOptions(**options)


def convert(*arguments: object) -> Result:
    return CliRunner().invoke(convert_command, [str(argument) for argument in arguments])


def test_from_a_file_and_a_map_to_events(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(
        "call,leg,queue,agent,in,answer,lost,end\n"
        "c7,1,Sales,Anna,27.11.2026 09:00:00,27.11.2026 09:00:20,,27.11.2026 09:05:00\n"
        "c8,1,Sales,,27.11.2026 09:01:00,,27.11.2026 09:01:40,\n"
    )
    lines = ['channel = "phone"', 'zone = "Europe/Berlin"', 'time_format = "%d.%m.%Y %H:%M:%S"', "[columns]"]
    lines += [f'{meaning} = "{column}"' for meaning, column in CALLS["columns"].items()]
    (tmp_path / "map.toml").write_text("\n".join(lines))
    result = convert("table", tmp_path / "calls.csv", "--map", tmp_path / "map.toml", "--source", "/pbx/main")
    assert result.exit_code == 0, result.output
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [
        "c7-created",
        "c7-1-queued",
        "c7-1-answered",
        "c8-created",
        "c8-1-queued",
        "c8-1-abandoned",
        "c7-1-ended",
    ]


def test_rows_that_say_different_things_under_one_id_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    rows = ["7,2026-11-27T08:00:00Z", "8,2026-11-27T08:30:00Z", "7,2026-11-27T08:00:00Z"]
    (tmp_path / "map.toml").write_text('channel = "web"\n[columns]\nsubject = "id"\ncreated = "at"\n')

    def said() -> str:
        (tmp_path / "tickets.csv").write_text("\n".join(["id,at", *rows]))
        result = convert("table", tmp_path / "tickets.csv", "--map", tmp_path / "map.toml")
        assert result.exit_code == 0, result.output
        return result.stderr

    # The same row again is counted once, and no matter.
    assert said() == "3 events written to standard output\n"
    rows += ["7,2026-11-27T09:00:00Z", "8,2026-11-27T09:00:00Z", "7,2026-11-27T09:00:00Z"]
    assert said().splitlines()[0] == "one id, two contents: 3 events, the first 7-created; of each id one counts"


@given(
    st.dictionaries(st.sampled_from([*CALLS["columns"].values(), *TICKETS["columns"].values()]), st.text(max_size=30))
)
def test_no_row_raises(row: dict[str, str]) -> None:
    for options in (CALLS, TICKETS, CHANGES):
        read(options, row)


BRANDED = {"attributes": {"brand": "Brand", "tier": "Tier"}, "labels": {"1": "Acme"}}


def test_columns_that_are_attributes_are_told_with_the_creation_or_with_the_change() -> None:
    row = {"id": "17", "via": "web", "created": "2026-11-27T08:00:00Z", "Brand": " 1 ", "Tier": ""}
    (created,) = told(read({**TICKETS, **BRANDED}, row))
    assert created[3] == {"channel": "web", "attributes": {"brand": "Acme"}}
    changed = {"id": "5", "created": "2026-11-27T08:00:00Z", "at": "2026-11-27T09:00:00Z", "Brand": "Zeta"}
    changed["Tier"] = "x" * 300
    found = read({**CHANGES, **BRANDED}, changed)
    assert [data for _, _, _, data in told(found)] == [
        {"channel": "email"},
        {"attributes": {"brand": "Zeta", "tier": "x" * 256}},
    ]
    assert len(list(decoded(found))) == 2


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"Brand": "b"}, "'Brand' is no name of an attribute; allowed: a-z and 0-9"),
        ({"team": "b"}, "'team' is no name of an attribute"),
        ({"brand": ""}, "brand names no field"),
        ({f"a{number}": "b" for number in range(17)}, "names 17 attributes; allowed: at most 16"),
    ],
)
def test_a_wrong_attribute_is_named(attributes: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TableOptions.model_validate({**TICKETS, "attributes": attributes})
