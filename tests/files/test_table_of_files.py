"""Every kind of file with every command that reads one: what is said, and that it is said before anything is done."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import stream.broker.embedded
from stream.cli.convert import convert_command
from stream.cli.replay import replay_command
from stream.cli.validate import validate_command
from stream.errors import ConfigError

EVENT = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/desk",
    "type": "support.ticket.created",
    "subject": "T-1",
    "time": "2026-03-02T09:00:00Z",
    "data": {"channel": "phone"},
}
LINES = b"".join(json.dumps(EVENT | {"id": f"e-{number}"}).encode() + b"\n" for number in range(5))
CALLS = b"""\
vru+line,call_id,priority,type,date,vru_entry,vru_exit,q_start,q_exit,outcome,ser_start,ser_exit,server
AA0101,2,0,PS,990805,9:00:05,9:00:10,0:00:00,0:00:00,HANG,0:00:00,0:00:00,NO_SERVER
AA0101,1,0,PS,990805,9:00:00,9:00:20,0:00:00,0:00:00,HANG,0:00:00,0:00:00,NO_SERVER
"""


class KafkaStartedError(Exception):
    """What the file of a replay was good enough for."""


def command_of(name: str) -> tuple[click.Command, Callable[[str, Path], list[str]]]:
    if name == "validate":
        return validate_command, lambda file, _: [file]
    if name == "replay":
        return replay_command, lambda file, folder: [file, "--out", str(folder / "out")]
    return convert_command, lambda file, _: ["anonymousbank", file]


@pytest.fixture(autouse=True)
def _no_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    def start() -> None:
        raise KafkaStartedError

    monkeypatch.setattr(stream.broker.embedded, "EmbeddedKafka", start)


def run(name: str, file: str, folder: Path, given: bytes | None = None) -> Result:
    command, arguments = command_of(name)
    return CliRunner().invoke(command, arguments(file, folder), input=given)


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("events.jsonl", content)
    return file.getvalue()


def tarred(content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("events.jsonl")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def unreadable(content: bytes) -> Sequence[tuple[str, bytes, str]]:
    text = content.decode()
    return [
        ("empty", b"", "it is empty"),
        ("empty_gzip", gzip.compress(b""), "it is empty"),
        ("only_a_mark", b"\xef\xbb\xbf", "it is empty"),
        ("utf16", text.encode("utf-16"), "UTF-16, UTF-8 is expected. Convert it: `iconv -f UTF-16 -t UTF-8"),
        ("utf16_gzip", gzip.compress(text.encode("utf-16")), "this is UTF-16"),
        ("utf16_le", text.encode("utf-16-le"), "this is UTF-16"),
        ("utf16_be", text.encode("utf-16-be"), "this is UTF-16"),
        ("utf16_be_mark", b"\xfe\xff" + text.encode("utf-16-be"), "this is UTF-16"),
        ("utf32", text.encode("utf-32"), "this is UTF-32"),
        ("utf32_le", text.encode("utf-32-le"), "this is UTF-32"),
        ("utf32_be_mark", b"\0\0\xfe\xff" + text.encode("utf-32-be"), "this is UTF-32"),
        ("zip", zipped(content), "zip archive"),
        ("zstd", b"\x28\xb5\x2f\xfd\x04\x00" + bytes(40), "zstd -dc"),
        ("xz", lzma.compress(content), "xz -dc"),
        ("bzip2", bz2.compress(content), "bzip2 -dc"),
        ("empty_bzip2", bz2.compress(b""), "bzip2 -dc"),
        ("tar", tarred(content), "tar -xOf"),
        ("tar_gzip", gzip.compress(tarred(content)), "tar -xOf"),
        ("gzip_twice", gzip.compress(gzip.compress(content)), "gzip twice"),
        ("truncated_gzip", gzip.compress(content)[:-12], "ends in the middle or is damaged"),
        ("only_the_magic", b"\x1f\x8b", "ends in the middle or is damaged"),
        ("damaged_gzip", b"\x1f\x8b\x08" + bytes(7) + b"\xff" * 50, "ends in the middle or is damaged"),
        ("no_gzip_method", b"\x1f\x8bnot gzip at all", "ends in the middle or is damaged"),
        ("rubbish_behind_gzip", gzip.compress(content) + b"rubbish", "ends in the middle or is damaged"),
        ("binary", bytes(range(256)) * 4, "binary"),
        ("html", b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", "HTML or XML"),
        ("xml", b'\n<?xml version="1.0"?>\n<rows/>\n', "HTML or XML"),
        ("carriage_returns", content.replace(b"\n", b"\r"), "carriage return alone"),
    ]


NAMES = ("validate", "replay", "convert")


def content_for(name: str) -> bytes:
    return CALLS if name == "convert" else LINES


@pytest.mark.parametrize("case", [case for case, _, _ in unreadable(LINES)])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("through", ["file", "standard input"])
def test_what_cannot_be_read_is_told_alike_before_anything_is_done(
    case: str, name: str, through: str, tmp_path: Path
) -> None:
    cases = {each: (content, words) for each, content, words in unreadable(content_for(name))}
    content, words = cases[case]
    if through == "file":
        path = tmp_path / "given"
        path.write_bytes(content)
        result = run(name, str(path), tmp_path)
    else:
        result = run(name, "-", tmp_path, content)
    assert isinstance(result.exception, ConfigError), result.output
    told = str(result.exception)
    assert told.startswith(f"cannot read {path if through == 'file' else 'standard input'}: ")
    assert words in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_file_is_told_alike(name: str, tmp_path: Path) -> None:
    for path, words in ((tmp_path / "gone", "No such file or directory."), (tmp_path, "it is a directory.")):
        result = run(name, str(path), tmp_path)
        assert isinstance(result.exception, ConfigError)
        assert str(result.exception).startswith(f"cannot read {path}: {words}")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_may_not_be_read_is_told_alike(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "given").write_bytes(content_for(name))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        result = run(name, str(tmp_path / "given"), tmp_path)
    assert isinstance(result.exception, ConfigError)
    assert str(result.exception) == f"cannot read {tmp_path / 'given'}: Permission denied."


ARRAYS = [
    json.dumps([EVENT, EVENT]).encode(),
    json.dumps([EVENT], indent=2).encode(),
    b"\xef\xbb\xbf" + json.dumps([EVENT], indent=2).encode(),
    b"\n  [\n\n" + json.dumps(EVENT).encode() + b"]",
    b"[]",
    gzip.compress(json.dumps([EVENT]).encode()),
]


@pytest.mark.parametrize("content", ARRAYS)
@pytest.mark.parametrize("name", ["validate", "replay"])
def test_a_json_array_is_named_with_the_way_to_turn_it(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "array.json").write_bytes(content)
    for file, given in ((str(tmp_path / "array.json"), None), ("-", content)):
        result = run(name, file, tmp_path, given)
        assert isinstance(result.exception, ConfigError)
        assert "this is a JSON array, one event a line is expected. Turn it into lines: `jq -c '.[]'" in str(
            result.exception
        )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (json.dumps([EVENT]).encode(), b"is a JSON array"),
        (LINES.decode().encode("utf-16"), b"UTF-16"),
        (LINES.decode().encode("utf-16-le"), b"UTF-16"),
        (LINES.decode().encode("utf-16-be"), b"UTF-16"),
        (b"\0\n\0 " + LINES.decode().encode("utf-16-be"), b"UTF-16"),
        (LINES.decode().encode("utf-32-be"), b"UTF-32"),
        (LINES.replace(b"\n", b"\r"), b"carriage return"),
        (tarred(LINES), b"tar archive"),
        (bz2.compress(LINES), b"bzip2"),
        (gzip.compress(LINES), b"gzip twice"),
    ],
)
def test_what_is_to_be_done_with_a_packed_file_can_be_done(content: bytes, told: bytes, tmp_path: Path) -> None:
    packed = tmp_path / "it's events.gz"
    packed.write_bytes(gzip.compress(content))
    error = run("validate", str(packed), tmp_path, None).exception
    assert told.decode() in str(error)
    command = str(error).split("`")[1]
    if not shutil.which(command.split()[0]):
        pytest.skip(f"{command.split()[0]} is not here")
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True)
    content = gzip.decompress(done.stdout) if done.stdout.startswith(b"\x1f\x8b") else done.stdout
    assert content.strip().startswith(b'{"'), content[:80]


@pytest.mark.parametrize("content", [*ARRAYS[:2], LINES])
def test_convert_tells_json_from_a_table(content: bytes, tmp_path: Path) -> None:
    result = run("convert", "-", tmp_path, content)
    assert isinstance(result.exception, ConfigError)
    assert "this is JSON, a table" in str(result.exception)


READABLE: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "gzip of two members": lambda text: gzip.compress(text[:100]) + gzip.compress(text[100:]),
    "gzip with padding": lambda text: gzip.compress(text) + bytes(512),
    "a mark of UTF-8": lambda text: b"\xef\xbb\xbf" + text,
    "a mark of UTF-8 in gzip": lambda text: gzip.compress(b"\xef\xbb\xbf" + text),
    "carriage returns and line feeds": lambda text: text.replace(b"\n", b"\r\n"),
    "no last line feed": lambda text: text.rstrip(),
    "blank lines before": lambda text: b"\n\n" + text,
}


@pytest.mark.parametrize("case", READABLE)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("through", ["given.gz", "given.csv", "-"])
def test_what_can_be_read_is_read_alike_whatever_its_name(case: str, name: str, through: str, tmp_path: Path) -> None:
    content = READABLE[case](content_for(name))
    if through != "-":
        (tmp_path / through).write_bytes(content)
        result = run(name, str(tmp_path / through), tmp_path)
    else:
        result = run(name, "-", tmp_path, content)
    if name == "replay":
        assert isinstance(result.exception, KafkaStartedError), result.exception
    else:
        assert result.exit_code == 0, (result.exception, result.output)
        expected = "5 valid, 0 refused, 0 skipped" if name == "validate" else "4 events written"
        assert expected in result.stderr


@pytest.mark.parametrize("name", ["validate", "replay"])
def test_one_event_spread_over_lines_is_read(name: str, tmp_path: Path) -> None:
    one = json.dumps(EVENT, indent=2).encode()
    result = run(name, "-", tmp_path, one)
    assert isinstance(result.exception, KafkaStartedError) if name == "replay" else "1 valid" in result.stderr


def test_standard_input_can_be_given_once(tmp_path: Path) -> None:
    result = CliRunner().invoke(validate_command, ["-", "-"], input=LINES)
    assert isinstance(result.exception, ConfigError)
    assert "standard input (-) is given more than once" in str(result.exception)


@pytest.mark.parametrize("name", ["validate", "replay"])
def test_a_bad_file_behind_good_ones_is_told_first(name: str, tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(b'{"type": "support.ticket.status"}\n')
    (tmp_path / "array").write_bytes(ARRAYS[0])
    command, _ = command_of(name)
    files = [str(tmp_path / "good"), str(tmp_path / "array")]
    result = CliRunner().invoke(command, [*files, *(["--out", str(tmp_path / "out")] if name == "replay" else [])])
    assert isinstance(result.exception, ConfigError)
    assert result.stdout == ""
