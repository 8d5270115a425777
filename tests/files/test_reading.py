from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path
from random import Random

import pytest

from stream.errors import ConfigError
from stream.files.formats import is_spread, not_lines_of_json, unreadable
from stream.files.lines import Line, events_of, look_at_events
from stream.files.opening import HEAD_BYTES, Input


def written(folder: Path, content: bytes) -> Path:
    (folder / "events").write_bytes(content)
    return folder / "events"


def test_lines_carry_their_number_and_blank_ones_are_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, b'{"a": 1} \r\n\n   \n\xff\xfe\nnull\nlast')
    assert [line[:2] for line in events_of(path)] == [(1, b'{"a": 1} '), (4, b"\xff\xfe"), (5, b"null"), (6, b"last")]


@pytest.mark.parametrize("beyond", [-1, 0, 1, 2, 3, 5_000_000])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b""])
def test_a_long_line_is_cut_and_the_next_is_read(beyond: int, ending: bytes, tmp_path: Path) -> None:
    long = b"x" * (20 + beyond)
    found = list(events_of(written(tmp_path, b"a\n" + long + (ending + b"b" if ending else b"")), 20))
    assert found[0] == Line(1, b"a", True)
    assert (found[1].number, found[1].is_whole) == (2, beyond <= 0)
    assert len(found[1].content) <= 23
    assert found[2:] == ([Line(3, b"b", True)] if ending else [])


def test_a_file_is_the_same_after_it_was_looked_at(tmp_path: Path) -> None:
    lines = [f'{{"number": {number}}}'.encode() for number in range(20_000)]
    content = b"\n".join(lines)
    assert len(content) > HEAD_BYTES
    for packed in (content, gzip.compress(content)):
        file = Input(written(tmp_path, packed))
        look_at_events([file])
        assert [line.content for line in events_of(file)] == lines
        assert [line.content for line in events_of(file)] == lines


def test_a_pipe_is_read_once_and_whole(tmp_path: Path) -> None:
    """Such as the shell gives for ``<(command)``: it cannot be opened twice, nor its position be set."""
    pipe, lines = tmp_path / "pipe", [b"%d" % number for number in range(50_000)]
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(gzip.compress(b"\n".join(lines))))
    writer.start()
    file = Input(pipe)
    look_at_events([file])
    assert [line.content for line in events_of(file)] == lines
    writer.join()


def test_damage_further_on_names_the_line(tmp_path: Path) -> None:
    random = Random(1)
    lines = [json.dumps({"id": random.getrandbits(64)}).encode() for _ in range(20_000)]
    packed = gzip.compress(b"\n".join(lines))
    file = Input(written(tmp_path, packed[:-1000]))
    look_at_events([file])
    read: list[bytes] = []
    with pytest.raises(ConfigError, match=r"ends in the middle or is damaged, at line \d+ ") as told:
        read.extend(line.content for line in events_of(file))
    assert read == lines[: len(read)]
    assert f"at line {len(read) + 1} " in str(told.value)
    assert len(read) > 15_000


def test_objects_spread_over_lines_are_told_and_one_alone_is_an_event(tmp_path: Path) -> None:
    one = json.dumps({"id": "a", "data": {"channel": "phone"}}, indent=4).encode()
    for text in (one, b"\n" + one + b"\n", one.replace(b"\n", b"\r\n")):
        (line,) = events_of(written(tmp_path, text))
        assert json.loads(line.content) == json.loads(one)
    for text in (one + b"\n" + one, one[:-10]):
        with pytest.raises(ConfigError, match=r"JSON spread over several lines.*`jq -c \. "):
            list(events_of(written(tmp_path, text)))


@pytest.mark.parametrize(
    "first", [b"{", b"{\n\nnull", b'{"a":\n"b"}', b"null", b'["a"]', b"[1]", b"\x00\x01\x02", b"x"]
)
def test_a_bad_first_line_is_a_bad_event_and_not_a_bad_file(first: bytes) -> None:
    head = first + b'\n{"specversion": "1.0"}\n'
    assert unreadable(head, "f") is None
    assert not_lines_of_json(head, "f") is None
    assert not is_spread(head)


def test_text_of_all_kinds_is_text() -> None:
    for text in ("BZh is a word", "Wörter, 漢字, 한국어", "tab\tand\fform feed", "PK", "a\x1b[31mred\x1b[0m", "[", " "):
        assert unreadable(text.encode(), "f") is None
