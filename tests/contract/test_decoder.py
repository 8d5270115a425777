from __future__ import annotations

import json
from typing import Any

import pytest

from stream.contract.decoder import Decoder
from stream.contract.wire import DATA_OF_TYPE
from stream.domain import customer_events as customers
from stream.domain import events
from stream.domain.labels import clean_label
from stream.domain.limits import Limits
from stream.domain.rejections import Rejected, Skipped
from tests.contract.envelopes import LATEST_US, NINE_US, UID, created, decode, decode_binary, envelope

EVENTS: list[tuple[str, Any, events.Event]] = [
    (
        "ticket.created",
        {"channel": " e  mail", "team": "billing", "priority": "high", "opened_by": "agent", "customer_id": 5},
        events.TicketCreated(NINE_US, "", UID, "e mail", "billing", "high", True, customer="5"),
    ),
    ("ticket.created", {"channel": "chat"}, events.TicketCreated(NINE_US, "", UID, "chat", "", "", False)),
    ("ticket.updated", {"team": "tier-2"}, events.TicketUpdated(NINE_US, "", UID, "", "tier-2", "")),
    ("ticket.updated", None, events.TicketUpdated(NINE_US, "", UID)),
    (
        "ticket.message",
        {"author": "bot", "public": False, "automated": True, "sentiment": -1},
        events.Message(NINE_US, "", UID, "bot", False, True, -1.0),
    ),
    ("ticket.message", {"author": "agent", "public": True}, events.Message(NINE_US, "", UID, "agent", True)),
    ("ticket.status", {"status": "on_hold"}, events.StatusChanged(NINE_US, "", UID, "on_hold")),
    ("ticket.queued", {"team": "phone"}, events.Queued(NINE_US, "", UID, "phone")),
    ("ticket.answered", {"agent_id": "a-1"}, events.Answered(NINE_US, "", UID)),
    ("ticket.abandoned", None, events.Abandoned(NINE_US, "", UID)),
    ("ticket.left_queue", {"reason": "callback"}, events.LeftQueue(NINE_US, "", UID, "callback")),
    ("ticket.ended", {"hold_seconds": 3}, events.Ended(NINE_US, "", UID, None, 3.0)),
    ("ticket.handed_off", {}, events.HandedOff(NINE_US, "", UID)),
    ("ticket.merged", {"into": "T-2"}, events.Merged(NINE_US, "", UID)),
    ("ticket.removed", {"reason": "spam"}, events.Removed(NINE_US, "", UID)),
    ("ticket.restored", None, events.Restored(NINE_US, "", UID)),
    ("survey.sent", {"survey_id": "s", "kind": "nps"}, events.SurveySent(NINE_US, "", UID, "s", "nps")),
    (
        "survey.answered",
        {"survey_id": "s", "kind": "csat", "score": 4},
        events.SurveyAnswered(NINE_US, "", UID, "s", "csat", 4.0, 1.0, 5.0),
    ),
    (
        "survey.answered",
        {"survey_id": "s", "kind": "csat", "score": 9, "scale_max": 10},
        events.SurveyAnswered(NINE_US, "", UID, "s", "csat", 9.0, 1.0, 10.0),
    ),
    (
        "survey.answered",
        {"survey_id": "s", "kind": "nps", "score": 0},
        events.SurveyAnswered(NINE_US, "", UID, "s", "nps", 0.0, 0.0, 10.0),
    ),
    (
        "survey.answered",
        {"survey_id": "s", "kind": "ces", "score": 7},
        events.SurveyAnswered(NINE_US, "", UID, "s", "ces", 7.0, 1.0, 7.0),
    ),
    (
        "survey.declined",
        {"survey_id": "s", "kind": "ces"},
        events.SurveyEnded(NINE_US, "", UID, "s", "ces", True),
    ),
    (
        "survey.expired",
        {"survey_id": "s", "kind": "ces"},
        events.SurveyEnded(NINE_US, "", UID, "s", "ces", False),
    ),
    (
        "survey.withdrawn",
        {"survey_id": "s", "kind": "ces"},
        events.SurveyWithdrawn(NINE_US, "", UID, "s", "ces"),
    ),
    (
        "ticket.updated",
        {"team": None, "cleared": ["team"]},
        events.TicketUpdated(NINE_US, "", UID, clears_team=True),
    ),
    ("ticket.updated", {"cleared": ["priority"]}, events.TicketUpdated(NINE_US, "", UID, clears_priority=True)),
    ("ticket.updated", {"team": "a", "cleared": []}, events.TicketUpdated(NINE_US, "", UID, team="a")),
    ("ticket.updated", {"customer_id": "c-9"}, events.TicketUpdated(NINE_US, "", UID, customer="c-9")),
    (
        "survey.answered",
        {"survey_id": "s", "kind": "nps", "score": 1, "customer_id": "c-9"},
        events.SurveyAnswered(NINE_US, "", UID, "s", "nps", 1.0, 0.0, 10.0, "c-9"),
    ),
    (
        "customer.joined",
        {"tier": " Gold ", "segment": "SMB"},
        customers.CustomerJoined(NINE_US, "", UID, "Gold", "", "SMB"),
    ),
    ("customer.joined", None, customers.CustomerJoined(NINE_US, "", UID)),
    ("customer.left", {"reason": "price"}, customers.CustomerLeft(NINE_US, "", UID, "price")),
    (
        "customer.updated",
        {"region": "EMEA", "cleared": ["tier", "segment"]},
        customers.CustomerUpdated(NINE_US, "", UID, region="EMEA", clears_tier=True, clears_segment=True),
    ),
    (
        "customer.purchase",
        {"amount": "49.90", "currency": "EUR"},
        customers.CustomerPurchase(NINE_US, "", UID, 49_900_000, "EUR"),
    ),
    (
        "customer.refund",
        {"amount": "7", "currency": "EUR"},
        customers.CustomerRefund(NINE_US, "", UID, 7_000_000, "EUR"),
    ),
    ("customer.merged", {"into": "c-12"}, customers.CustomerMerged(NINE_US, "", UID, "c-12")),
    ("customer.removed", None, customers.CustomerRemoved(NINE_US, "", UID)),
    ("ticket.answered", {"team": " a  b "}, events.Answered(NINE_US, "", UID, "a b")),
]


