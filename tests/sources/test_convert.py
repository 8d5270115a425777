"""`deskpulse convert`: file in, JSON Lines out."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from stream.cli.convert import convert_command
from stream.errors import ConfigError
from stream.sources.table import read_rows

CALLS = """\
vru+line,call_id,priority,type,date,vru_entry,vru_exit,q_start,q_exit,outcome,ser_start,ser_exit,server
AA0101,2,0,PS,990805,9:00:05,9:00:10,0:00:00,0:00:00,HANG,0:00:00,0:00:00,NO_SERVER
AA0101,1,0,PS,990805,9:00:00,9:00:20,0:00:00,0:00:00,HANG,0:00:00,0:00:00,NO_SERVER
"""


def lines_of(text: str) -> list[str]:
    return [json.loads(line)["id"] for line in text.splitlines()]


def test_events_come_out_in_the_order_they_happened(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(CALLS)
    result = CliRunner().invoke(convert_command, ["anonymousbank", str(tmp_path / "calls.csv")])
    assert result.exit_code == 0, result.output
    assert lines_of(result.stdout) == [
        "990805-AA0101-1-created",
        "990805-AA0101-2-created",
        "990805-AA0101-2-ended",
        "990805-AA0101-1-ended",
    ]
    assert "4 events written to standard output" in result.stderr


def test_the_files_order_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(CALLS)
    result = CliRunner().invoke(convert_command, ["anonymousbank", str(tmp_path / "calls.csv"), "--file-order"])
    assert lines_of(result.stdout)[0] == "990805-AA0101-2-created"


def test_compressed_in_and_out_give_the_same_events_and_the_same_bytes_again(tmp_path: Path) -> None:
    (tmp_path / "calls.csv.gz").write_bytes(gzip.compress(CALLS.encode()))
    outputs = []
    for name in ("one.jsonl.gz", "two.jsonl.gz"):
        out = tmp_path / name
        result = CliRunner().invoke(
            convert_command, ["anonymousbank", str(tmp_path / "calls.csv.gz"), "--out", str(out)]
        )
        assert result.exit_code == 0, result.output
        outputs.append(out.read_bytes())
    assert outputs[0] == outputs[1]
    assert outputs[0][4:8] == bytes(4)  # no time of making in the header
    assert len(lines_of(gzip.decompress(outputs[0]).decode())) == 4


def test_a_failed_conversion_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(CALLS.replace("9:00:20", "later"))
    result = CliRunner().invoke(
        convert_command,
        ["anonymousbank", str(tmp_path / "calls.csv"), "--out", str(tmp_path / "out.jsonl"), "--file-order"],
    )
    assert isinstance(result.exception, ConfigError)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calls.csv"]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError, match=r"calls\.csv has no column c, d\. .*must name at least: a, c, d"):
        list(read_rows(path, ("a", "c", "d")))


def test_a_short_row_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("a,b\n1,2\n3\n")
    with pytest.raises(ConfigError, match=r"calls\.csv, line 3: fewer cells"):
        list(read_rows(path, ("a", "b")))


def test_a_cut_off_compressed_file_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv.gz"
    path.write_bytes(gzip.compress(CALLS.encode())[:-20])
    with pytest.raises(ConfigError, match="ends in the middle or is damaged"):
        list(read_rows(path, ("call_id",)))


def test_a_file_that_is_not_text_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(b"call_id\n\xff\xfe\n")
    with pytest.raises(ConfigError, match="not UTF-8 text at byte 8"):
        list(read_rows(path, ("call_id",)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n1,2\n3,4,5\n", r"line 3: more cells \(3\) than the first line names \(2\)"),
        ("a,b\n1,2,\n", "line 2: more cells"),
        ("a,b\n1\n", "line 2: fewer cells"),
        ("a,b\n1,5,2\n", "line 2: .* such as a decimal comma"),
        ('a,b\n"x\ny",2\n3\n', "line 4: fewer cells"),
        ('a,b\n1,2\n"3,4\n5,6\n', "line 3: a quote is opened here and not closed"),
        ('a,b\n1,2\n"3,4\n' + "5,6\n" * 100_000, "line 3: a quote is opened here and not closed"),
        ('a,b\n1,"2"x\n', "line 2: no row of comma-separated cells"),
        ("a,b\n1,2\n\x003,4\n", r"line 3: holds a NUL \(byte 1\)"),
        ("a;b\n1;2\n", "divided by semicolons, commas are expected"),
        ("sep=;\na;b\n1;2\n", "divided by semicolons, commas are expected"),
        ("a\tb\n1\t2\n", "divided by tabs, commas are expected"),
        ("a|b\n", "divided by vertical bars, commas are expected"),
        ("a\n1\n", "has no column b"),
        ("\n\n", "has no column a, b"),
        ("a,b,a\n1,2,3\n", "line 1: names a more than once"),
        ("\na,b,\n1,2,3\n", "line 2: column 3 has no name"),
        ("a,b\n1," + "x" * 200_000 + "\n", "line 2: a quote is opened here and not closed"),
        ("a,b\n1," + "x" * 5_000_000 + "\n", "line 2: longer than 4190208 bytes"),
    ],
)
def test_a_table_that_is_none_is_told_by_line(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_bytes(text.encode())
    with pytest.raises(ConfigError, match=rf"calls\.csv.*{told}"):
        list(read_rows(tmp_path / "calls.csv", ("a", "b")))


def test_rows_may_have_blank_lines_between_and_line_feeds_within(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_bytes(b'\r\nb,a\r\n"x\r\ny",2\r\n\r\n"3 ""z""",4')
    rows = list(read_rows(tmp_path / "calls.csv", ("a", "b")))
    assert rows == [{"b": "x\r\ny", "a": "2"}, {"b": '3 "z"', "a": "4"}]
