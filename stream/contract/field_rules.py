"""One value against the type the wire contract gives its field, with a sentence a person understands."""

from __future__ import annotations

import re
import sys
from typing import Final, get_args

from msgspec import inspect

from stream.contract.text_rules import quoted
from stream.domain.events import Author, LeaveReason, Status, SurveyKind
from stream.domain.rejections import Rejected

_EXPECTED: Final[dict[type[inspect.Type], str]] = {
    inspect.StrType: "a text",
    inspect.LiteralType: "a text",
    inspect.IntType: "an integer",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.StructType: "an object",
    inspect.ListType: "an array",
    inspect.DictType: "an object",
}
# msgspec sorts the choices; people look for them in the order of the contract.
_CONTRACT_ORDER: Final = {
    frozenset(get_args(kind)): get_args(kind) for kind in (Author, LeaveReason, Status, SurveyKind)
}


def wrong_value(name: str, value: object, rules: inspect.Type) -> Rejected | None:
    """What is wrong with ``value`` (plain JSON) as the field ``name``; None when it fits."""
    options = rules.types if isinstance(rules, inspect.UnionType) else (rules,)
    for option in options:
        if _has_type(value, option):
            return _wrong_content(name, value, option)
    expected = " or ".join(_EXPECTED[type(option)] for option in options if type(option) in _EXPECTED)
    return Rejected("wrong_type", f"{name} is {_described(value)}; {expected} is expected")


def is_bounded(rules: inspect.Type) -> bool:
    """Whether a text as the field's value is one of a few words, or of a largest length."""
    options = rules.types if isinstance(rules, inspect.UnionType) else (rules,)
    return any(
        isinstance(option, inspect.LiteralType)
        or (isinstance(option, inspect.StrType) and option.max_length is not None)
        for option in options
    )


def has_elements(rules: inspect.Type) -> bool:
    """Whether the field's value may be an array, whose elements are looked at."""
    options = rules.types if isinstance(rules, inspect.UnionType) else (rules,)
    return any(isinstance(option, inspect.ListType) for option in options)


def has_entries(rules: inspect.Type) -> bool:
    """Whether the field's value may be an object of any names, each of which is looked at."""
    options = rules.types if isinstance(rules, inspect.UnionType) else (rules,)
    return any(isinstance(option, inspect.DictType) for option in options)


def _has_type(value: object, option: inspect.Type) -> bool:
    match option:
        case inspect.NoneType():
            return value is None
        case inspect.StrType() | inspect.LiteralType():
            return isinstance(value, str)
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.IntType():
            return isinstance(value, int) and not isinstance(value, bool)
        case inspect.FloatType():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case inspect.ListType():
            return isinstance(value, list)
        case _:
            return isinstance(value, dict)


def _wrong_content(name: str, value: object, option: inspect.Type) -> Rejected | None:
    if isinstance(option, inspect.DictType) and isinstance(value, dict):
        return _wrong_entries(name, value, option)
    if isinstance(option, inspect.ListType) and isinstance(value, list):
        if option.max_length is not None and len(value) > option.max_length:
            return Rejected("invalid_value", f"{name} has {len(value)} elements, above {option.max_length}")
        wrong = (wrong_value(f"{name}[{place}]", item, option.item_type) for place, item in enumerate(value))
        return next((rejected for rejected in wrong if rejected is not None), None)
    if isinstance(option, inspect.LiteralType) and value not in option.values:
        choices = _CONTRACT_ORDER.get(frozenset(option.values), option.values)
        allowed = ", ".join(map(str, choices))
        return Rejected("invalid_value", f"{name}: {quoted(value)} is not one of {allowed}")
    if isinstance(option, inspect.StrType) and isinstance(value, str):
        longest = option.max_length
        if longest is not None and len(value) > longest:
            return Rejected("invalid_value", f"{name} is longer than {longest} characters")
        if option.pattern is not None and re.search(option.pattern, value) is None:
            return _no_name(name, value)
    if isinstance(option, inspect.FloatType) and isinstance(value, int | float):
        return _wrong_number(name, value, option)
    return None


def _wrong_entries(name: str, value: dict[str, object], option: inspect.DictType) -> Rejected | None:
    if option.max_length is not None and len(value) > option.max_length:
        return Rejected("invalid_value", f"{name} has {len(value)} entries, above {option.max_length}")
    for key, item in value.items():
        if wrong_value(name, key, option.key_type):
            return _no_name(name, key)
        if wrong := wrong_value(f"{name}.{key}", item, option.value_type):
            return wrong
    return None


def _no_name(name: str, value: str) -> Rejected:
    return Rejected(
        "invalid_value",
        f"{name}: {quoted(value)} is no name of an attribute: a-z and 0-9, at most 32, starting with a letter",
    )


def _wrong_number(name: str, value: float, option: inspect.FloatType) -> Rejected | None:
    low, high = option.ge, option.le
    if abs(value) > sys.float_info.max:
        return Rejected("invalid_value", f"{name} is out of range")
    if low is not None and value < low:
        return Rejected("invalid_value", f"{name}: {quoted(value)} is below {low:g}")
    if high is not None and value > high:
        return Rejected("invalid_value", f"{name}: {quoted(value)} is above {high:g}")
    return None


def _described(value: object) -> str:
    if value is None or isinstance(value, bool):
        return quoted(value)
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return quoted(value)
