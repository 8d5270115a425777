"""Whatever the bytes, the decoder answers; and both content modes answer alike."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from stream.contract.decoder import Decoder
from stream.contract.diagnosis import FALLBACK
from stream.domain.rejections import REASONS, Rejected, Skipped
from stream.schemas.files import schema_root

LATEST_US = 1_763_802_600_000_000
EXAMPLES: list[dict[str, Any]] = [
    json.loads(path.read_text(encoding="utf-8"))
    for topic in ("tickets", "surveys", "customers")
    for path in sorted((schema_root() / "examples" / topic / "1").rglob("*.json"))
]
SHARED = Decoder()

# Large strategies on a busy machine: slowness says nothing about the decoder.
unhurried = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)

events = st.sampled_from(EXAMPLES)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(max_size=300)
    | st.sampled_from(["agent", "csat", "nps", "a@b", "solved", "2025-11-22T09:00:00Z", "1.0", 0, 10, 10**400])
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
fields = st.sampled_from(
    [
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "time",
        "sequence",
        "data",
        "channel",
        "team",
        "priority",
        "author",
        "public",
        "status",
        "reason",
        "into",
        "survey_id",
        "kind",
        "score",
        "scale_min",
        "scale_max",
        "sentiment",
        "hold_seconds",
        "customer_id",
        "amount",
        "currency",
        "tier",
        "opened_by",
        "automated",
    ]
)


@st.composite
def mutated_events(draw: st.DrawFn) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(json.dumps(draw(events)))
    for _ in range(draw(st.integers(min_value=0, max_value=3))):
        inner = event.get("data")
        target = inner if isinstance(inner, dict) and draw(st.booleans()) else event
        name = draw(fields)
        if draw(st.booleans()):
            target.pop(name, None)
        else:
            target[name] = draw(values)
    return event


@st.composite
def broken_bytes(draw: st.DrawFn) -> bytes:
    value = bytearray(json.dumps(draw(events), ensure_ascii=draw(st.booleans())).encode())
    for _ in range(draw(st.integers(min_value=1, max_value=5))):
        start = draw(st.integers(min_value=0, max_value=len(value)))
        end = min(len(value), start + draw(st.integers(min_value=0, max_value=8)))
        value[start:end] = draw(
            st.binary(max_size=6) | st.sampled_from([b'"\\ud800"', b"NaN", b"\xef\xbb\xbf", b"{[", b"\x00"])
        )
    return bytes(value)


def check(answer: object) -> None:
    if isinstance(answer, Rejected):
        assert answer.reason in REASONS
        assert 0 < len(answer.detail) < 200
        assert answer.detail.isprintable()
    elif isinstance(answer, Skipped):
        assert len(answer.type) <= 64
    else:
        assert isinstance(answer, tuple)


@unhurried
@given(st.binary(max_size=200), st.none() | st.binary(max_size=10))
@example(b"[" * 500_000, None)
@example(b'{"type":' + b'{"a":' * 200_000, None)
@example(b'{"type":"support.ticket.abandoned","data":' + b"[" * 100_000 + b"]" * 100_000 + b"}", None)
def test_any_bytes_get_an_answer(value: bytes, key: bytes | None) -> None:
    check(SHARED.decode(value, key, (), LATEST_US))


@unhurried
@given(broken_bytes())
def test_broken_events_get_an_answer(value: bytes) -> None:
    check(SHARED.decode(value, b"T-5158", (), LATEST_US))


@unhurried
@given(mutated_events())
def test_events_with_wrong_fields_get_an_exact_answer(event: dict[str, Any]) -> None:
    answer = SHARED.decode(json.dumps(event).encode(), None, (), LATEST_US)
    check(answer)
    # No field is given twice here, so the answer has to be a better one.
    assert answer != FALLBACK


@unhurried
@given(mutated_events())
def test_answer_does_not_depend_on_what_was_decoded_before(event: dict[str, Any]) -> None:
    value = json.dumps(event).encode()
    assert SHARED.decode(value, None, (), LATEST_US) == Decoder().decode(value, None, (), LATEST_US)


headers = st.lists(
    st.tuples(
        st.sampled_from(
            ["content-type", "ce_id", "ce_type", "ce_time", "ce_source", "ce_subject", "ce_specversion", "x"]
        ),
        st.none()
        | st.binary(max_size=20)
        | st.sampled_from([b"support.ticket.queued", b"1.0", b"2025-11-22T09:00:00Z"]),
    ),
    max_size=8,
)


@unhurried
@given(st.none() | st.binary(max_size=50), headers)
def test_any_headers_get_an_answer(value: bytes | None, given_headers: list[tuple[str, bytes | None]]) -> None:
    check(SHARED.decode(value, None, given_headers, LATEST_US))


@unhurried
@given(mutated_events())
def test_both_modes_accept_the_same_events(event: dict[str, Any]) -> None:
    attributes = {name: value for name, value in event.items() if name != "data" and value is not None}
    if not all(isinstance(value, str) and value.isascii() for value in attributes.values()):
        return
    structured = SHARED.decode(json.dumps(event).encode(), None, (), LATEST_US)
    data = json.dumps(event["data"]).encode() if "data" in event else None
    binary = SHARED.decode(data, None, [(f"ce_{name}", text.encode()) for name, text in attributes.items()], LATEST_US)
    if isinstance(structured, tuple):
        assert binary == structured
    else:
        assert type(binary) is type(structured)
