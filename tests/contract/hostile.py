"""Events with the worst values for every field of the contract, made from the wire table: a new field covers itself.

Values are JSON as text, since much of it cannot be written by an encoder: 400 digits, NaN, half a surrogate pair.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from hypothesis import strategies as st
from msgspec import inspect

from stream.contract.wire import ENVELOPE_OF_TYPE

NUMBERS = (
    *("0", "-0", "-0.0", "0e0", "-0e5", "1", "2", "4", "5", "10", "100", "1000", "1e3", "0.5", "-1", "-1e-9", "1e-400"),
    *("1e308", "-1e308", "1.7e308", "-1.7e308", "1e309", "-1E400", "5e-324", "-5e-324", "1.0000000000000002"),
    *("9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616"),
    *("9" * 400, "-" + "9" * 400, "0." + "9" * 400, "1" + "0" * 4400, "1e-" + "9" * 400, "103", "-103", "-500"),
    *("NaN", "Infinity", "-Infinity", "01", "+1", ".5", "0x10", "1_000", "\u0665"),
)
"""As JSON has them, or as a careless sender writes them."""

EXTREMES = ("1e308", "-1e308", "1.7e308", "-1.7e308", "5e-324", "-0.0", "0", "1000")
"""To be tried in all number fields of an event at once."""

_PIECES = (
    *(
        "x",
        "\u0301",
        "\u0327\u0315",
        "\U0001d165",
        "\ufdfa",
        "\u1fa2\u0345",
        "\u1100\u1161",
        "\u200b",
        "\u200f",
        "\u202e",
    ),
    *(
        "\u0000",
        "\u001f",
        "\u007f",
        "\u0085",
        "\u2028",
        "\ufeff",
        "\ufffe",
        "\U0010ffff",
        "\u00ad",
        "\u3000",
        " ",
        "\n",
    ),
    *("@", " @", "a@b ", "a@b", "~", "%", "|", "\\", '"', "\u0665", "\U0001f469\u200d", "redacted-", "'; --"),
)
"""Combining marks, controls, invisible and turning characters, white space, and what means something to somebody."""

TEXT_FAMILIES: dict[str, str] = {f"{piece!a:.20}": piece for piece in _PIECES}
TEXTS = ("", "0", "-1", "1e308", "NaN", "null", "true", "anna@example.org", "<7d2f@mail.example>", "mailto:a@b.example")
HALF_A_SURROGATE_PAIR = '"\\ud800"'


class Field(NamedTuple):
    """A field of the contract: where it lies, and its type by msgspec's account; ``path`` is one name or two."""

    event_type: str
    path: tuple[str, ...]
    types: tuple[inspect.Type, ...]
    required: bool


def _fields(shape: Any, event_type: str, path: tuple[str, ...] = ()) -> Iterator[Field]:
    for field in shape.fields:
        types = getattr(field.type, "types", (field.type,))
        inner = [option for option in types if isinstance(option, inspect.StructType)]
        yield Field(event_type, (*path, field.encode_name), types, field.required)
        for option in inner:
            yield from _fields(option, event_type, (*path, field.encode_name))


def contract() -> Iterator[Field]:
    """Every field of every type of event."""
    for event_type, envelope in ENVELOPE_OF_TYPE.items():
        yield Field(event_type, ("type",), (inspect.LiteralType((event_type,)),), required=True)
        yield from _fields(inspect.type_info(envelope), event_type)


FIELDS: dict[str, list[Field]] = {}
for _field in contract():
    FIELDS.setdefault(_field.event_type, []).append(_field)


def takes_text(field: Field) -> bool:
    """True for a field whose value is, or may be, a text."""
    return any(isinstance(option, inspect.StrType | inspect.LiteralType) for option in field.types)


def takes_number(field: Field) -> bool:
    """True for a field that is measured, not an id."""
    return any(isinstance(option, inspect.FloatType) for option in field.types)


# --- one event, right in every field ----------------------------------------------------------------------------------

_RIGHT: dict[str, object] = {
    **{"specversion": "1.0", "id": "1", "source": "/s", "subject": "T", "time": "2025-11-22T09:00:00Z"},
    **{"kind": "csat", "scale_max": 5, "amount": "12.50", "currency": "EUR"},
}


def right_value(field: Field) -> object:
    """A value that the decoder takes."""
    if field.path[-1] in _RIGHT:
        return _RIGHT[field.path[-1]]
    option = field.types[0]
    if isinstance(option, inspect.LiteralType):
        return option.values[0]
    right = {
        inspect.BoolType: True,
        inspect.FloatType: 1,
        inspect.IntType: 1,
        inspect.ListType: [],
        inspect.DictType: {},
    }
    return right.get(type(option), "word")


