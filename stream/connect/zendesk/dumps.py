"""Objects of Zendesk's API as history records: pages or single objects, in files of any kind or from the API itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from stream.connect.envelopes import unwrapped
from stream.connect.fields import objects
from stream.connect.vendor import Account, Record
from stream.connect.zendesk.audit import is_audit
from stream.connect.zendesk.notice import is_deleted_ticket, notice_of_deleted
from stream.connect.zendesk.rating import is_rating

_LISTS: Final = ("users", "deleted_tickets", "audits", "ticket_events", "satisfaction_ratings")
"""Names of the lists in a page. Users first: the audits beside them are theirs."""

_SINGLE: Final = {"user": "users", "audit": "audits", "satisfaction_rating": "satisfaction_ratings"}
_KNOWN: Final = (
    *({name} for name in _LISTS),
    {"ticket_id", "child_events"},
    {"ticket_id", "events"},
    {"ticket_id", "score", "requester_id"},
    {"id", "role"},
    {"id", "deleted_at"},
    {"type", "record"},
    {"_airbyte_data"},
)


def is_dump(names: Sequence[str]) -> bool:
    """True for field names that objects of the API have, wrapped or not."""
    found = set(names)
    return any(known <= found for known in _KNOWN)


def records_of(rows: Iterable[Record], account: Account) -> Iterator[Record]:
    """What is in the objects of dumps; see `items_of`."""
    for row in rows:
        yield from items_of(row)


def items_of(row: Mapping[str, Any]) -> Iterator[Record]:
    """What is in an object of a dump: ``{"user": ...}``, ``{"audit": ...}``, ``{"rating": ...}``, ``{"notice": ...}``.

    What is none of these is ``{"passed": kind}``.
    """
    for found in unwrapped(row):
        record = found.record
        lists = [name for name in _LISTS if isinstance(record.get(name), list | tuple)]
        if lists:
            for name in lists:
                for item in objects(record[name]):
                    yield _item(item, name)
            continue
        single = next((name for name in _SINGLE if isinstance(record.get(name), Mapping)), None)
        yield _item(record[single], _SINGLE[single]) if single else _item(record, found.stream)


def _item(record: Mapping[str, Any], stream: str) -> Record:
    if is_audit(record):
        return {"audit": record}
    if is_rating(record):
        return {"rating": record}
    if stream == "users" or ("role" in record and "id" in record):
        return {"user": record}
    if stream == "deleted_tickets" or is_deleted_ticket(record):
        return {"notice": notice_of_deleted(record)}
    return {"passed": "object that is no audit, user, rating or deleted ticket"}
