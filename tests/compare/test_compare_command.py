"""`deskpulse compare`: what two settings, or two definitions, make of the same events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stream.cli.compare import compare_command
from stream.compare import history

CALLS = [
    # Waited 5 s, 25 s and 40 s; the fourth gave up after 8 s.
    ("A", "phone", [("offered", 0), ("answered", 5), ("ended", 60)]),
    ("B", "phone", [("offered", 100), ("answered", 125), ("ended", 160)]),
    ("C", "chat", [("offered", 200), ("answered", 240), ("ended", 260)]),
    ("D", "phone", [("offered", 300), ("abandoned", 308)]),
]
KINDS = {"offered": "queued"}


def event(ticket: str, number: int, kind: str, second: int, **data: str) -> str:
    moment = f"2026-03-02T09:{second // 60:02}:{second % 60:02}Z"
    told: dict[str, Any] = {"id": f"{ticket}-{number}", "source": "/test", "subject": ticket, "time": moment}
    told |= {"specversion": "1.0", "type": f"support.ticket.{kind}", "sequence": str(number)}
    return json.dumps({**told, "data": data} if data else told)


@pytest.fixture
def events(tmp_path: Path) -> Path:
    lines = []
    for ticket, channel, steps in CALLS:
        lines.append(event(ticket, 0, "created", steps[0][1], channel=channel, team="desk"))
        lines += [event(ticket, n, KINDS.get(kind, kind), second) for n, (kind, second) in enumerate(steps, 1)]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join([*lines, lines[0], "{", ""]))
    return file


@pytest.fixture
def longer(tmp_path: Path) -> Path:
    file = tmp_path / "longer.toml"
    file.write_text('[definitions]\nanswer_within_seconds = "30"\n')
    return file


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(compare_command, list(map(str, arguments)))
    return result.exit_code, result.stdout, result.stderr or str(result.exception or "")


def rows(*arguments: object) -> dict[tuple[str, str], dict[str, Any]]:
    code, out, err = run(*arguments, "--format", "json")
    assert code == 0, err
    found = [json.loads(line) for line in out.splitlines()]
    return {(row["definition"], row["group"]): row for row in found}


def test_a_changed_setting_moves_what_depends_on_it_and_nothing_else(events: Path, longer: Path) -> None:
    found = rows(events, "--config", longer)
    row = found["answered_within_of_answered@2", ""]
    assert (row["one"], row["other"]) == ({"count": 3, "number": 1 / 3}, {"count": 3, "number": 2 / 3})
    assert row["difference"] == pytest.approx(1 / 3)
    assert {definition for definition, _ in found if "within" not in definition} <= {"waiting_beyond@1"}


def test_however_often_it_is_settled_on_the_way_all_events_are_in_the_numbers(
    events: Path, longer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = rows(events, "--config", longer, "--by", "channel")
    monkeypatch.setattr(history, "_EVENTS_A_SETTLEMENT", 2)
    assert rows(events, "--config", longer, "--by", "channel") == at_once


def test_what_cannot_be_compared_is_told_before_anything_is_counted(
    events: Path, longer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted(*_: object) -> None:
        raise AssertionError("it counts")

    monkeypatch.setattr(history.History, "fold", counted)
    code, _, told = run(events, "--definition", "csat_top_two_box@2", "--definition", "csat@1")
    assert code
    assert "--definition csat@1: there is none of this name and version. Did you mean csat_mean@1" in told
    code, _, told = run(events, "--config", longer, "--by", "tema")
    assert code
    assert "--by 'tema' is not all, nor channel, team, priority joined by _ in this order" in told
    code, _, told = run(events, "--config", longer, "--by", "team_channel")
    assert "did you mean 'channel_team'?" in told


def test_by_group_only_the_groups_that_differ_are_told(events: Path, longer: Path) -> None:
    found = rows(events, "--config", longer, "--by", "channel")
    assert {group for _, group in found} == {"phone"}
    assert found["answered_within_of_answered@2", "phone"]["other"] == {"count": 2, "number": 1.0}


def test_two_definitions_side_by_side_by_group(events: Path) -> None:
    pair = ("answered_within_of_answered@2", "answered_within_of_answered_and_abandoned@2")
    found = rows(events, "--definition", pair[0], "--definition", pair[1], "--by", "channel")
    phone = found[" / ".join(pair), "phone"]
    assert (phone["one"], phone["other"]) == ({"count": 2, "number": 0.5}, {"count": 3, "number": 1 / 3})
    assert (" / ".join(pair), "chat") in found, "an equal one too"


def test_the_table_names_the_sides_and_says_what_became_of_the_lines(events: Path, longer: Path) -> None:
    code, out, _ = run(events, "--config", longer)
    assert code == 0
    assert "answered_within_of_answered@2" in out
    assert "+33.33 points" in out
    told = "1 dead letters, not_json, 1 duplicates, 15 events counted"
    assert f"A: without a file: {told}" in out
    assert f"B: {longer}: {told}" in out


def test_the_same_settings_say_so(events: Path, longer: Path) -> None:
    assert "Every number is the same." in run(events, "--config", longer, "--config", longer)[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give --config twice"),
        (("--definition", "created@1"), "give --definition twice"),
        (("--definition", "crated@1", "--definition", "created@1"), "Did you mean created@1"),
        (
            ("--definition", "created@1", "--definition", "answered_within_of_answered@2"),
            "created@1 is a count, answered_within_of_answered@2 a ratio: they cannot be compared",
        ),
        (("--config", "no-such.toml"), "no-such.toml"),
    ],
    ids=["none", "one", "unknown", "kinds", "file"],
)
def test_what_cannot_be_compared_is_said(events: Path, arguments: tuple[str, ...], said: str) -> None:
    code, _, err = run(events, *arguments)
    assert code != 0
    assert said in err


def test_customers_are_apart_from_tickets_and_of_no_account_where_they_are_off(events: Path, tmp_path: Path) -> None:
    joined = event("A", 0, "created", 0).replace("support.ticket.created", "support.customer.joined")
    file = tmp_path / "customers.jsonl"
    file.write_text(f"{events.read_text()}{joined}\n")
    on = tmp_path / "on.toml"
    on.write_text("[customers]\nenabled = true\n")
    found = rows(file, "--config", on)
    assert found["joined_not_left@1", ""]["other"] == {"count": 1, "number": 1}
    assert not {definition for definition, _ in found if definition.startswith("answered_within")}
    assert "1 of unknown type" in run(file, "--config", on)[1]