def test_table_below_covers_every_type() -> None:
    assert {f"support.{kind}" for kind, _, _ in EVENTS} == DATA_OF_TYPE.keys()


@pytest.mark.parametrize(("kind", "data", "event"), EVENTS)
def test_both_modes_give_the_domain_event(kind: str, data: Any, event: events.Event) -> None:
    assert decode(envelope(kind, data)) == ("T-1", event)
    assert decode_binary(envelope(kind, data)) == ("T-1", event)


def test_headers_of_structured_mode_change_nothing() -> None:
    value = json.dumps(created()).encode()
    for headers in (
        [("content-type", b"application/cloudevents+json; charset=utf-8"), ("ce_id", b"other")],
        [("traceparent", b"00-af")],
        [("content-type", b"application/json")],
        [("content-type", None)],
    ):
        assert Decoder().decode(value, None, headers, LATEST_US) == decode(created())


@pytest.mark.parametrize(
    ("content_type", "reason"),
    [(b"application/cloudevents-batch+json", "not_an_object"), (b"application/cloudevents+avro", "not_json")],
)
def test_other_cloudevents_formats_are_refused(content_type: bytes, reason: str) -> None:
    rejected = Decoder().decode(b"[]", None, [("content-type", content_type)], LATEST_US)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason


def test_binary_mode_names_what_is_wrong_in_headers() -> None:
    event = created()
    assert decode_binary(event, ("ce_subject", b"\xff")) == Rejected("not_utf8", "header ce_subject is not UTF-8")
    assert decode_binary(event, ("ce_specversion", b"0.3")).detail == 'specversion: "0.3" is not one of 1.0'
    del event["subject"]
    assert decode_binary(event) == Rejected("missing_field", "subject is missing (header ce_subject)")
    assert decode_binary(event | {"subject": "T-1", "time": "9" * 65}).reason == "invalid_value"
    del event["type"]
    assert decode_binary(event) == Rejected("missing_field", "type is missing (header ce_type)")


def test_binary_mode_names_what_is_wrong_in_data() -> None:
    detail = "data.channel is missing (found data.chanel: did you mean that?)"
    assert decode_binary(envelope("ticket.created", {"chanel": "email"})) == Rejected("missing_field", detail)
    assert decode_binary(envelope("ticket.created")) == Rejected(
        "missing_field", "data is missing (the record has no value)"
    )
    assert decode_binary(envelope("ticket.created", [])).reason == "not_an_object"
    assert decode_binary(envelope("ticket.created", {"channel": 5})).reason == "wrong_type"