def right_event(event_type: str) -> dict[str, Any]:
    """A valid event with all of its fields."""
    event: dict[str, Any] = {}
    for field in FIELDS[event_type]:
        if field.path == ("data",):
            event["data"] = {}
        else:
            (event["data"] if len(field.path) > 1 else event)[field.path[-1]] = right_value(field)
    return event


# --- strategies -------------------------------------------------------------------------------------------------------

_LENGTHS = st.sampled_from([1, 2, 30, 59, 63, 64, 65, 255, 256, 257, 511, 512, 513, 5000, 10_240])
_families = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=3).map("".join)
texts = (
    st.sampled_from(TEXTS)
    | st.text(max_size=80)
    | st.builds(lambda piece, length: (piece * length)[:length], _families, _LENGTHS)
    | st.builds(lambda piece, length, end: "x" * length + piece + end, _families, _LENGTHS, st.sampled_from(["", "y"]))
)
json_texts = st.builds(lambda text, escaped: json.dumps(text, ensure_ascii=escaped), texts, st.booleans())
_times = st.sampled_from(
    [f"2025-11-{day:02d}T{hour:02d}:00:0{hour % 10}.5Z" for day in (20, 21, 22) for hour in (0, 1, 9)]
    + ["1990-01-01T00:00:00Z", "1989-12-31T23:59:59Z", "9999-12-31T23:59:60Z", "2016-12-31T23:59:60Z", "9" * 64]
).map(json.dumps)
anything = st.one_of(
    st.sampled_from(NUMBERS),
    json_texts,
    st.sampled_from(["null", "true", "false", "[]", "{}", '{"a":[1,{"b":null}]}', "[" * 1100 + "]" * 1100]),
    st.sampled_from(
        [HALF_A_SURROGATE_PAIR, "[" + ",".join(["9" * 300] * 50) + "]", '{"' + "k" * 300 + '":1}', "", "["]
    ),
)


def _of_type(option: inspect.Type, name: str) -> st.SearchStrategy[str]:
    if name == "time":
        return _times
    if isinstance(option, inspect.LiteralType):
        return st.sampled_from([json.dumps(word) for word in option.values])
    if isinstance(option, inspect.FloatType | inspect.IntType):
        return st.sampled_from(NUMBERS)
    if isinstance(option, inspect.BoolType):
        return st.sampled_from(["true", "false"])
    if isinstance(option, inspect.DictType):
        names = st.sampled_from(["brand", "region", "team", "b1"]) | texts
        return st.dictionaries(names, texts | st.none(), max_size=20).map(json.dumps)
    return st.just("null") if isinstance(option, inspect.NoneType) else json_texts


def _value(field: Field) -> st.SearchStrategy[str]:
    fitting = st.one_of([_of_type(option, field.path[-1]) for option in field.types])
    right = st.just(json.dumps(right_value(field)))
    # Mostly right, or next to no event would be folded.
    return st.integers(0, 9).flatmap(lambda dice: right if dice < 6 else fitting if dice < 9 else anything)


@st.composite
def events(
    draw: st.DrawFn, subjects: tuple[str, ...] = ("T", "U"), types: tuple[str, ...] = tuple(sorted(FIELDS))
) -> tuple[dict[str, str], dict[str, str] | str]:
    """Attributes, and data by field or as it stands, each value as JSON text; keys may be odd."""
    event_type = draw(st.sampled_from(types))
    attributes: dict[str, str] = {}
    data: dict[str, str] = {}
    for field in FIELDS[event_type]:
        if field.path == ("data",) or (not field.required and draw(st.booleans())):
            continue
        (data if len(field.path) > 1 else attributes)[field.path[-1]] = draw(_value(field))
    if draw(st.integers(0, 9)):
        attributes["subject"] = json.dumps(draw(st.sampled_from(subjects)))
        attributes["id"] = json.dumps(draw(st.sampled_from("1234567") | texts))
        attributes["time"] = draw(_times)
    for odd in draw(st.lists(texts, max_size=2)):
        draw(st.sampled_from((attributes, data))).setdefault(json.dumps(odd), draw(anything))
    return attributes, data if draw(st.integers(0, 19)) else draw(anything)


def as_json(fields: dict[str, str] | str) -> str:
    """An object of JSON texts; names that are JSON texts already stay as they are."""
    if isinstance(fields, str):
        return fields
    quoted = (f"{name if name.startswith(chr(34)) else json.dumps(name)}:{value}" for name, value in fields.items())
    return "{" + ",".join(quoted) + "}"
