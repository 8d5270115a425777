"""The worst values in every field: the decoder answers, what it lets through can be counted, and stays a number."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.contract.decoder import Decoder
from stream.contract.wire import DATA_OF_TYPE
from stream.domain import labels
from stream.domain.customer_events import CUSTOMER_EVENTS
from stream.domain.events import Event
from stream.domain.log import Insertion
from stream.domain.partials import decode_cells, encode_cells
from stream.domain.rejections import REASONS, Rejected, Skipped
from stream.domain.shard import Shard
from stream.domain.subjects import CUSTOMER_MARK
from stream.edge.owners.fact_rows import fact_row
from tests.contract.hostile import (
    EXTREMES,
    FIELDS,
    HALF_A_SURROGATE_PAIR,
    NUMBERS,
    TEXT_FAMILIES,
    Field,
    as_json,
    events,
    right_event,
    takes_number,
    takes_text,
)
from tests.domain.stories import shard

LATEST_US = 1_763_802_600_000_000
SHARED = Decoder()
Hostile = tuple[dict[str, str], dict[str, str] | str]
ALL_FIELDS = [field for fields in FIELDS.values() for field in fields if field.path != ("data",)]
TEXT_FIELDS = [field for field in ALL_FIELDS if takes_text(field)]
_ADDRESS = re.compile(r"[^\s@]@[^\s@]")


def structured(event: Hostile) -> bytes:
    attributes, data = event
    return as_json(attributes | {"data": as_json(data)}).encode("utf-8", "surrogatepass")


def binary(event: Hostile) -> tuple[bytes, list[tuple[str, bytes]]]:
    attributes, data = event
    headers = [(f"ce_{name}", value.strip('"').encode("utf-8", "surrogatepass")) for name, value in attributes.items()]
    return as_json(data).encode("utf-8", "surrogatepass"), headers


def check_answer(answer: object) -> None:
    """Of what was sent no more than a word is quoted, and nothing personal is kept."""
    if isinstance(answer, Rejected):
        assert answer.reason in REASONS
        assert 0 < len(answer.detail) < 250
        assert answer.detail.isprintable()
        assert not _ADDRESS.search(answer.detail)
        assert answer.detail.isascii() or re.search('"[^"]{1,40}"', answer.detail)
    elif isinstance(answer, Skipped):
        assert len(answer.type) <= 64
        assert not _ADDRESS.search(answer.type)
    else:
        assert isinstance(answer, tuple)
        check_event(answer[1])


def check_event(event: Event) -> None:
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if isinstance(value, float):
            assert math.isfinite(value), name
            assert value or math.copysign(1, value) > 0, f"{name} is -0.0"
        elif name == "uid":
            identity, _, source = value.rpartition(" ")
            assert not any("@" in text[1:-1] for text in (identity, source))
        elif isinstance(value, str):
            assert len(value) <= 300
            assert not _ADDRESS.search(value.removeprefix("s:"))


def check_books(state: Shard) -> None:
    """All that is booked can be stored, and nothing is missing or too many when it is read again."""
    changes = state.settle(LATEST_US)
    for name, key, fact in changes.facts:
        row = json.loads(fact_row(name, key, fact) or b"{}")
        assert fact is None or fact.value is None or math.isfinite(row["value"])
    for _, cells in [*changes.panes, *changes.levels, *changes.counters]:
        assert cells is None or decode_cells(encode_cells(cells)) == cells
    for row in dict(changes.tickets).values():
        assert row is not None


def as_folded(name: str, event: Event) -> tuple[str, Event]:
    return (CUSTOMER_MARK + name if type(event) in CUSTOMER_EVENTS else name), event


def test_the_fields_of_the_contract_are_found() -> None:
    assert set(FIELDS) == set(DATA_OF_TYPE)
    assert {field.path[-1] for field in ALL_FIELDS if takes_number(field)} >= {"score", "scale_min", "hold_seconds"}
    assert {field.path[-1] for field in TEXT_FIELDS} >= {"id", "type", "team", "status", "sequence", "customer_id"}


@given(events())
def test_the_decoder_answers_and_keeps_nothing_odd(event: Hostile) -> None:
    value, headers = binary(event)
    check_answer(SHARED.decode(structured(event), None, (), LATEST_US))
    check_answer(SHARED.decode(value, None, headers, LATEST_US))


@settings(max_examples=50)
@given(st.lists(events(), min_size=1, max_size=8), st.booleans())
def test_what_is_let_through_can_be_folded_settled_and_booked(sent: list[Hostile], one_by_one: bool) -> None:
    state, decoder = shard(), Decoder()
    for event in sent:
        for value, headers in ((structured(event), []), binary(event)):
            decoded = decoder.decode(value, None, headers, LATEST_US)
            if isinstance(decoded, tuple):
                assert isinstance(state.fold(*as_folded(*decoded)), Insertion | Rejected)
                if one_by_one:
                    check_books(state)
    check_books(state)


@pytest.mark.parametrize("event_type", sorted(FIELDS))
def test_the_event_these_tests_start_from_is_right(event_type: str) -> None:
    assert isinstance(SHARED.decode(json.dumps(right_event(event_type)).encode(), None, (), LATEST_US), tuple)


def with_values(*values: tuple[Field, str]) -> bytes:
    """A right event with values (JSON) in some of its fields."""
    event: Any = right_event(values[0][0].event_type)
    for number, (field, _) in enumerate(values):
        (event if len(field.path) == 1 else event["data"])[field.path[-1]] = f"<{number}>"
    text = json.dumps(event)
    for number, (_, value) in enumerate(values):
        text = text.replace(f'"<{number}>"', value)
    return text.encode("utf-8", "surrogatepass")


def check_counted(decoded: object) -> None:
    check_answer(decoded)
    if isinstance(decoded, tuple):
        state = shard()
        state.fold(*as_folded(*decoded))
        check_books(state)


@pytest.mark.parametrize("event_type", sorted(FIELDS))
def test_extreme_numbers_in_all_fields_at_once_are_answered_and_booked(event_type: str) -> None:
    fields = [field for field in FIELDS[event_type] if takes_number(field)]
    for numbers in product(EXTREMES, repeat=len(fields)):
        if fields:
            check_counted(SHARED.decode(with_values(*zip(fields, numbers, strict=True)), None, (), LATEST_US))


@pytest.mark.parametrize("field", ALL_FIELDS, ids=lambda field: f"{field.event_type}:{'.'.join(field.path)}")
def test_every_number_in_every_field_is_answered_and_booked(field: Field) -> None:
    for number in (*NUMBERS, HALF_A_SURROGATE_PAIR):
        for value in (number, f'"{number}"'):
            check_counted(SHARED.decode(with_values((field, value)), None, (), LATEST_US))


@pytest.mark.parametrize("field", TEXT_FIELDS, ids=lambda field: f"{field.event_type}:{'.'.join(field.path)}")
def test_every_long_text_in_every_field_is_answered_with_little_work(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    composed: list[int] = []
    normalize = unicodedata.normalize

    def counting(form: Any, text: str) -> str:
        composed.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", counting)
    decoder = Decoder()
    for piece in TEXT_FAMILIES.values():
        for length in (300, 17_000):
            text = json.dumps(piece * (length // len(piece)), ensure_ascii=False)
            check_answer(decoder.decode(with_values((field, text)), None, (), LATEST_US))
    assert max(composed, default=0) <= 18 * labels.READ_CHARACTERS
    assert sum(composed) <= 4 * 18 * labels.READ_CHARACTERS * len(TEXT_FAMILIES)


@pytest.mark.parametrize("inner", [True, False])
@pytest.mark.parametrize("event_type", sorted(FIELDS))
def test_an_object_of_very_many_fields_is_read_as_without_them(event_type: str, inner: bool) -> None:
    event = right_event(event_type)
    many = {f"k{number}": number for number in range(2_000)}
    filled = event | {"data": event["data"] | many} if inner else event | many
    assert SHARED.decode(json.dumps(filled).encode(), None, (), LATEST_US) == SHARED.decode(
        json.dumps(event).encode(), None, (), LATEST_US
    )
    for field in (field for field in FIELDS[event_type] if field.required and field.path != ("data",)):
        lacking = json.loads(json.dumps(filled))
        del (lacking if len(field.path) == 1 else lacking["data"])[field.path[-1]]
        assert SHARED.decode(json.dumps(lacking).encode(), None, (), LATEST_US) == Rejected(
            "missing_field", f"{'.'.join(field.path)} is missing"
        )