def test_unknown_types_are_skipped_whatever_else_they_hold() -> None:
    assert decode(created(type="support.ticket.snoozed")) == Skipped("support.ticket.snoozed")
    assert decode(b'{"type": "acme.\\u0000order", "data": 5, "time": null}') == Skipped("acme.order")
    assert decode(created(type="mail from anna@example.org")) == Skipped("redacted-d1d6")
    assert decode_binary(created(type="acme.order")) == Skipped("acme.order")
    assert decode(b'{"type": "' + b"x" * 100_000 + b'"}') == Skipped(clean_label("x" * 256))


@pytest.mark.parametrize(
    ("value", "reason", "detail"),
    [
        (b"", "not_json", "the event is empty"),
        (b" \n", "not_json", "the event is empty"),
        (b"{", "not_json", "the event is not JSON: it ends too early or holds half a surrogate pair"),
        (b'{"a": tru}', "not_json", "the event is not JSON (near byte 7)"),
        (b"{} {}", "not_json", "the event is not JSON (near byte 4)"),
        (b'{"type": NaN}', "not_json", "the event is not JSON: it holds NaN or Infinity; leave the field out"),
        (b"\xef\xbb\xbf{}", "not_json", "the event begins with a byte order mark: send UTF-8 without one"),
        (b'{"type": "\xff"}', "not_utf8", "the event is not UTF-8 (byte 10)"),
        ("{}".encode("utf-16"), "not_utf8", "the event is not UTF-8 (byte 0)"),
        (b"[1, 2]", "not_an_object", "the event is JSON, but not an object"),
        (b"[1, 2", "not_json", "the event is not JSON: it ends too early or holds half a surrogate pair"),
        (b"null", "not_an_object", "the event is JSON, but not an object"),
        (b"{}", "missing_field", "type is missing"),
        (b'{"typ": "x"}', "missing_field", "type is missing (found typ: did you mean that?)"),
        (b'{"type": 5}', "wrong_type", "type is not a text"),
        (b"[" * 1_000_000, "not_json", "the event is nested deeper than is read"),
    ],
)
def test_bytes_that_are_no_event_are_refused_with_a_reason(value: bytes, reason: str, detail: str) -> None:
    assert decode(value) == Rejected(reason, detail)  # type: ignore[arg-type]  # parametrised text


def test_null_value_is_refused_except_for_binary_events_without_data() -> None:
    rejected = Decoder().decode(None, b"T-1", (), LATEST_US)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "null_value"
    assert decode_binary(envelope("ticket.abandoned"))[1] == events.Abandoned(NINE_US, "", UID)


@pytest.mark.parametrize("event", [created(), envelope("ticket.abandoned")])
def test_a_record_of_very_many_headers_is_refused_before_they_are_read(event: dict[str, Any]) -> None:
    filler = [(f"x{number}", b"") for number in range(1001)]
    assert decode_binary(event, *filler[:900])[1] == decode(event)[1]
    assert decode_binary(event, *filler).reason == "too_large"
    assert Decoder().decode(json.dumps(event).encode(), None, filler, LATEST_US) == Rejected(
        "too_large", "the record has 1001 headers, above 1000"
    )


def test_event_larger_than_the_limit_is_refused_before_it_is_read() -> None:
    limits = Limits(max_event_bytes=200)
    assert isinstance(decode(created(), limits=limits), tuple)
    assert decode(b"{" * 201, limits=limits).reason == "too_large"
    headers = [("ce_type", b"acme.order")]
    too_large = Decoder(limits).decode(b"{" * 201, None, headers, LATEST_US)
    assert too_large == Rejected("too_large", "the event is larger than 200 bytes (max_event_bytes)")


def test_key_must_be_the_subject_where_there_is_one() -> None:
    assert decode(created(), key=None) == decode(created(), key=b"T-1")
    assert decode(created(), key=b"T-2").reason == "key_mismatch"
    assert decode(created(), key=b"").reason == "key_mismatch"
    assert decode(created(), key=b"\xff").reason == "key_mismatch"
    assert decode(created(subject="Ü-1"), key="Ü-1".encode())[0] == "Ü-1"


def test_future_is_what_lies_after_the_latest_time() -> None:
    assert isinstance(decode(created(time="2025-11-22T09:10:00Z")), tuple)
    rejected = decode(created(time="2025-11-22T09:10:00.000001Z"))
    assert rejected == Rejected("future_time", "time lies more than 600 seconds ahead of the reference time")


