"""What the program writes follows the schemas it publishes: facts, metric rows and dead letters."""

from __future__ import annotations

import base64
import hashlib
import json
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from stream.domain.cells import Cell
from stream.domain.facts import Fact, duration_fact
from stream.domain.measures import Measure
from stream.domain.rejections import REASONS, Rejected
from stream.domain.rows import make_row
from stream.domain.rowspec import RowSpec
from stream.domain.segments import THREE, dimensions_named, segment_of
from stream.domain.spikes.alert import Alert, Baseline, alert_id, alert_row
from stream.edge.owners.derived import MAX_CARRIED_BYTES, dead_letter_row
from stream.edge.owners.fact_rows import fact_row
from stream.metrics import ROWS
from stream.schemas.files import load_schema

NINE_US = 1_763_802_000_000_000
SEGMENT = segment_of("email", "billing", "")


def validate(topic: str, row: Any) -> None:
    Draft202012Validator(load_schema(f"{topic}.v1.schema.json")).validate(row)


@pytest.mark.parametrize(
    "name", ["first_response", "full_resolution", "offered/1", "abandoned/12", "answered_within/1", "csat/s 1/2"]
)
def test_fact_rows(name: str) -> None:
    for fact in (duration_fact(Measure("m", ""), NINE_US + 5, SEGMENT, 250_000_000), Fact(NINE_US, SEGMENT, ())):
        value = fact_row("T-1", name, fact)
        assert value is not None
        validate("facts", json.loads(value))


@pytest.mark.parametrize("spec", ROWS, ids=lambda spec: spec.definition)
@pytest.mark.parametrize("by", ["all", "channel", "team", "priority", "channel_team", "channel_team_priority"])
def test_metric_rows_with_and_without_data(spec: RowSpec, by: str) -> None:
    full = {measure.name: Cell() for measure in spec.measures}
    for cell in full.values():
        cell.add(NINE_US if spec.kind == "level" else 4_000_000, 3 if spec.kind == "duration" else -1, 1)
    window, bounds = ("now", None) if spec.kind == "level" else ("5m", (1_763_802_000, 1_763_802_300))
    for cells in ({}, full):
        row = make_row(spec, by, THREE.rolled_up(SEGMENT, by), window, bounds, cells)
        validate("metrics", json.loads(json.dumps(row | {"revision": 1, "watermark": "2025-11-22T09:00:00Z"})))


@pytest.mark.parametrize("names", [("brand",), ("team", "region"), ("channel", "team", "priority", "brand", "b2")])
def test_rows_of_other_dimensions(names: tuple[str, ...]) -> None:
    dimensions = dimensions_named(names)
    segment = segment_of(*(f"a {name}" for name in names))
    value = fact_row("T-1", "first_response", Fact(NINE_US, segment, ()), dimensions)
    assert value is not None
    fact = json.loads(value)
    validate("facts", fact)
    empty = dict.fromkeys(("channel", "team", "priority"), "")
    assert fact["segment"] == empty | {name: f"a {name}" for name in names}
    by = "_".join(names)
    cells = {measure.name: Cell() for measure in ROWS[0].measures}
    row = make_row(ROWS[0], by, dimensions.rolled_up(segment, by), "5m", (1_763_802_000, 1_763_802_300), cells)
    validate("metrics", json.loads(json.dumps(row | {"revision": 1, "watermark": "2025-11-22T09:00:00Z"})))
    assert row["segment"] == {name: f"a {name}" for name in names}


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize(
    "value", [None, b"", b"{}", b"\xff" * (MAX_CARRIED_BYTES + 1)], ids=["null", "empty", "small", "huge"]
)
def test_dead_letter_rows(reason: Any, value: bytes | None) -> None:
    record = SimpleNamespace(topic="t", partition=0, offset=7, timestamp=1_763_802_000_123, key=b"\xff", value=value)
    validate("dead-letter", json.loads(dead_letter_row(Rejected(reason, "a sentence"), record)))


def test_a_dead_letter_carries_the_beginning_and_the_hash_of_what_is_too_large() -> None:
    record = SimpleNamespace(
        topic="t", partition=0, offset=7, timestamp=1_763_802_000_123, key=b"k" * 4097, value=b"0123456789"
    )
    rejected = Rejected("not_json", "a sentence")
    whole, cut, none = (json.loads(dead_letter_row(rejected, record, size)) for size in (10, 9, 0))
    assert base64.b64decode(whole["original_base64"]) == record.value
    assert whole.keys().isdisjoint({"original_beginning_base64", "original_sha256"})
    assert base64.b64decode(cut["original_beginning_base64"]) == b"012345678"
    assert none["original_beginning_base64"] == ""
    for row in (cut, none):
        assert (row["original_base64"], row["original_bytes"]) == (None, 10)
        assert row["original_sha256"] == hashlib.sha256(record.value).hexdigest()
        validate("dead-letter", row)
    assert (whole["key_base64"], whole["key_sha256"]) == (None, hashlib.sha256(record.key).hexdigest())


@pytest.mark.parametrize(("by", "group"), [("all", ""), ("channel", "phone"), ("channel_team", "phone\x1fbilling")])
@pytest.mark.parametrize("resolved_us", [None, NINE_US + 90_000_000])
def test_alert_rows(by: str, group: str, resolved_us: int | None) -> None:
    alert = Alert(
        alert=alert_id(by, group, NINE_US),
        status="firing" if resolved_us is None else "resolved",
        severity="critical",
        by=by,
        segment=group,
        onset_us=NINE_US,
        fired_us=NINE_US + 40_250_000,
        resolved_us=resolved_us,
        abandoned=12,
        count=30,
        value=0.4,
        expected=0.05,
        baseline=Baseline(None, 0.0, 0.05, 220),
        dispersion=1.0,
        probability=0.0,
    )
    validate("alerts", json.loads(json.dumps(alert_row(alert) | {"revision": 1, "watermark": "2025-11-22T09:00:00Z"})))
