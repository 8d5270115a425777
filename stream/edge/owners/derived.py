"""The public form of dead letters, as JSON."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final

import orjson

from stream.domain.rejections import Rejected
from stream.domain.times import format_time_us
from stream.edge.kafka.fetched import Unreadable
from stream.edge.owners.carried import carried_without_customers

MAX_CARRIED_BYTES: Final = 512 << 10
"""The most of an original that may be asked for: the row has to fit into a dead-letter topic of 1 MiB."""

_MAX_KEY_BYTES: Final = 4096
"""No ticket's id is so long; a key may be as long as a record."""


def dead_letter_row(
    rejected: Rejected, record: Any, max_original_bytes: int = MAX_CARRIED_BYTES, customers_topic: str | None = None
) -> bytes:
    """Value of a dead letter: why, from where, and the original bytes; of a longer original the beginning and hash.

    ``customers_topic``: that of the installation, where no letter may carry the id of a customer.
    """
    original: bytes | None = record.value
    key: bytes | None = record.key
    carried = original
    if customers_topic is not None:
        key, carried = carried_without_customers(rejected, record, customers_topic, max_original_bytes)
    row: dict[str, Any] = {
        "reason": rejected.reason,
        "detail": rejected.detail,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": format_time_us(max(0, record.timestamp) * 1000),
        "key_base64": None,
        "original_base64": None,
        "original_bytes": 0 if original is None else len(original),
    }
    if key is not None:
        if len(key) <= _MAX_KEY_BYTES:
            row["key_base64"] = base64.b64encode(key).decode()
        else:
            row["key_sha256"] = hashlib.sha256(key).hexdigest()
    if original is not None:
        if carried is not None and len(carried) <= max_original_bytes:
            row["original_base64"] = base64.b64encode(carried).decode()
        elif carried is not None:
            row["original_beginning_base64"] = base64.b64encode(original[:max_original_bytes]).decode()
        if carried != original or row["original_base64"] is None:
            row["original_sha256"] = hashlib.sha256(original).hexdigest()
    return orjson.dumps(row)


def batch_letter_row(batch: Unreadable) -> bytes:
    """Value of the one dead letter for all records of a batch that cannot be read."""
    return orjson.dumps(
        {
            "reason": batch.reason,
            "detail": f"records {batch.first} to {batch.last}: {batch.detail}",
            "topic": batch.topic,
            "partition": batch.partition,
            "offset": batch.first,
            "last_offset": batch.last,
            "timestamp": format_time_us(max(0, batch.timestamp) * 1000),
            "key_base64": None,
            "original_base64": None,
            "original_bytes": 0,
        }
    )


def batch_letter_key(batch: Unreadable) -> bytes:
    """Key of that dead letter: where the first of its records lies."""
    return f"{batch.topic}|{batch.partition}|{batch.first}".encode()


def dead_letter_key(record: Any) -> bytes:
    """Key of a dead letter: where the original lies."""
    return f"{record.topic}|{record.partition}|{record.offset}".encode()
