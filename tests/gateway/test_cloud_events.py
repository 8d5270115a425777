"""Our own contract over HTTP: all three modes give the events that Kafka's would, and no field that nobody knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.decoder import Decoder
from stream.domain.limits import Limits
from stream.domain.rejections import Rejected
from stream.gateway.bodies import UnreadableError
from stream.gateway.cloud_events import BATCH, ONE, CloudEventsReader
from stream.gateway.taken import Taken
from stream.schemas.files import schema_root

LATEST_US = 4_000_000_000_000_000
EXAMPLES = sorted((schema_root() / "examples").glob("[st][ui]*/1/valid/*.json"))
"""Of tickets and surveys."""
BAD_EXAMPLES = sorted((schema_root() / "examples").glob("[st][ui]*/1/invalid/*.json"))
EVENT: dict[str, Any] = json.loads((schema_root() / "examples/tickets/1/valid/created-smallest.json").read_bytes())
DECODER = Decoder(Limits())


def read(body: bytes, content_type: str = ONE, **headers: str) -> Taken:
    given = {"content-type": content_type, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return CloudEventsReader(DECODER).read(given, body, LATEST_US)


def in_binary_mode(event: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    headers = {f"ce_{name}": quote(str(value)) for name, value in event.items() if name != "data" and value is not None}
    return json.dumps(event["data"]).encode() if event.get("data") is not None else b"", headers


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parts[-4]}-{path.stem}")
def test_every_mode_gives_the_event_that_kafka_would(path: Path) -> None:
    value = path.read_bytes()
    event = json.loads(value)
    expected = DECODER.decode(value, None, (), LATEST_US)
    data, headers = in_binary_mode(event)
    ways = {
        "one": read(value),
        "plain JSON": read(value, "application/json; charset=utf-8"),
        "batch": read(b"[" + value + b"]", BATCH),
        "plain batch": read(b" [" + value + b"]", "application/json"),
        "binary": read(data, "application/json", **headers),
    }
    assert isinstance(expected, tuple), expected
    for way, taken in ways.items():
        (record,) = taken.records
        assert DECODER.decode(record.value, record.key, (), LATEST_US) == expected, way
        assert record.key == event["subject"].encode()
        assert record.topic == path.parts[-4]
        assert (taken.status, taken.told) == (0, {"written": 1})


def test_events_of_customers_are_taken_where_they_are_counted_and_passed_over_elsewhere() -> None:
    event = (schema_root() / "examples/customers/1/valid/purchase.json").read_bytes()
    passed = CloudEventsReader(DECODER).read({"content-type": ONE}, event, LATEST_US)
    assert (passed.records, passed.passed, passed.status) == ((), ("support.customer.purchase",), 0)
    (record,) = CloudEventsReader(DECODER, takes_customers=True).read({"content-type": ONE}, event, LATEST_US).records
    assert (record.topic, record.key) == ("customers", b"c-911")


def test_there_are_examples_of_both() -> None:
    assert {path.parts[-4] for path in EXAMPLES} == {"tickets", "surveys"}
    assert len(EXAMPLES) > 20
    assert len(BAD_EXAMPLES) > 20


@pytest.mark.parametrize("path", BAD_EXAMPLES, ids=lambda path: f"{path.parts[-4]}-{path.stem}")
def test_what_the_contract_refuses_is_a_letter_and_told_to_who_sent_it(path: Path) -> None:
    value = path.read_bytes()
    expected = DECODER.decode(value, None, (), LATEST_US)
    taken = read(value)
    assert taken.records == ()
    if isinstance(expected, Rejected):
        (letter,) = taken.letters
        assert (letter.reason, letter.record) == (expected.reason, "event 0")
        assert taken.status == 422
        assert taken.told == {
            "written": 0,
            "refused": [{"event": 0, "reason": expected.reason, "detail": letter.detail}],
        }


def test_of_a_batch_the_good_ones_are_written() -> None:
    other = {**EVENT, "id": "other", "type": "support.ticket.reticulated"}
    bad = {**EVENT, "id": "bad", "time": "yesterday"}
    taken = read(json.dumps([EVENT, bad, other, {**EVENT, "id": "again"}]).encode(), BATCH)
    assert [json.loads(record.value)["id"] for record in taken.records] == [EVENT["id"], "again"]
    assert [letter.record for letter in taken.letters] == ["event 1"]
    assert taken.passed == ("support.ticket.reticulated",)
    assert taken.told is not None
    assert taken.told["passed_over"] == {"support.ticket.reticulated": 1}
    assert (taken.told["written"], taken.status) == (2, 422)


def test_fields_that_nobody_knows_stay_outside() -> None:
    planted = ["Mrs Smith", "smith@example.org", "+44 20 7946"]
    event = {
        **EVENT,
        "comment": planted[0],
        "data": {**EVENT["data"], "body": planted[1], "customer": {"phone": planted[2]}},
    }
    for taken in (read(json.dumps(event).encode()), read(*_binary(event, "application/json"))):
        (record,) = taken.records
        assert not [text for text in planted if text.encode() in record.value]
        assert json.loads(record.value) == {name: value for name, value in EVENT.items() if name != "comment"}


def _binary(event: dict[str, Any], content_type: str) -> tuple[bytes, str]:
    return json.dumps(event).encode(), content_type


def test_what_is_kept_are_the_senders_own_bytes() -> None:
    value = json.dumps(EVENT).replace('"phone"', '"\\u0070hone"').encode()
    assert read(value).records == read(value).records
    score = (
        b'{"specversion":"1.0","id":"1","source":"/s","type":"support.survey.answered","subject":"T","time":'
        b'"2025-01-01T00:00:00Z","data":{"survey_id":"9","kind":"csat","score":5.0,"scale_min":1,"scale_max":5}}'
    )
    (record,) = read(score).records
    assert b'"score":5.0' in record.value
    assert record.topic == "surveys"


@pytest.mark.parametrize(
    ("body", "content_type", "headers"),
    [
        (b"{}", "text/plain", {}),
        (b"{}", "", {}),
        (b"{}", "application/cloudevents+avro", {}),
        (b"{", BATCH, {}),
        (b"{}", BATCH, {}),
        (b"a=1", "application/x-www-form-urlencoded", {}),
        (b"<a/>", "text/xml", {"ce_id": "1"}),
    ],
)
def test_what_could_be_no_event_is_unreadable(body: bytes, content_type: str, headers: dict[str, str]) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(body, content_type, **headers)
    assert len(str(caught.value)) > 10


def test_an_empty_batch_is_nothing() -> None:
    assert read(b"[]", BATCH) == Taken(told={"written": 0})


@given(st.binary(max_size=200), st.sampled_from([ONE, BATCH, "application/json"]))
def test_nothing_that_is_sent_makes_it_fail(body: bytes, content_type: str) -> None:
    for headers in ({}, {"ce_type": "support.ticket.created", "ce_id": "%ff"}):
        try:
            taken = read(body, content_type, **headers)
        except UnreadableError:
            continue
        assert taken.records == ()


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"data":' * 50_000, b'{"data":{"a":' + b"[" * 100_000, b"[1, 2"])
def test_deep_and_cut_documents_are_refused(body: bytes) -> None:
    for content_type in (ONE, BATCH, "application/json"):
        try:
            taken = read(body, content_type)
        except UnreadableError:
            continue
        assert taken.letters


def test_future_events_are_refused_by_the_moment_that_is_given() -> None:
    value = json.dumps({**EVENT, "time": "2030-01-01T00:00:00Z"}).encode()
    taken = CloudEventsReader(DECODER).read({"content-type": ONE}, value, 1_800_000_000_000_000)
    assert [letter.reason for letter in taken.letters] == ["future_time"]
