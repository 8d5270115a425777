"""Objects of Chatwoot's API, rows of its database (Debezium, or as tables), and kept webhooks, as history records.

In the database a message names its conversation by another number than people see, and a conversation its channel by
its inbox: such rows wait until the other is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from stream.connect.chatwoot.conversation import number_of
from stream.connect.chatwoot.hook import is_webhook, records_of_event
from stream.connect.chatwoot.words import EVENTS
from stream.connect.envelopes import Unwrapped, unwrapped
from stream.connect.fields import known, mapping, number, objects, text
from stream.connect.vendor import Account, Record

SNAPSHOT: Final = ("created", "status", "routing if any")
"""What a copy tells that comes without a word about what changed."""

_LISTS: Final = ("payload", "messages", "conversations", "csat_survey_responses")
_TABLES: Final = {"conversations", "messages", "csat_survey_responses", "inboxes"}
_KNOWN: Final = (
    {"payload"},
    {"event", "account"},
    {"message_type", "private", "created_at"},
    {"inbox_id", "status", "created_at"},
    {"rating", "message_id"},
    {"channel_type", "id"},
    {"op", "source"},
    {"type", "record"},
    {"_airbyte_data"},
)


def is_dump(names: Sequence[str]) -> bool:
    """True for field names that these objects have."""
    found = set(names)
    return any(known <= found for known in _KNOWN)


def records_of(rows: Iterable[Record], account: Account) -> Iterator[Record]:
    """What is in the objects of dumps; see `items_of`."""
    for row in rows:
        yield from items_of(row)


def items_of(row: Mapping[str, Any]) -> Iterator[Record]:
    """``{"conversation": ..., "parts": ...}``, ``{"message": ..., "of": ...}``, ``{"response": ..., "of": ...}``.

    Of the database also ``{"inbox": ...}``; ``"row": number`` stands for a conversation known by its row only.
    """
    if is_webhook(row):
        event = known(row.get("event"), EVENTS, "webhook of a kind that is not known")
        yield from records_of_event(event, row) or [{"passed": event}]
        return
    for found in unwrapped(row):
        inner = mapping(found.record.get("data")) if "payload" in mapping(found.record.get("data")) else found.record
        lists = [name for name in _LISTS if isinstance(inner.get(name), list | tuple)]
        if lists and "message_type" not in inner and "status" not in inner:
            for name in lists:
                for item in objects(inner[name]):
                    yield _item(Unwrapped(item))
        else:
            yield _item(found)


def _item(found: Unwrapped) -> Record:
    row, table = found.record, found.stream.rpartition(".")[2]
    is_row = table in _TABLES or "display_id" in row
    if found.operation == "d":
        return _deleted(found) if table == "conversations" else {"passed": "deleted row"}
    if table == "inboxes" or ("channel_type" in row and "message_type" not in row):
        return {"inbox": row}
    if "message_type" in row:
        return _of_conversation({"message": row}, row, is_row=is_row)
    if "rating" in row and "message_id" in row:
        return _of_conversation({"response": row}, row, is_row=is_row)
    if "status" in row and "inbox_id" in row:
        return _conversation(found, is_row=is_row)
    return {"passed": "object that is no conversation, message or survey response"}


def _of_conversation(record: dict[str, Any], row: Mapping[str, Any], *, is_row: bool) -> Record:
    named = row.get("conversation_id")
    nested = row.get("conversation")
    if isinstance(nested, Mapping):
        return {**record, "of": number_of(nested)}
    if is_row:
        return {**record, "of_row": number(named)}
    return {**record, "of": number(named) or number(nested)}


def _deleted(found: Unwrapped) -> Record:
    """A conversation that is gone. Of its row the database may keep the key alone."""
    row, at = found.record, found.at
    if "display_id" in row:
        return {"deleted": row, "at": at, "of": number_of(row)}
    return {"deleted": row, "at": at, "of_row": number(row.get("id"))}


def _conversation(found: Unwrapped, *, is_row: bool) -> Record:
    row, before = found.record, found.before
    parts: tuple[str, ...] = SNAPSHOT
    if found.operation == "u" and before:
        changed = {name for name in ("status", "team_id", "priority") if before.get(name) != row.get(name)}
        parts = ("status",) * ("status" in changed) + ("routing",) * bool(changed - {"status"})
    record: Record = {"conversation": row, "parts": parts, "before": before if found.operation == "u" else {}}
    return {**record, "of_inbox": number(row.get("inbox_id"))} if is_row and "channel" not in row else record


def joined(records: Iterable[Record], account: Account) -> Iterator[Record]:
    """History records: those of the database with the numbers and channels that other rows tell."""
    numbers: dict[str, str] = {}
    channels: dict[str, str] = {}
    waiting: list[Record] = []

    def told(record: Record) -> Record | None:
        if "of_row" in record:
            found = numbers.get(record["of_row"])
            return {**record, "of": found} if found else None
        if "created" in record.get("parts", ()) and "of_inbox" in record:
            channel = channels.get(record["of_inbox"])
            return {**record, "channel": channel} if channel else None
        return record

    for record in records:
        if "inbox" in record:
            if identity := number(record["inbox"].get("id")):
                channels[identity] = text(record["inbox"].get("channel_type"))
            continue
        row = record.get("conversation", {})
        if "display_id" in row and number(row.get("id")):
            numbers[number(row["id"])] = number_of(row)
        known = told(record)
        if known is None:
            waiting.append(record)
        else:
            yield known
    for record in waiting:
        yield told(record) or record