@pytest.mark.parametrize("text", ["x" * 20_000, "\U0001f469\u200d" * 20_000, "\u0327\u0315" * 20_000])
def test_a_long_text_where_a_word_is_expected_is_refused_without_being_repeated(text: str) -> None:
    event = envelope("ticket.message", {"author": text, "public": True, "kind": "no field of a message"})
    expected = "data.author: a text of more than 1000 characters is not one of customer, agent, bot, system"
    assert decode(event).detail == decode_binary(event).detail == expected
    expected = "specversion: a text of more than 1000 characters is not one of 1.0"
    assert decode(created(specversion=text)).detail == decode_binary(created(specversion=text)).detail == expected
    assert decode(created(time=text)).detail == "time is longer than 64 characters"
    assert decode(created(type=text)) == Skipped(clean_label(text[:256]))
    assert decode(envelope("ticket.removed", {"reason": text})).reason == "invalid_value"


def test_a_long_text_under_a_name_that_the_type_does_not_know_is_not_looked_at() -> None:
    event = envelope("ticket.created", {"channel": "email", "status": "x" * 20_000, "author": {"a": "b" * 20_000}})
    assert decode(event) == decode_binary(event) == decode(created())


def test_long_words_of_large_events_are_named_in_both_modes() -> None:
    event = envelope("ticket.status", {"status": "x" * 20_000})
    short = decode(envelope("ticket.status", {"status": "x"}))
    assert short.reason == "invalid_value"
    for answer in (decode(event), decode_binary(event)):
        assert answer.reason == "invalid_value"
        assert answer.detail.startswith("data.status: ")
        assert len(answer.detail) < 300
    assert decode_binary(envelope("ticket.status", {"status": "open", "extra": "x" * 20_000}))[1].status == "open"


@pytest.mark.parametrize("data", [b"{" * 20_000, b'{"status": "' + b"x" * 20_000])
def test_large_data_that_is_no_json_is_refused_in_binary_mode(data: bytes) -> None:
    event = envelope("ticket.status", {})
    headers = [(f"ce_{name}", str(value).encode()) for name, value in event.items() if name != "data"]
    answer = Decoder().decode(data, b"T-1", headers, LATEST_US)
    assert isinstance(answer, Rejected)
    assert answer.reason == "not_json"


def test_faults_of_large_events_are_named_like_those_of_small_ones() -> None:
    large = {"extra": ["x" * 20_000]}
    assert decode(created(subject=5, **large)) == Rejected("wrong_type", "subject is a number; a text is expected")
    assert decode(created(subject=["9" * 20_000])) == Rejected("wrong_type", "subject is an array; a text is expected")
    assert decode(envelope("ticket.created", large)) == Rejected("missing_field", "data.channel is missing")
    twice = json.dumps(created(**large)).replace('"id"', '"id": 5, "id"', 1).encode()
    assert decode(twice).reason == "invalid_value"
    not_utf8 = b'{"type": "' + b"x" * 40_000 + b'\xff"}'
    assert decode(not_utf8) == Rejected("not_utf8", "the event is not UTF-8 (byte 40010)")
    infinite = b'{"a": "' + b"x" * 40_000 + b'", "b": -Infinity}'
    assert decode(infinite).detail == "the event is not JSON: it holds NaN or Infinity; leave the field out"


def test_odd_content_of_an_unknown_field_does_not_matter() -> None:
    odd = json.dumps(created(extra=0)).replace('"extra": 0', '"extra": [' + "9" * 5000 + ", 1e999]").encode()
    assert decode(odd) == decode(created())


def test_first_wrong_field_is_named_even_beside_odd_unknown_fields() -> None:
    value = json.dumps(created(subject=5, extra=0)).replace('"extra": 0', '"extra": ' + "9" * 5000).encode()
    assert decode(value) == Rejected("wrong_type", "subject is a number; a text is expected")


def test_field_given_twice_with_one_wrong_value_is_refused() -> None:
    value = json.dumps(created()).replace('"id"', '"id": 5, "id"', 1).encode()
    assert decode(value).reason == "invalid_value"


@pytest.mark.parametrize(
    ("author", "quoted"),
    [
        ("robot", '"robot"'),
        ("x" * 41, "a text of 41 characters"),
        ("anna@example.org", "a text of 16 characters"),
        ("a\nb", "a text of 3 characters"),
    ],
)
def test_messages_quote_short_harmless_values_only(author: str, quoted: str) -> None:
    rejected = decode(envelope("ticket.message", {"author": author, "public": True}))
    assert rejected.detail == f"data.author: {quoted} is not one of customer, agent, bot, system"
