from __future__ import annotations

import json
import re
from typing import Any

import pytest

from stream.contract.decoder import Decoder
from stream.contract.wire import DATA_OF_TYPE
from stream.domain import events
from stream.domain.labels import clean_label
from stream.domain.limits import Limits
from stream.domain.rejections import Rejected, Skipped
from stream.domain.times import parse_time_us

NINE_US = parse_time_us("2025-11-22T09:00:00Z")
LATEST_US = NINE_US + 600_000_000
UID = "6f1c /zendesk/acme"

EVENTS: list[tuple[str, Any, events.Event]] = [
    (
        "ticket.created",
        {"channel": " e  mail", "team": "billing", "priority": "high", "opened_by": "agent", "customer_id": 5},
        events.TicketCreated(NINE_US, "", UID, "e mail", "billing", "high", True),
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
    ("ticket.answered", {"team": " a  b "}, events.Answered(NINE_US, "", UID, "a b")),
]


def envelope(kind: str, data: Any = None, **attributes: Any) -> dict[str, Any]:
    event = {
        "specversion": "1.0",
        "id": "6f1c",
        "source": "/zendesk/acme",
        "type": f"support.{kind}",
        "subject": "T-1",
        "time": "2025-11-22T09:00:00Z",
        **attributes,
    }
    return event if data is None else event | {"data": data}


def decode(event: Any, *, key: bytes | None = b"T-1", limits: Limits | None = None) -> Any:
    value = event if isinstance(event, bytes) else json.dumps(event).encode()
    return Decoder(limits).decode(value, key, (), LATEST_US)


def decode_binary(event: dict[str, Any], *extra: tuple[str, bytes | None]) -> Any:
    headers = [(f"ce_{name}", str(value).encode()) for name, value in event.items() if name != "data"]
    value = json.dumps(event["data"]).encode() if "data" in event else None
    return Decoder().decode(value, b"T-1", [*headers, *extra], LATEST_US)


def created(**attributes: Any) -> dict[str, Any]:
    return envelope("ticket.created", {"channel": "email"}, **attributes)


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
        (b"[" * 100_000, "not_json", "the event is nested deeper than is read"),
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


def test_longest_id_is_a_setting() -> None:
    limits = Limits(max_id_characters=20)
    assert isinstance(decode(created(id="x" * 20), limits=limits), tuple)
    assert decode(created(id="x" * 21), limits=limits).detail == "id has 21 characters, above 20"
    assert decode(created(source="x" * 21), limits=limits).detail == "source has 21 characters, above 20"
    assert decode(created(subject="x" * 21), limits=limits).detail == "subject has 21 characters, above 20"
    survey = envelope("survey.sent", {"survey_id": "x" * 21, "kind": "csat"})
    assert decode(survey, limits=limits).detail == "data.survey_id has 21 characters, above 20"


def test_unusual_but_allowed_texts_pass_the_close_look() -> None:
    # Not printable by Python's rule, yet no control characters: an ideographic space, a soft hyphen.
    subject, event = decode(created(id="a\u3000b", subject="@T\u00ad1@"), key=None)
    assert subject == "@T\u00ad1@"
    assert event.uid == "a\u3000b /zendesk/acme"


HASHED = "#[0-9a-f]{32}"


def test_ids_and_sources_that_look_like_addresses_are_kept_as_hashes_and_known_again() -> None:
    def uid(**attributes: Any) -> str:
        answer = decode(created(**attributes))
        assert decode_binary(created(**attributes)) == answer
        return str(answer[1].uid)

    assert re.fullmatch(f"{HASHED} /zendesk/acme", uid(id="<7d2f@mail.acme.example>"))
    assert re.fullmatch(f"6f1c {HASHED}", uid(source="mailto:anna@acme.example"))
    assert re.fullmatch(f"{HASHED} {HASHED}", uid(id="anna@acme.example", source="mailto:anna@acme.example"))
    assert uid(id="anna@acme.example") == uid(id="anna@acme.example")
    assert uid(id="anna@acme.example") != uid(id="otto@acme.example")
    assert uid(id="@night", source="/desk@") == "@night /desk@"


def test_what_is_kept_of_a_source_does_not_depend_on_what_was_decoded_before() -> None:
    decoder = Decoder()
    for _ in range(2):
        for source in ("mailto:a@b", "/zendesk/acme"):
            for event_id in ("a@b", "6f1c"):
                value = json.dumps(created(id=event_id, source=source)).encode()
                assert decoder.decode(value, None, (), LATEST_US) == Decoder().decode(value, None, (), LATEST_US)


def test_sequence_that_looks_like_an_address_is_kept_as_a_hash() -> None:
    assert re.fullmatch(f"s:{HASHED}", decode(created(sequence="anna@example.org"))[1].sequence)
    assert decode(created(sequence="@9"))[1].sequence == "s:@9"


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
    assert Decoder().decode(data, b"T-1", headers, LATEST_US).reason == "not_json"


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


def test_source_without_spaces_keeps_uids_apart() -> None:
    assert decode(created(id="a b", source="/c"))[1].uid == "a b /c"
    assert decode(created(id="a", source="b /c")).reason == "invalid_value"
    assert decode(created(id="a", source="b\u00a0/c")).reason == "invalid_value"


def test_refused_source_is_refused_again() -> None:
    decoder, value = Decoder(), json.dumps(created(source="a b")).encode()
    first = decoder.decode(value, None, (), LATEST_US)
    assert isinstance(first, Rejected)
    assert decoder.decode(value, None, (), LATEST_US) == first


@pytest.mark.parametrize("name", ["id", "subject", "source"])
@pytest.mark.parametrize("text", ["", "x" * 257, "T-\u0007", "T-\u0085", "T-\ufffe"])
def test_ids_are_checked_after_their_source_was_seen_too(name: str, text: str) -> None:
    decoder = Decoder()
    assert isinstance(decoder.decode(json.dumps(created()).encode(), None, (), LATEST_US), tuple)
    rejected = decoder.decode(json.dumps(created(**{name: text})).encode(), None, (), LATEST_US)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "invalid_value"
    assert rejected.detail.startswith(name)


def test_scale_of_one_point_is_refused() -> None:
    data = {"survey_id": "s", "kind": "csat", "score": 3, "scale_min": 3, "scale_max": 3}
    rejected = decode(envelope("survey.answered", data))
    assert rejected == Rejected("invalid_value", "data.scale_min (3) is not below data.scale_max (3)")


@pytest.mark.parametrize(
    ("score", "low", "high", "field"),
    [
        (1e308, -1.7e308, 1.7e308, "data.scale_min"),
        (1e308, None, 1.7e308, "data.scale_max"),
        (0, -1.7e308, None, "data.scale_min"),
        (0, -1000, 1, "data.scale_min"),
        (5, 0, 1000.5, "data.scale_max"),
        (4, 1e16, 1e16 + 2000, "data.scale_max"),
        (103, -103, 103, "data.scale_min"),
        (-103, -103, 103, "data.scale_max"),
        (100, -102, 102, "data.scale_min"),
        (101, 100, 103, "data.scale_max"),
    ],
)
@pytest.mark.parametrize("kind", ["csat", "ces"])
def test_a_scale_that_is_none_is_refused_and_its_fields_are_named(
    kind: str, score: float, low: float | None, high: float | None, field: str
) -> None:
    data = {"survey_id": "s", "kind": kind, "score": score, "scale_min": low, "scale_max": high}
    rejected = decode(envelope("survey.answered", data))
    assert rejected.reason == "invalid_value"
    assert field in rejected.detail


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1000), (-500, 500), (-1000, 0), (0, 100), (-100, 100), (1, 103), (0, 1), (0.5, 5), (1, 1.001)]
)
def test_scales_of_all_sizes_up_to_a_thousand_are_taken(low: float, high: float) -> None:
    data = {"survey_id": "s", "kind": "csat", "scale_min": low, "scale_max": high}
    for score in (low, high):
        answer = decode(envelope("survey.answered", {**data, "score": score}))[1]
        assert (answer.score, answer.scale_min, answer.scale_max) == (score, low, high)
    assert decode(envelope("survey.answered", {**data, "score": high + 1})).reason == "score_out_of_scale"


