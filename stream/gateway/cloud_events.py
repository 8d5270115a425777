"""CloudEvents over HTTP: our own event contract, posted by anybody's program, in all three modes of the binding.

Only what the contract reads is passed on: a text in a field that nobody knows does not reach Kafka. What is left of an
event are its own bytes, so that an event sent twice is the same twice.
(CloudEvents 1.0, HTTP protocol binding and JSON event format.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import Raw

from stream.contract.decoder import Decoder
from stream.contract.wire import DATA_OF_TYPE, ENVELOPE_NAMES
from stream.domain.rejections import Rejected, Skipped
from stream.gateway.bodies import UnreadableError, media_type
from stream.gateway.taken import Letter, Record, Taken, topic_of

ONE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
_JSON: Final = "application/json"
_SENT_AS: Final = f"send {ONE}, {BATCH}, or ce- headers with data as {_JSON}"
_FIELDS: Final = {name: frozenset(shape.__struct_fields__) for name, shape in DATA_OF_TYPE.items()}
_ATTRIBUTES: Final = tuple(name for name in ENVELOPE_NAMES if name != "data")

_objects = msgspec.json.Decoder(dict[str, Raw]).decode
_lists = msgspec.json.Decoder(list[Raw]).decode
_encode = msgspec.json.Encoder().encode


class CloudEventsReader:
    """Reads deliveries of events; those of customers count for nothing unless it ``takes_customers``.

    ``latest_us`` of `read` is the latest event time that is admissible.
    """

    def __init__(self, decoder: Decoder, takes_customers: bool = False) -> None:
        self._decoder = decoder
        self._takes_customers = takes_customers

    def read(self, headers: Mapping[str, str], body: bytes, latest_us: int) -> Taken:
        """What the delivery holds. UnreadableError: nothing that could be an event."""
        events = list(_events(headers, body))
        records: list[Record] = []
        passed: list[str] = []
        letters: list[Letter] = []
        refused: list[dict[str, Any]] = []
        for place, raw in enumerate(events):
            value = _allowed(raw)
            match self._decoder.decode(value, None, (), latest_us):
                case Rejected(reason=reason, detail=detail):
                    letters.append(Letter(reason, f"event {place}", detail))
                    refused.append({"event": place, "reason": reason, "detail": detail})
                case Skipped(type=kind):
                    passed.append(kind)
                case subject, _:
                    topic = topic_of(kind := _type_of(value))
                    if topic == "customers" and not self._takes_customers:
                        passed.append(kind)
                    else:
                        records.append(Record(topic, subject.encode(), value))
        told: dict[str, Any] = {"written": len(records)}
        if passed:
            told["passed_over"] = dict(sorted(Counter(passed).items()))
        if refused:
            told["refused"] = refused
        return Taken(tuple(records), (), tuple(passed), tuple(letters), told=told, status=422 if refused else 0)


def _events(headers: Mapping[str, str], body: bytes) -> Iterator[bytes]:
    kind = media_type(headers)
    if any(name.startswith("ce-") for name in headers):
        yield _from_binary(headers, body, kind)
    elif kind == BATCH or (kind == _JSON and body.lstrip()[:1] == b"["):
        try:
            elements = _lists(body)
        except (ValueError, RecursionError):
            raise UnreadableError("the batch is not a JSON array") from None
        yield from map(bytes, elements)
    elif kind in (ONE, _JSON):
        yield body
    else:
        raise UnreadableError(f"the content type is none of an event: {_SENT_AS}")


def _from_binary(headers: Mapping[str, str], body: bytes, kind: str) -> bytes:
    if kind not in ("", _JSON) and not kind.endswith("+json"):
        raise UnreadableError(f"the data of an event is JSON: {_SENT_AS}")
    # Values are percent-encoded UTF-8 (binding, 3.1.3.2).
    event: dict[str, Any] = {}
    for name in _ATTRIBUTES:
        header = headers.get(f"ce-{name}")
        if header is not None:
            try:
                event[name] = unquote_to_bytes(header.encode("utf-8", "surrogateescape")).decode()
            except UnicodeDecodeError:
                raise UnreadableError(f"header ce-{name} is not percent-encoded UTF-8") from None
    if body.strip():
        event["data"] = Raw(body)
    return _encode(event)


def _allowed(event: bytes) -> bytes:
    """The event with the fields of the contract alone; what is no object is left for the decoder to judge."""
    try:
        fields = _objects(event)
        kept = {name: fields[name] for name in ENVELOPE_NAMES if name in fields}
        known = _FIELDS.get(_type_of(event), frozenset())
        if "data" in kept and bytes(kept["data"]).lstrip()[:1] == b"{":
            data = _objects(kept["data"])
            kept["data"] = Raw(_encode({name: value for name, value in data.items() if name in known}))
        return _encode(kept)
    except (ValueError, RecursionError):
        return event


class _Typed(msgspec.Struct):
    type: str = ""


def _type_of(event: bytes) -> str:
    try:
        return msgspec.json.decode(event, type=_Typed).type
    except (ValueError, RecursionError):
        return ""
