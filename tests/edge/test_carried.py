"""What a dead letter carries where nobody's id as a customer may get into it."""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

import orjson
import pytest

from stream.domain.rejections import Reason, Rejected
from stream.edge.owners.derived import dead_letter_row
from stream.rules import hides_customers
from stream.settings import Settings
from tests.schemas.test_written_rows import validate

PLANTED = "planted-4711"
TICKET = b'{"type":"support.ticket.created","subject":"T-1","data":{"channel":"x","customer_id":%s}}'


class Record(NamedTuple):
    value: bytes | None
    key: bytes | None = b"T-1"
    topic: str = "support.tickets.v1"
    headers: tuple[tuple[str, bytes | None], ...] = ()
    partition: int = 0
    offset: int = 7
    timestamp: int = 1_763_802_000_123


def letter(record: Record, reason: Reason = "invalid_value", size: int = 1000) -> dict[str, Any]:
    row: dict[str, Any] = orjson.loads(dead_letter_row(Rejected(reason, "why"), record, size, "support.customers.v1"))
    validate("dead-letter", row)
    texts = [base64.b64decode(row[name]) for name in row if name.endswith("_base64") and row[name] is not None]
    assert not [text for text in texts if PLANTED.encode() in text]
    return row


@pytest.mark.parametrize(
    "given", [b'"planted-4711"', b"4711", b'"planted-4711\\" x"', b'"planted-4711\\u00e9"', b"true", b"1e5"]
)
def test_the_id_is_taken_out_of_the_event_of_a_ticket_and_all_else_is_there(given: bytes) -> None:
    row = letter(Record(TICKET % given))
    assert base64.b64decode(row["original_base64"]) == TICKET % b"null"
    assert base64.b64decode(row["key_base64"]) == b"T-1"
    assert (row["original_bytes"], len(row["original_sha256"])) == (len(TICKET % given), 64)


def test_what_names_no_customer_is_carried_as_it_is() -> None:
    value = b'{"subject":"T-1","data":{"channel":7}}'
    row = letter(Record(value))
    assert (base64.b64decode(row["original_base64"]), row.get("original_sha256")) == (value, None)


@pytest.mark.parametrize(
    "record",
    [
        Record(b'{"type":"support.customer.joined","subject":"planted-4711"}', b"planted-4711", "support.customers.v1"),
        # In the wrong topic, and with its attributes as headers.
        Record(b'{"type":"support.customer.joined","subject":"planted-4711"}', b"planted-4711"),
        Record(b'{"into":"planted-4711"}', b"planted-4711", headers=(("ce_type", b"support.customer.merged"),)),
        # Where an id stands in it, nobody can say.
        Record(TICKET[:-1] % b'"planted-4711"'),
        Record(b"customer=planted-4711"),
        Record(b'["planted-4711"]'),
        Record(TICKET.replace(b"customer_id", b"customer\\u005fid") % b'"planted-4711"'),
        Record(TICKET % b'{"id":"planted-4711"}'),
        Record(TICKET % b'["planted-4711"]'),
        Record(TICKET % b'"planted-4711"' + b" " * 1000),
        Record(TICKET.replace(b"{", b'{"a":[1,{"customer_id":{"b":"planted-4711"}}],', 1) % b"null"),
        Record(None, b"planted-4711", "support.customers.v1"),
    ],
)
def test_what_cannot_be_told_apart_stays_in_its_topic(record: Record) -> None:
    row = letter(record)
    assert (row["key_base64"], row["original_base64"], row.get("original_beginning_base64")) == (None, None, None)
    assert (row["topic"], row["offset"]) == (record.topic, 7)


def test_a_key_that_is_not_the_subject_may_be_anybodys() -> None:
    row = letter(Record(TICKET % b'"planted-4711"', b"planted-4711"), "key_mismatch")
    assert row["key_base64"] is None
    assert row["original_base64"] is not None


def test_masking_makes_no_letter_larger_than_it_may_be() -> None:
    value = b'{"a":[' + b",".join([b'{"customer_id":1}'] * 50) + b"]}"
    row = letter(Record(value), size=len(value))
    assert (row["original_base64"], row.get("original_beginning_base64")) == (None, None)


@pytest.mark.parametrize(
    ("settings", "hides"),
    [
        ({}, False),
        ({"customers": {"enabled": True}}, True),
        ({"privacy": {"customers": "drop"}}, True),
        ({"privacy": {"customers": "hash", "key": "k" * 16}}, True),
    ],
)
def test_it_is_so_where_ids_may_be_forgotten_or_are_not_kept(settings: dict[str, Any], hides: bool) -> None:
    assert hides_customers(Settings.model_validate(settings)) is hides
