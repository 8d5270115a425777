"""Valid examples are accepted, invalid ones refused for the reason in their name: by the schema and by the decoder."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from stream.contract.decoder import Decoder
from stream.contract.wire import DATA_OF_TYPE
from stream.domain.rejections import REASONS, Rejected, Skipped
from stream.schemas.files import load_schema, schema_root

LATEST_US = 1_763_802_600_000_000  # 2025-11-22T09:10:00Z
DECODER = Decoder()
INPUTS = ("tickets", "surveys", "customers")
SUBJECTS = {"tickets": "T-5158", "surveys": "T-5158", "customers": "c-911"}
OUTPUTS = ("facts", "metrics", "alerts", "dead-letter")
BEYOND_JSON_SCHEMA = {
    "amount-too-large.invalid_value",
    "currency-without-rate.invalid_value",
    "score-above-default-scale.score_out_of_scale",
    "score-below-own-scale.score_out_of_scale",
    "scale-of-codes.invalid_value",
    "scale-too-wide.invalid_value",
    "scale-upside-down.invalid_value",
    "time-before-1990.invalid_time",
    "time-false-leap-second.invalid_time",
    "time-leap-second-of-another-year.invalid_time",
    "time-in-the-future.future_time",
    "time-unknown-day.invalid_time",
}
"""Invalid examples that only the decoder can refuse: README.md of schemas/ lists these rules."""


def examples(topics: tuple[str, ...], kind: str) -> list[Any]:
    return [
        pytest.param(topic, path, id=f"{topic}/{path.stem}")
        for topic in topics
        for path in sorted((schema_root() / "examples" / topic / "1" / kind).glob("*.json"))
    ]


def follows_schema(topic: str, content: Any) -> bool:
    return Draft202012Validator(load_schema(f"{topic}.v1.schema.json")).is_valid(content)


def decode(event: bytes) -> Any:
    return DECODER.decode(event, None, (), LATEST_US)


@pytest.mark.parametrize(("topic", "path"), examples((*INPUTS, *OUTPUTS), "valid"))
def test_valid_example_follows_the_schema(topic: str, path: Path) -> None:
    Draft202012Validator(load_schema(f"{topic}.v1.schema.json")).validate(json.loads(path.read_bytes()))


@pytest.mark.parametrize(("topic", "path"), examples(INPUTS, "valid"))
def test_valid_example_is_decoded(topic: str, path: Path) -> None:
    assert decode(path.read_bytes())[0] == SUBJECTS[topic]


@pytest.mark.parametrize(("topic", "path"), examples((*INPUTS, *OUTPUTS), "invalid"))
def test_invalid_example_does_not_follow_the_schema_where_a_schema_can_tell(topic: str, path: Path) -> None:
    assert follows_schema(topic, json.loads(path.read_bytes())) == (path.stem in BEYOND_JSON_SCHEMA)


@pytest.mark.parametrize(("topic", "path"), examples(INPUTS, "invalid"))
def test_invalid_example_is_refused_for_the_reason_in_its_name(topic: str, path: Path) -> None:
    rejected = decode(path.read_bytes())
    assert isinstance(rejected, Rejected)
    assert rejected.reason == path.suffixes[0].removeprefix(".")


def test_every_type_and_every_reason_an_event_can_have_is_shown() -> None:
    valid = [json.loads(parameter.values[1].read_bytes()) for parameter in examples(INPUTS, "valid")]
    assert {event["type"] for event in valid} == DATA_OF_TYPE.keys()
    shown = {parameter.values[1].suffixes[0][1:] for parameter in examples(INPUTS, "invalid")}
    # These lie outside the JSON of one event: in its bytes, its record or what came before it.
    outside = {
        "null_value",
        "too_large",
        "not_utf8",
        "not_json",
        "not_an_object",
        "key_mismatch",
        "too_late",
        "ticket_full",
        "batch_too_large",
        "batch_unreadable",
        "internal_error",
    }
    assert shown == set(REASONS) - outside


@pytest.mark.parametrize("topic", INPUTS)
def test_schema_lists_the_types_the_decoder_knows(topic: str) -> None:
    listed = load_schema(f"{topic}.v1.schema.json")["properties"]["type"]["enum"]
    prefix = {"tickets": "support.ticket.", "surveys": "support.survey.", "customers": "support.customer."}[topic]
    assert listed == [name for name in DATA_OF_TYPE if name.startswith(prefix)]


@pytest.mark.parametrize(("topic", "path"), examples(INPUTS, "valid"))
def test_schema_and_decoder_agree_on_every_change_of_one_field(topic: str, path: Path) -> None:
    validator = Draft202012Validator(load_schema(f"{topic}.v1.schema.json"))
    for name, event in changed(json.loads(path.read_bytes())):
        answer = decode(json.dumps(event).encode())
        if not isinstance(answer, Skipped):
            assert isinstance(answer, tuple) == validator.is_valid(event), f"{name}: {answer}"


def changed(event: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The event without each field, and with other values of it: one change at a time."""
    paths = [(name,) for name in event] + [("data", name) for name in event.get("data") or ()]
    values: list[Any] = [..., None, "", "word", "a@b", "x" * 300, True, -1, 0, 2.5, 10**400, [], {}]
    for field in paths:
        for value in values:
            copied = copy.deepcopy(event)
            holder = copied if len(field) == 1 else copied["data"]
            if value is ...:
                del holder[field[-1]]
            else:
                holder[field[-1]] = value
            if not is_beyond_schema(field[-1], value):
                yield f"{'.'.join(field)}={'absent' if value is ... else value!s:.20}", copied


def is_beyond_schema(field: str, value: object) -> bool:
    """Whether only the decoder can tell: scores on scales, and numbers beyond a float or 256 digits."""
    if field in {"score", "scale_min", "scale_max"}:
        return value in (..., None) or isinstance(value, int | float)
    return value == 10**400 and field in {"hold_seconds", "after_contact_work_seconds", "sequence"}
