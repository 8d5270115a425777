"""CloudEvents in Kafka's binary mode: attributes in ``ce_`` headers, the record value is ``data``.

A binary event without data has a null or empty value; its types are those whose data may be absent.
Of a header given twice the last one counts, as with fields of a JSON object; unknown headers are not read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import msgspec

from stream.contract.diagnosis import diagnose_data, skipped
from stream.contract.long_words import refuse_long_words_of_data
from stream.contract.raw_fields import LARGE_BYTES
from stream.contract.shapes import Refusal
from stream.contract.text_rules import quoted
from stream.contract.wire import DATA_OF_TYPE, ENVELOPE_OF_TYPE, MAX_TIME_CHARACTERS, Envelope
from stream.domain.rejections import Rejected, Skipped

Headers = Mapping[str, bytes | None]

_REQUIRED: Final = ("specversion", "id", "source", "subject", "time")
_ATTRIBUTE_HEADERS: Final = {f"ce_{name}": name for name in (*_REQUIRED, "type", "sequence")}
_DATA_DECODERS: Final[dict[str, Callable[[bytes], Any]]] = {
    event_type: msgspec.json.Decoder(cast(Any, data_type | None)).decode
    for event_type, data_type in DATA_OF_TYPE.items()
}


def is_binary(headers: Headers) -> bool:
    """Whether the attributes lie in the headers. Raises Refusal for a CloudEvents format that is not one JSON event."""
    content_type = (headers.get("content-type") or b"").lower()
    if content_type.startswith(b"application/cloudevents"):
        if content_type.startswith(b"application/cloudevents-batch"):
            raise Refusal("not_an_object", "the record holds a batch: send one event in each record")
        if not content_type.startswith(b"application/cloudevents+json"):
            raise Refusal("not_json", "the content type is not application/cloudevents+json")
        return False
    return not _ATTRIBUTE_HEADERS.keys().isdisjoint(headers)


def envelope_of(value: bytes | None, headers: Headers) -> Envelope | Rejected | Skipped:
    """The envelope the same event would have in structured mode, or what is wrong with it (some by Refusal)."""
    attributes = {}
    try:
        for header, name in _ATTRIBUTE_HEADERS.items():
            raw = headers.get(header)
            if raw is not None:
                attributes[name] = raw.decode()
    except UnicodeDecodeError:
        raise Refusal("not_utf8", f"header {header} is not UTF-8") from None
    event_type = attributes.pop("type", None)
    if event_type is None:
        return Rejected("missing_field", "type is missing (header ce_type)")
    data_type = DATA_OF_TYPE.get(event_type)
    if data_type is None:
        return skipped(event_type)
    _check_attributes(attributes)
    data = None
    if value:
        if len(value) > LARGE_BYTES and (refused := refuse_long_words_of_data(value, event_type)) is not None:
            return refused
        try:
            data = _DATA_DECODERS[event_type](value)
        except (ValueError, RecursionError):
            return diagnose_data(value, event_type)
    if data is None and not data_type.may_be_absent:
        return Rejected("missing_field", "data is missing (the record has no value)")
    return cast(Envelope, ENVELOPE_OF_TYPE[event_type](**attributes, data=data))


def _check_attributes(attributes: Mapping[str, str]) -> None:
    for name in _REQUIRED:
        if name not in attributes:
            raise Refusal("missing_field", f"{name} is missing (header ce_{name})")
    version = attributes["specversion"]
    if version != "1.0":
        raise Refusal("invalid_value", f"specversion: {quoted(version)} is not one of 1.0")
    if len(attributes["time"]) > MAX_TIME_CHARACTERS:
        raise Refusal("invalid_value", f"time is longer than {MAX_TIME_CHARACTERS} characters")
