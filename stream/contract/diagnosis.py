"""What exactly is wrong with an event the decoder refused. Slow and thorough.

The rules are read off `stream.contract.wire`, so they cannot drift from what the decoder does.

Everything here works on undecoded fields: a field not looked at cannot hurt.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Raw, inspect

from stream.contract.field_rules import has_elements, has_entries, is_bounded, wrong_value
from stream.contract.raw_fields import (
    LARGE_BYTES,
    LONG_TEXT,
    Fields,
    begins,
    fields_of,
    is_long_text,
    plain,
    wrong_utf8_at,
)
from stream.contract.wire import ENVELOPE_NAMES, ENVELOPE_OF_TYPE
from stream.domain.attribute_names import MOST_ATTRIBUTES, MOST_CHARACTERS
from stream.domain.labels import clean_label
from stream.domain.rejections import Rejected, Skipped

FALLBACK: Final = Rejected("invalid_value", "a field is given twice, and one of its values does not fit the event type")

_READ_TYPE_CHARACTERS: Final = 256
_MOST_ENTRIES_BYTES: Final = MOST_ATTRIBUTES * (MOST_CHARACTERS + 64) * 12
"""Of an object of any names; a character takes at most 12 bytes, as two escapes."""
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_MAX_SUGGESTED_CHARACTERS: Final = 40
_MAX_SUGGESTIONS: Final = 64
_raw_of = msgspec.json.Decoder(Raw).decode


def diagnose(value: bytes) -> Rejected | Skipped:
    """Why the structured event ``value`` was refused, or that its type is simply not known here."""
    fields = _read_object(value, "the event", ENVELOPE_NAMES)
    if isinstance(fields, Rejected):
        return fields
    if "type" not in fields:
        return _missing("type", "type", fields, frozenset())
    try:
        event_type = plain(fields["type"])
    except (ValueError, RecursionError):
        event_type = None
    if not isinstance(event_type, str):
        return Rejected("wrong_type", "type is not a text")
    if event_type not in ENVELOPE_OF_TYPE:
        return skipped(event_type)
    return _first_wrong(fields, _rules(event_type), prefix="") or FALLBACK


def skipped(event_type: str) -> Skipped:
    """The answer to an event of a type that is not known here."""
    return _skipped(event_type[:_READ_TYPE_CHARACTERS])


@lru_cache(maxsize=256)
def _skipped(begin: str) -> Skipped:
    return Skipped(clean_label(begin))


def diagnose_data(value: bytes, event_type: str) -> Rejected:
    """Why ``value`` was refused as the data of a known ``event_type`` in binary mode."""
    rules = _data_rules(event_type)
    fields = _read_object(value, "data", _names(rules))
    if isinstance(fields, Rejected):
        return fields
    return _first_wrong(fields, rules, prefix="data.") or FALLBACK


def _rules(event_type: str) -> inspect.StructType:
    info = inspect.type_info(ENVELOPE_OF_TYPE[event_type])
    assert isinstance(info, inspect.StructType)
    return info


def _data_rules(event_type: str) -> inspect.StructType:
    return _struct_in(next(field.type for field in _rules(event_type).fields if field.name == "data"))


def _names(rules: inspect.StructType) -> tuple[str, ...]:
    return tuple(field.encode_name for field in rules.fields)


def _struct_in(rules: inspect.Type) -> inspect.StructType:
    options = rules.types if isinstance(rules, inspect.UnionType) else (rules,)
    return next(option for option in options if isinstance(option, inspect.StructType))


def _read_object(value: bytes, what: str, names: tuple[str, ...]) -> Fields | Rejected:
    wrong_byte = wrong_utf8_at(value)
    if wrong_byte is not None:
        return Rejected("not_utf8", f"{what} is not UTF-8 (byte {wrong_byte})")
    if value.startswith(_BYTE_ORDER_MARK):
        return Rejected("not_json", f"{what} begins with a byte order mark: send UTF-8 without one")
    try:
        return fields_of(value, names)
    except msgspec.ValidationError:
        not_an_object = Rejected("not_an_object", f"{what} is JSON, but not an object")
    except (ValueError, RecursionError) as error:
        return _not_json(value, what, error)
    try:
        _raw_of(value)
    except (ValueError, RecursionError) as error:
        return _not_json(value, what, error)
    return not_an_object


def _not_json(value: bytes, what: str, error: Exception) -> Rejected:
    if isinstance(error, RecursionError):
        return Rejected("not_json", f"{what} is nested deeper than is read")
    if not value.strip():
        return Rejected("not_json", f"{what} is empty")
    place = re.search(r"byte (\d+)", str(error))
    if place is None:
        return Rejected("not_json", f"{what} is not JSON: it ends too early or holds half a surrogate pair")
    if value.startswith((b"NaN", b"Infinity"), int(place[1])):
        return Rejected("not_json", f"{what} is not JSON: it holds NaN or Infinity; leave the field out")
    return Rejected("not_json", f"{what} is not JSON (near {place[0]})")


def _first_wrong(fields: Fields, rules: inspect.StructType, prefix: str) -> Rejected | None:
    known = frozenset(field.encode_name for field in rules.fields)
    for field in rules.fields:
        key, name = field.encode_name, prefix + field.encode_name
        if key not in fields:
            if field.required:
                return _missing(key, name, fields, known)
        elif (wrong := _wrong_field(fields[key], field.type, name)) is not None:
            return wrong
    return None


def _wrong_field(raw: Raw, rules: inspect.Type, name: str) -> Rejected | None:
    try:
        if name == "data" and begins(raw, b"{"):
            shape = _struct_in(rules)
            return _first_wrong(fields_of(raw, _names(shape)), shape, prefix="data.")
        if begins(raw, b"[") and has_elements(rules):
            if len(raw) > LARGE_BYTES:
                return Rejected("invalid_value", f"{name} has more elements than there are choices")
            value = msgspec.json.decode(raw)
        elif begins(raw, b"{") and has_entries(rules):
            if len(raw) > _MOST_ENTRIES_BYTES:
                return Rejected("invalid_value", f"{name} holds more entries, or longer ones, than it may")
            value = msgspec.json.decode(raw)
        else:
            value = LONG_TEXT if is_long_text(raw) and is_bounded(rules) else plain(raw)
    except (ValueError, RecursionError):
        return Rejected("invalid_value", f"{name} holds a number out of range, or nests too deep")
    return wrong_value(name, value, rules)


def _missing(key: str, name: str, fields: Fields, known: frozenset[str]) -> Rejected:
    others = [
        other
        for other in fields
        if other not in known and len(other) <= _MAX_SUGGESTED_CHARACTERS and other.isprintable()
    ]
    similar = get_close_matches(key, others[:_MAX_SUGGESTIONS], n=1, cutoff=0.75)
    prefix = name.removesuffix(key)
    hint = f" (found {prefix}{similar[0]}: did you mean that?)" if similar else ""
    return Rejected("missing_field", f"{name} is missing{hint}")
