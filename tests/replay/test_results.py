from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from stream.domain.facts import Fact
from stream.domain.segments import segment_of
from stream.edge.owners.fact_rows import fact_row
from stream.errors import ConfigError
from stream.replay.compare import compare_metrics
from stream.replay.results import alert_rows, write_rows
from stream.settings import Settings
from tests.domain.spikes.traffic import START, contacts

ROW = (
    b'{"metric":"csat","definition":"csat_mean@1","by":"team","segment":{"team":"a/b"},"window":"total",'
    b'"window_start":null,"window_end":null,"count":%d,"sum":%s,"mean":2.0'
)


def row(
    count: int = 2, total: bytes = b"4.0", end: bytes = b',"revision":3,"watermark":"2026-01-01T00:00:00Z"}'
) -> bytes:
    return ROW % (count, total) + end


def files(tmp_path: Path, one: list[bytes], other: list[bytes]) -> tuple[Path, Path]:
    for name, rows in (("one", one), ("other", other)):
        (tmp_path / name).write_bytes(b"".join(line + b"\n" for line in rows))
    return tmp_path / "one", tmp_path / "other"


def test_values_are_written_as_they_are_in_the_order_of_their_keys(tmp_path: Path) -> None:
    write_rows(tmp_path / "f", {b"b": b'{"x": 1}', b"a|2": b"\xff", b"a|1": b"{}"})
    assert (tmp_path / "f").read_bytes() == b'{}\n\xff\n{"x": 1}\n'


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot write .*gone"):
        write_rows(tmp_path / "gone" / "f", {})


def test_revision_and_watermark_may_differ(tmp_path: Path) -> None:
    end = b',"revision":12,"watermark":"2026-02-01T00:00:00Z"}'
    assert compare_metrics(*files(tmp_path, [row()], [row(end=end)])) == []


def test_a_number_that_differs_is_told_with_both_values(tmp_path: Path) -> None:
    assert compare_metrics(*files(tmp_path, [row()], [row(count=3)])) == [
        "csat|csat_mean@1|team|a/b|total: count 2 and 3"
    ]


def test_the_same_number_written_otherwise_differs_too(tmp_path: Path) -> None:
    assert compare_metrics(*files(tmp_path, [row()], [row(total=b"4.00")])) == [
        "csat|csat_mean@1|team|a/b|total: written differently"
    ]


def test_a_row_that_is_missing_is_told(tmp_path: Path) -> None:
    one, other = files(tmp_path, [row()], [])
    assert compare_metrics(one, other) == [f"csat|csat_mean@1|team|a/b|total: only in {one}"]
    assert compare_metrics(other, one) == [f"csat|csat_mean@1|team|a/b|total: only in {one}"]


@pytest.mark.parametrize("content", [b"not json\n", b'{"metric":"csat"}\n', b"[]\n"])
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "one").write_bytes(content)
    with pytest.raises(ConfigError, match="does not hold metric rows"):
        compare_metrics(tmp_path / "one", tmp_path / "one")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*Give the --out of another replay"):
        compare_metrics(tmp_path / "one", tmp_path / "one")


def test_spikes_are_found_in_the_facts_whatever_their_order() -> None:
    phone = segment_of("phone", "billing", "")
    noon = START + 43_200
    ended = [*contacts(noon - 10_800, 10_800, 10, 0.05, phone), *contacts(noon, 300, 3, 0.6, phone)]
    facts = [fact_row("T-1", "first_response", Fact(noon * 1_000_000, phone, (), 3.0)) or b""]
    for number, (time_us, segment, gave_up) in enumerate(ended):
        for name in ("offered", "abandoned" if gave_up else "answered", "answered_within"):
            facts.append(fact_row(f"T-{number}", f"{name}/1", Fact(time_us, segment, ())) or b"")
    Random(2).shuffle(facts)
    rows = alert_rows(Settings(), facts)
    assert rows == alert_rows(Settings(), reversed(facts))
    assert list(rows) == sorted(rows)
    assert {json.loads(row)["by"] for row in rows.values()} == {"all", "channel", "team"}
    assert all(json.loads(row)["abandoned"] > 20 for row in rows.values())
    assert alert_rows(Settings(), facts[:50]) == {}
