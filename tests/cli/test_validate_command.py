from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from stream.cli.validate import validate_command
from stream.schemas.files import schema_root

EXAMPLES = schema_root() / "examples" / "tickets" / "1"
GOOD = json.dumps(json.loads((EXAMPLES / "valid" / "created-smallest.json").read_bytes()))


def run(*arguments: str, given: str | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(validate_command, arguments, input=given)
    return result.exit_code, result.stdout, result.stderr


def test_valid_files_give_exit_code_0_and_a_summary() -> None:
    files = sorted(map(str, (EXAMPLES / "valid").glob("*.json")))
    code, out, err = run(*files)
    assert (code, out) == (0, "")
    assert f"{len(files)} valid, 0 refused, 0 skipped" in err
    assert "valid: support.ticket.created" in err


def test_refused_event_gives_its_place_and_exit_code_1(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(f"{GOOD}\n{GOOD.replace('email', ' ')}\n")
    code, out, err = run(str(file))
    assert code == 1
    assert out == f"{file}:2: invalid_value: data.channel is empty: name the channel, e.g. email, chat, phone\n"
    assert "refused: invalid_value" in err


def test_unknown_type_is_a_warning_that_can_be_silenced() -> None:
    event = '{"type": "acme.[bold]order"}\n'
    code, out, err = run("-", given=event)
    assert code == 0
    warning = 'warning: unknown_type: type "acme.[bold]order" is not known here: the event is skipped'
    assert out == f"standard input:1: {warning}\n"
    assert "skipped, unknown type: acme.[bold]order" in err
    assert run("--no-warnings", "-", given=event)[1] == ""


def test_shortened_name_is_a_warning_and_stands_in_the_summary() -> None:
    code, out, err = run("-", given=GOOD.replace("email", "anna@example.org") + "\n")
    assert code == 0
    warning = 'warning: label_redacted: data.channel holds an e-mail address: it counts as "redacted-a3bf"'
    assert out == f"standard input:1: {warning}\n"
    assert "shortened name: redacted" in err


def test_nothing_to_check_is_said() -> None:
    assert run("-", given="\n")[2] == "no events found\n"


def test_a_table_is_told_of_convert_and_events_with_a_bad_line_are_not() -> None:
    code, _, err = run("-", given="id,type,subject\n1,ticket.created,T-1\n")
    assert code == 1
    assert "Not one line is JSON" in err
    assert "`deskpulse convert`" in err
    for given in (f"{GOOD}\nid,type\n", '{"type": "acme.order"}\nid,type\n', "{}\nid,type\n", f"{GOOD}\n", "\n"):
        assert "Not one line" not in run("-", given=given)[2], given


def test_limits_are_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPULSE_LIMITS__MAX_ID_CHARACTERS", "16")
    code, out, _ = run("-", given=GOOD.replace("6f1c", "x" * 17))
    assert code == 1
    assert out == "standard input:1: invalid_value: id has 17 characters, above 16\n"


def test_two_sources_that_create_one_ticket_are_named_with_what_to_do(tmp_path: Path) -> None:
    file, other = tmp_path / "us.jsonl", tmp_path / "eu.jsonl"
    event = json.loads(GOOD)
    told = [event | {"source": source, "subject": ticket} for ticket in ("1001", "1002") for source in ("/us", "/us")]
    file.write_text("".join(json.dumps(one) + "\n" for one in told))
    other.write_text("".join(json.dumps(one | {"source": "/eu"}) + "\n" for one in told))
    assert "warning" not in run(str(file))[2]
    code, _, err = run(str(file), str(other))
    assert code == 0
    assert "warning: /us and /eu both created ticket 1001 and 1 more of one id" in err
    assert "Give the ids of one source a prefix." in err