def test_two_spellings_of_zero_are_the_same_number() -> None:
    data = {"survey_id": "s", "kind": "csat", "score": -0.0, "scale_min": -0.0, "scale_max": 1}
    answered = decode(envelope("survey.answered", data))[1]
    assert [str(number) for number in (answered.score, answered.scale_min)] == ["0.0", "0.0"]
    message = decode(envelope("ticket.message", {"author": "agent", "public": True, "sentiment": -0.0}))[1]
    assert str(message.sentiment) == "0.0"
    ended = decode(envelope("ticket.ended", {"after_contact_work_seconds": -0.0, "hold_seconds": -0.0}))[1]
    assert [str(number) for number in (ended.after_contact_work_seconds, ended.hold_seconds)] == ["0.0", "0.0"]


def test_truth_values_are_no_numbers() -> None:
    rejected = decode(envelope("ticket.created", {"channel": "email", "customer_id": True}))
    assert rejected == Rejected("wrong_type", "data.customer_id is true; a text or an integer is expected")
    rejected = decode(envelope("ticket.ended", {"hold_seconds": False}))
    assert rejected == Rejected("wrong_type", "data.hold_seconds is false; a number is expected")


def test_sources_that_were_seen_are_bounded() -> None:
    decoder = Decoder()
    for number in range(5000):
        decoder.decode(json.dumps(created(source=f"/{number}")).encode(), None, (), LATEST_US)
    assert len(decoder._good_sources) <= 1024


@pytest.mark.parametrize(
    ("sequence", "key"), [(9, "00019"), ("10", "000210"), ("b", "s:b"), ("", ""), (None, ""), (10**200, None)]
)
def test_sequence_becomes_a_sort_key(sequence: Any, key: str | None) -> None:
    expected = key if key is not None else "02011" + "0" * 200
    assert decode(created(sequence=sequence))[1].sequence == expected


@pytest.mark.parametrize("digits", [257, 400, 5000])
def test_huge_integers_are_refused(digits: int) -> None:
    value = json.dumps(created(sequence=0)).replace('"sequence": 0', '"sequence": ' + "9" * digits).encode()
    assert decode(value).reason == "invalid_value"


def test_number_beyond_a_float_is_refused() -> None:
    answered = json.dumps(envelope("survey.answered", {"survey_id": "s", "kind": "csat", "score": 0}))
    for number in ("9" * 400, "1e999", "-1e999"):
        rejected = decode(answered.replace('"score": 0', f'"score": {number}').encode())
        assert rejected.reason == "invalid_value"
        assert rejected.detail.startswith("data")


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
