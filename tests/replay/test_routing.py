from __future__ import annotations

import json

import pytest
from aiokafka.partitioner import DefaultPartitioner

from stream.replay.routing import Router


def line(**fields: object) -> bytes:
    return json.dumps({"type": "support.ticket.created", "subject": "T-1", **fields}).encode()


@pytest.mark.parametrize("subject", ["T-1", "0000045", "ä€😀", "x" * 300])
def test_partition_and_key_are_those_of_kafkas_default(subject: str) -> None:
    expected = DefaultPartitioner()(subject.encode(), list(range(7)), [])
    router = Router(7)
    assert router(line(subject=subject)) == ("tickets", expected, subject.encode())
    assert router(line(subject=subject)) == ("tickets", expected, subject.encode())


@pytest.mark.parametrize(
    ("event_type", "logical"),
    [
        ("support.survey.answered", "surveys"),
        ("support.survey.invented", "surveys"),
        ("support.ticket.created", "tickets"),
        ("support.surveyor.created", "tickets"),
        ("support.customer.joined", "tickets"),
        ("sales.order", "tickets"),
    ],
)
def test_the_topic_follows_the_type(event_type: str, logical: str) -> None:
    assert Router(4)(line(type=event_type))[0] == logical


def test_events_of_customers_have_a_topic_where_they_are_counted() -> None:
    assert Router(4, takes_customers=True)(line(type="support.customer.joined"))[0] == "customers"


@pytest.mark.parametrize(
    "unreadable",
    [
        b"not json",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"subject": "T-1"',
        b'{"subject": "\\ud800"}',
        b"[" * 100_000,
        b"{}",
        b'{"subject": ""}',
        b'{"subject": null}',
        b'{"subject": "' + b"s" * 5000 + b'"}',
    ],
)
def test_lines_without_a_readable_subject_take_the_partitions_in_turn(unreadable: bytes) -> None:
    router = Router(3)
    assert [router(unreadable) for _ in range(4)] == [("tickets", n, None) for n in (0, 1, 2, 0)]


def test_a_field_of_the_wrong_type_does_not_hide_the_other() -> None:
    router = Router(1)
    assert router(line(type=7)) == ("tickets", 0, b"T-1")
    assert router(line(type="support.survey.sent", subject=7)) == ("surveys", 0, None)


def test_other_fields_are_never_looked_at() -> None:
    assert Router(1)(line(data={"deep": [1, {"type": "support.survey.sent"}]}, time=5)) == ("tickets", 0, b"T-1")
