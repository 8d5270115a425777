"""`deskpulse convert` for vendors: several files, what is told of what gave no event, and options that are wrong."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from stream.cli.convert import convert_command
from stream.errors import ConfigError
from tests.connect.test_amazon_connect import contact
from tests.connect.test_asterisk import ANSWERED, CALL


def convert(*arguments: object) -> Result:
    return CliRunner().invoke(convert_command, [str(argument) for argument in arguments])


def ids(result: Result) -> list[str]:
    return [json.loads(line)["id"] for line in result.stdout.splitlines()]


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(line + "\n" for line in lines))
    return path


def test_a_log_that_was_rotated_is_one_log_in_any_order_of_its_files(tmp_path: Path) -> None:
    first = written(tmp_path / "queue_log.1", *ANSWERED[:2])
    second = tmp_path / "queue_log.gz"
    second.write_bytes(gzip.compress("\n".join(ANSWERED[2:]).encode()))
    for files in ((first, second), (second, first)):
        result = convert("asterisk", *files, "--source", "/asterisk/pbx1")
        assert result.exit_code == 0, result.output
        assert ids(result) == [f"{CALL}-created", f"{CALL}-1-queued", f"{CALL}-1-answered", f"{CALL}-1-ended"]
        assert "passed over: 1 RINGNOANSWER" in result.stderr
        assert {json.loads(line)["source"] for line in result.stdout.splitlines()} == {"/asterisk/pbx1"}


def test_what_cannot_be_read_is_named_by_its_place_and_the_rest_is_converted(tmp_path: Path) -> None:
    log = written(tmp_path / "queue_log", ANSWERED[0], "Anna called", *ANSWERED[2:])
    result = convert("asterisk", log)
    assert result.exit_code == 1
    assert len(ids(result)) == 4
    assert f"could not be read: {log}, line 2: 1 fields" in result.stderr
    assert "Anna" not in result.output


@pytest.mark.parametrize("system", ["table", "customers"])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")])
def test_cells_that_are_not_divided_by_commas(tmp_path: Path, system: str, quote: str, sign: str, name: str) -> None:
    cells = (["No.", "Since"], ["1", "2026-01-01T00:00:00Z"])
    table = written(tmp_path / "t.csv", *(sign.join(f"{quote}{cell}{quote}" for cell in row) for row in cells))
    meanings = ("subject", "created") if system == "table" else ("customer", "joined")
    columns = "".join(f'{meaning} = "{column}"\n' for meaning, column in zip(meanings, cells[0], strict=True))
    options = written(tmp_path / "map.toml", *(['channel = "email"'] * (system == "table")), "[columns]", columns)
    result = convert(system, table, "--map", options)
    assert isinstance(result.exception, ConfigError)
    expected = f"{table} has one column: its cells are divided by {name}, commas are expected. Export it with commas."
    assert str(result.exception) == expected


def test_of_many_that_cannot_be_read_the_first_are_named_and_all_are_counted(tmp_path: Path) -> None:
    result = convert("asterisk", written(tmp_path / "queue_log", ANSWERED[0], *["?"] * 50))
    assert result.stderr.count("could not be read: ") == 21
    assert "could not be read: 30 more" in result.stderr


def test_a_dry_run_writes_nothing_and_shows_what_it_found(tmp_path: Path) -> None:
    log = written(tmp_path / "queue_log", *ANSWERED)
    result = convert("asterisk", log, "--dry-run", "--out", tmp_path / "out.jsonl")
    assert result.exit_code == 0
    assert "ticket.answered" in result.stdout
    assert "4 events found, none written" in result.stderr
    assert not (tmp_path / "out.jsonl").exists()


def layouts(records: list[dict[str, Any]]) -> dict[str, str]:
    texts = [json.dumps(record) for record in records]
    return {
        "lines": "\n".join(texts) + "\n",
        "without a sign between them": "".join(texts),
        "an array": "[" + ",".join(texts) + "]",
        "pretty": "\n".join(json.dumps(record, indent=2) for record in records),
    }


@pytest.mark.parametrize("layout", layouts([contact()]))
def test_objects_are_read_however_they_lie_in_the_file(tmp_path: Path, layout: str) -> None:
    records = [contact(ContactId=f"c{number}", Attributes={"a": "x" * 100_000}) for number in range(30)]
    (tmp_path / "records").write_text(layouts(records)[layout])
    result = convert("amazon_connect", tmp_path / "records")
    assert result.exit_code == 0, result.output
    assert len(ids(result)) == 30 * 4


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (json.dumps(contact()) + "{", "no JSON object"),
        ("[" + json.dumps(contact()), "the array is not closed"),
        (json.dumps(contact()) + " 17", "JSON, but no object"),
        (json.dumps(contact()) + '{"a": NaN}', "no JSON object"),
        ("caller,queue\n1,2\n", r"no file of amazon_connect .* contact records"),
        ('{"a": 1}', "no file of amazon_connect"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_what_is_known(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "records").write_text(text)
    result = convert("amazon_connect", tmp_path / "records", "--out", tmp_path / "out")
    assert isinstance(result.exception, ConfigError)
    with pytest.raises(ConfigError, match=told):
        raise result.exception
    assert not (tmp_path / "out").exists()


def test_the_table_is_told_from_the_file_and_needs_its_zone(tmp_path: Path) -> None:
    table = written(
        tmp_path / "table.csv",
        "id,time,callid,queuename,agent,event,data1,data2,data3",
        f"1,2025-11-27 09:00:00,{CALL},support,NONE,ENTERQUEUE,,x,1",
        f"2,2025-11-27 09:00:40,{CALL},support,NONE,ABANDON,1,1,40",
    )
    assert "the option zone" in convert("asterisk", table).stderr
    options = written(tmp_path / "o.toml", 'zone = "UTC"', "[teams]", 'support = "First line"')
    result = convert("asterisk", table, "--options", options, "--set", "zone=Europe/Berlin")
    first = json.loads(result.stdout.splitlines()[0])
    assert (first["time"], first["data"]["team"]) == ("2025-11-27T08:00:00Z", "First line")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("asterisk", "--set", "zone=Mars"), "option zone: .*Europe/Berlin"),
        (("asterisk", "--set", "zona=UTC"), "option zona: there is none; asterisk has .*zone"),
        (("asterisk", "--set", "zone"), "allowed: OPTION=VALUE"),
        (("asterisk", "--options", "/none/such.toml"), "such.toml: No such file"),
        (("asterisk", "--source", "my pbx"), "without spaces"),
        (("uci498", "--set", "zone=UTC"), "uci498 has no options"),
        (("uci498", "second.csv"), "one file at a time"),
    ],
)
def test_a_wrong_option_is_told_with_what_is_allowed(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    log = written(tmp_path / "queue_log", *ANSWERED)
    result = convert(arguments[0], log, *arguments[1:])
    assert isinstance(result.exception, ConfigError)
    with pytest.raises(ConfigError, match=told):
        raise result.exception
