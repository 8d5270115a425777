from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

import pytest

from stream.errors import ConfigError
from stream.files.lines import MAX_LINE_BYTES
from stream.replay.lines import read_lines


def test_lines_come_byte_for_byte_without_breaks_and_blank_ones(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b'{"a": 1} \r\n\n   \n\xff\xfe\nnull\nlast')
    assert list(read_lines([str(file)])) == [b'{"a": 1} ', b"\xff\xfe", b"null", b"last"]


def test_several_files_and_compressed_ones_whatever_their_name(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(gzip.compress(b"a\nb\n"))
    (tmp_path / "two.gz").write_bytes(b"c\n")
    assert list(read_lines([str(tmp_path / "one"), str(tmp_path / "two.gz")])) == [b"a", b"b", b"c"]


@pytest.mark.parametrize("content", [b"a\nb\n", gzip.compress(b"a\nb\n")], ids=["plain", "gzip"])
def test_standard_input(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(content))))
    assert list(read_lines(["-"])) == [b"a", b"b"]


def test_a_line_of_two_megabytes_is_read(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * 2_000_000 + b"\ny\n")
    assert [len(line) for line in read_lines([str(tmp_path / "f")])] == [2_000_000, 1]


def test_the_longest_line_is_read_and_one_byte_more_is_refused_by_place(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"a\n" + b"x" * MAX_LINE_BYTES + b"\r\n" + b"x" * (MAX_LINE_BYTES + 1))
    lines = read_lines([str(tmp_path / "f")])
    assert [len(next(lines)), len(next(lines))] == [1, MAX_LINE_BYTES]
    with pytest.raises(ConfigError, match=r"f, line 3: longer than 4190208 bytes.*remove the line"):
        next(lines)


@pytest.mark.parametrize("content", [gzip.compress(b"a\n" * 1000)[:-20], b"\x1f\x8bnot gzip at all"], ids=["cut", "no"])
def test_a_broken_archive_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f.gz").write_bytes(content)
    with pytest.raises(ConfigError, match=r"cannot read .*f\.gz"):
        list(read_lines([str(tmp_path / "f.gz")]))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*gone: No such file"):
        list(read_lines([str(tmp_path / "gone")]))
