"""CloudEvents in Kafka's binary mode: attributes in ``ce_`` headers, the record value is ``data``.

A binary event without data has a null or empty value; its types are those whose data may be absent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Final, cast

import msgspec

from stream.domain.labels import clean_label
from stream.domain.rejections import Rejected, Skipped
from stream.edge.diagnosis import diagnose_data
from stream.edge.shapes import Refusal
from stream.edge.text_rules import quoted
from stream.edge.wire import DATA_OF_TYPE, ENVELOPE_OF_TYPE, MAX_TIME_CHARACTERS, Envelope

_PREFIX: Final = "ce_"
_REQUIRED: Final = ("specversion", "id", "source", "subject", "time")
_DATA_DECODERS: Final[dict[str, Callable[[bytes], Any]]] = {
    event_type: msgspec.json.Decoder(cast(Any, data_type | None)).decode
    for event_type, data_type in DATA_OF_TYPE.items()
}


class ContentMode(Enum):
    """Where the attributes of a CloudEvent lie."""

    STRUCTURED = "structured"
    BINARY = "binary"


def content_mode_of(headers: Sequence[tuple[str, bytes | None]]) -> ContentMode:
    """The mode the headers announce. Raises Refusal for a CloudEvents format that is not one JSON event."""
    mode = ContentMode.STRUCTURED
    for name, value in headers:
        if name == "content-type" and value is not None:
            content_type = value.lower()
            if content_type.startswith(b"application/cloudevents-batch"):
                raise Refusal("not_an_object", "the record holds a batch: send one event in each record")
            if content_type.startswith(b"application/cloudevents"):
                if not content_type.startswith(b"application/cloudevents+json"):
                    raise Refusal("not_json", "the content type is not application/cloudevents+json")
                return ContentMode.STRUCTURED
        elif name.startswith(_PREFIX):
            mode = ContentMode.BINARY
    return mode


def envelope_of(value: bytes | None, headers: Sequence[tuple[str, bytes | None]]) -> Envelope | Rejected | Skipped:
    """The envelope that the same event would have in structured mode. May raise Refusal or says what is wrong."""
    attributes = {
        name[len(_PREFIX) :]: _text(name, raw) for name, raw in headers if name.startswith(_PREFIX) and raw is not None
    }
    event_type = attributes.pop("type", None)
    if event_type is None:
        return Rejected("missing_field", "type is missing (header ce_type)")
    data_type = DATA_OF_TYPE.get(event_type)
    if data_type is None:
        return Skipped(clean_label(event_type[:256]))
    for name in _REQUIRED:
        if name not in attributes:
            return Rejected("missing_field", f"{name} is missing (header ce_{name})")
    if attributes["specversion"] != "1.0":
        return Rejected("invalid_value", f"specversion: {quoted(attributes['specversion'])} is not one of 1.0")
    if len(attributes["time"]) > MAX_TIME_CHARACTERS:
        return Rejected("invalid_value", f"time is longer than {MAX_TIME_CHARACTERS} characters")
    data = None
    if value:
        try:
            data = _DATA_DECODERS[event_type](value)
        except (ValueError, RecursionError):
            return diagnose_data(value, event_type)
    if data is None and not data_type.may_be_absent:
        return Rejected("missing_field", "data is missing (the record has no value)")
    known = {name: attributes[name] for name in (*_REQUIRED, "sequence") if name in attributes}
    return cast(Envelope, ENVELOPE_OF_TYPE[event_type](**known, data=data))


def _text(name: str, raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Refusal("not_utf8", f"header {quoted(name)} is not UTF-8") from None
