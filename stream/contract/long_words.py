"""Long texts where a time or one of a few words (a type, a status) is expected: answered before they are decoded.

The quick decoder repeats a wrong word in its error, however long it is, which takes longer than all the rest. To be
asked about events of more than `LARGE_BYTES` only.
"""

from __future__ import annotations

from typing import Final

from msgspec import inspect

from stream.contract.diagnosis import FALLBACK, diagnose, diagnose_data
from stream.contract.raw_fields import Fields, begins, fields_of
from stream.contract.wire import DATA_OF_TYPE, ENVELOPE_NAMES
from stream.domain.rejections import Rejected, Skipped

_LONG_BYTES: Final = 1024


def _words_of(shape: type) -> set[str]:
    rules = inspect.type_info(shape)
    assert isinstance(rules, inspect.StructType)
    options = {field.encode_name: getattr(field.type, "types", (field.type,)) for field in rules.fields}
    return {name for name, types in options.items() if any(isinstance(option, inspect.LiteralType) for option in types)}


_ENVELOPE_WORDS: Final = ("type", "specversion", "time")
_DATA_WORDS: Final = tuple(sorted(set().union(*map(_words_of, DATA_OF_TYPE.values()))))


def refuse_long_words(value: bytes) -> Rejected | Skipped | None:
    """What is wrong with a large structured event that has a long word; None where the decoder can go ahead."""
    try:
        fields = fields_of(value, ENVELOPE_NAMES)
        is_long = _is_long(fields, _ENVELOPE_WORDS)
        if "data" in fields and begins(fields["data"], b"{"):
            is_long = is_long or _is_long(fields_of(fields["data"], _DATA_WORDS), _DATA_WORDS)
    except (ValueError, RecursionError):
        return None
    answer = diagnose(value) if is_long else FALLBACK
    return None if answer is FALLBACK else answer


def refuse_long_words_of_data(value: bytes, event_type: str) -> Rejected | None:
    """The same for the data of a known ``event_type`` in binary mode."""
    try:
        is_long = _is_long(fields_of(value, _DATA_WORDS), _DATA_WORDS)
    except (ValueError, RecursionError):
        return None
    answer = diagnose_data(value, event_type) if is_long else FALLBACK
    return None if answer is FALLBACK else answer


def _is_long(fields: Fields, words: tuple[str, ...]) -> bool:
    return any(len(fields[name]) > _LONG_BYTES for name in words if name in fields)
