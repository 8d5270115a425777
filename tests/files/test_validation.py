from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stream.contract.decoder import Decoder
from stream.domain.labels import clean_label
from stream.domain.limits import Limits
from stream.errors import ConfigError
from stream.files.validation import Finding, Summary, validate_file
from stream.schemas.files import schema_root

LATEST_US = 1_763_802_600_000_000
GOOD = (schema_root() / "examples" / "tickets" / "1" / "valid" / "created-smallest.json").read_bytes()
GOOD_LINE = json.dumps(json.loads(GOOD)).encode() + b"\n"


def check(path: Path | str, *, max_event_bytes: int = 1_048_576, **options: Any) -> tuple[list[Finding], Summary]:
    summary = Summary()
    limits = Limits(max_event_bytes=max_event_bytes)
    findings = validate_file(
        path,
        summary,
        decoder=Decoder(limits),
        latest_us=LATEST_US,
        max_event_bytes=max_event_bytes,
        **options,
    )
    return list(findings), summary


def written(folder: Path, content: bytes, name: str = "events.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_findings_carry_line_reason_and_detail(tmp_path: Path) -> None:
    content = GOOD_LINE + b"\r\n\n" + b'{"type": "support.ticket.status"}\r\n' + b'{"type": "acme.order"}\n' + GOOD_LINE
    findings, summary = check(written(tmp_path, content))
    assert findings == [
        Finding(4, "missing_field", "specversion is missing"),
        Finding(5, "unknown_type", 'type "acme.order" is not known here: the event is skipped', is_warning=True),
    ]
    assert summary.events_by_type == {"support.ticket.created": 2}
    assert (summary.valid_total, summary.rejected_total, summary.skipped_total) == (2, 1, 1)


def named(**names: str) -> bytes:
    event = json.loads(GOOD)
    return json.dumps(event | {"data": event["data"] | names}).encode() + b"\n"


def test_names_that_are_shortened_are_told_once_each_and_counted(tmp_path: Path) -> None:
    long = "Customer Support Region Europe Middle East and Africa Tier 2 Team "
    content = named(team=long + "A") + named(team="sales@acme.example", priority="p@b") + GOOD_LINE
    findings, summary = check(written(tmp_path, content * 3 + named(channel=long + "A") + named(team=long + "B")))
    assert [(finding.line, finding.reason, finding.detail.partition(":")[0]) for finding in findings] == [
        (1, "label_cut", "data.team has 67 characters, above 64"),
        (2, "label_redacted", "data.team holds an e-mail address"),
        (2, "label_redacted", "data.priority holds an e-mail address"),
        (11, "label_cut", "data.team has 67 characters, above 64"),
    ]
    assert all(finding.is_warning for finding in findings)
    assert not any("@" in finding.detail for finding in findings)
    assert findings[0].detail.endswith(f'it counts as "{clean_label(long + "A")}"')
    assert summary.shortened_by_kind == {"cut": 5, "redacted": 6}
    assert (summary.valid_total, summary.rejected_total) == (11, 0)


def test_shortened_names_that_are_told_are_bounded(tmp_path: Path) -> None:
    findings, summary = check(
        written(tmp_path, b"".join(named(team=f"{number}@acme.example") for number in range(1500)))
    )
    assert len(findings) <= 1000
    assert summary.shortened_by_kind == {"redacted": 1500}


def test_last_line_needs_no_line_break(tmp_path: Path) -> None:
    assert check(written(tmp_path, GOOD_LINE + GOOD_LINE.strip()))[1].valid_total == 2


def test_compressed_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    for name in ("events.jsonl.gz", "events"):
        assert check(written(tmp_path, gzip.compress(GOOD_LINE * 3), name))[1].valid_total == 3


@pytest.mark.parametrize("name", ["event.json", "event.json.gz"])
def test_a_file_may_be_one_event_over_several_lines_and_is_no_array(tmp_path: Path, name: str) -> None:
    pack = gzip.compress if name.endswith(".gz") else bytes
    assert check(written(tmp_path, pack(GOOD), name))[1].valid_total == 1
    assert check(written(tmp_path, pack(GOOD_LINE * 2), name))[1].valid_total == 2
    assert check(written(tmp_path, pack(b"{"), name))[0][0].reason == "not_json"
    with pytest.raises(ConfigError, match="this is a JSON array, one event a line is expected"):
        check(written(tmp_path, pack(b"[" + GOOD + b", {}]"), name))


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(GOOD_LINE * 2)))
    assert check("-")[1].valid_total == 2


@pytest.mark.parametrize("length", [0, 1, 2, 3, 300, 3_000_000])
def test_line_beyond_the_limit_is_one_finding_and_the_next_line_is_read(tmp_path: Path, length: int) -> None:
    limit = len(GOOD_LINE) - 1
    long = GOOD_LINE.strip() + b" " * length
    findings, summary = check(written(tmp_path, long + b"\r\n" + GOOD_LINE), max_event_bytes=limit)
    assert [(finding.line, finding.reason) for finding in findings] == ([(1, "too_large")] if length else [])
    assert summary.valid_total == (1 if length else 2)


def test_progress_ends_at_the_size_on_disk(tmp_path: Path) -> None:
    for content in (GOOD_LINE * 50, gzip.compress(GOOD_LINE * 50)):
        positions: list[int] = []
        path = written(tmp_path, content)
        check(path, advance=positions.append)
        assert positions == sorted(positions)
        assert positions[-1] == path.stat().st_size


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    cut = written(tmp_path, gzip.compress(GOOD_LINE * 100)[:-20], "cut.gz")
    broken = written(tmp_path, b"\x1f\x8b\x08" + b"\x00" * 7 + b"\xff" * 50, "broken.gz")
    for path in (tmp_path / "missing", tmp_path, cut, broken):
        with pytest.raises(ConfigError, match=f"cannot read {path}"):
            check(path)
