"""Records as other pipelines wrap them: Singer, Airbyte, Debezium. What is in no wrapping is left as it is.

(Singer specification, Airbyte protocol, Debezium connector documentation.)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from stream.connect.fields import mapping, text

_SINGER_KINDS: Final = frozenset({"SCHEMA", "STATE", "ACTIVATE_VERSION", "LOG", "SPEC", "CATALOG", "TRACE", "CONTROL"})


class Unwrapped(Struct, frozen=True):
    """A record without its wrapping. ``stream``: the table or stream it is of, empty where nobody says.

    ``before`` is the row before the change, ``operation`` one of c, u, d, r, ``at`` when the database made it
    (milliseconds since 1970): all three of Debezium alone.
    """

    record: Mapping[str, Any]
    stream: str = ""
    operation: str = ""
    before: Mapping[str, Any] = {}
    at: object = None


def unwrapped(row: Mapping[str, Any]) -> Iterator[Unwrapped]:
    """The record of one line; none for lines that hold no record (schemas, states)."""
    kind = row.get("type")
    if kind == "RECORD" and isinstance(row.get("record"), Mapping):
        inner = row["record"]
        if isinstance(inner.get("data"), Mapping) and "stream" in inner:
            yield Unwrapped(inner["data"], text(inner.get("stream")))
        else:
            yield Unwrapped(inner, text(row.get("stream")))
    elif kind in _SINGER_KINDS:
        return
    elif "_airbyte_data" in row:
        data = row["_airbyte_data"]
        yield Unwrapped(_parsed(data) if isinstance(data, str) else mapping(data), text(row.get("_airbyte_stream")))
    elif isinstance(row.get("payload"), Mapping) and "op" in row["payload"]:
        yield from _change(row["payload"])
    elif "op" in row and ("after" in row or "before" in row):
        yield from _change(row)
    else:
        yield Unwrapped(row)


def _change(row: Mapping[str, Any]) -> Iterator[Unwrapped]:
    source = mapping(row.get("source"))
    table = text(source.get("table"))
    before, after = mapping(row.get("before")), mapping(row.get("after"))
    operation = text(row.get("op"))
    if after or before:
        yield Unwrapped(after or before, table, operation, before, source.get("ts_ms"))


def _parsed(data: str) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(data))
    except (ValueError, RecursionError):
        return {}
