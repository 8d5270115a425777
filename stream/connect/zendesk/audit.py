"""An audit of a ticket in one form: read from the API's ticket audits, or from its incremental ticket events.

Both have the same ids, times and authors; they differ in where a field's name stands. Subjects, addresses and tags
are never read, texts by a scorer alone, where one is chosen, and custom fields only where the options name them.
(Zendesk ticket audits reference; incremental export of ticket events with ``include=comment_events``.)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from msgspec import Struct

from stream.connect.fields import (
    Unreadable,
    known,
    mapping,
    needed_moment_us,
    needed_number,
    number,
    objects,
    text,
    truth,
    whole_second_us,
)
from stream.connect.vendor import Scorer
from stream.connect.zendesk.words import AUDIT_KINDS, author_number, via_word

_READ_FIELDS: Final = ("status", "custom_status_id", "group_id", "priority", "requester_id")


ATTRIBUTES: Final = "attributes"
"""In place of the name of a field: those that the options name."""


class Comment(Struct, frozen=True):
    """Somebody wrote. ``merged_into``: the ticket that this one was merged into, where the comment says so.

    ``sentiment``: how it sounds, where a scorer says so.
    """

    id: str
    author: str
    public: bool
    via: str
    is_merge: bool
    merged_into: str
    sentiment: float | None = None


class Change(Struct, frozen=True):
    """A field has another value now; ``value`` is as the vendor sent it. Of `ATTRIBUTES`: values by field."""

    id: str
    field: str
    value: Any


class Audit(Struct, frozen=True):
    """What was done to a ticket at once. ``created``: its fields at the beginning; None where it was there before."""

    id: str
    ticket: str
    time_us: int
    via: str
    created: Mapping[str, Any] | None
    changes: tuple[Change, ...]
    comments: tuple[Comment, ...]
    passed: tuple[str, ...]

    @property
    def authors(self) -> set[str]:
        """Users whose role has to be known."""
        return {comment.author for comment in self.comments}


def is_audit(record: Mapping[str, Any]) -> bool:
    """True for an audit of either feed."""
    return "ticket_id" in record and ("child_events" in record or "events" in record)


def read_audit(record: Mapping[str, Any], named: Collection[str] = (), scorer: Scorer | None = None) -> Audit:
    """Read an audit, and of further fields those that are ``named``. Unreadable says what is wrong with it."""
    identity, ticket = needed_number(record, "id"), needed_number(record, "ticket_id")
    via = via_word(record.get("via"))
    created: dict[str, Any] | None = None
    changes: list[Change] = []
    comments: list[Comment] = []
    passed: list[str] = []
    for item in objects(record.get("events", record.get("child_events"))):
        kind = known(item.get("event_type", item.get("type")), AUDIT_KINDS, "event of a kind that is not known")
        if kind == "Create":
            created = {} if created is None else created
            found = _fields(item, named)
            if ATTRIBUTES in found:
                found[ATTRIBUTES] = {**created.get(ATTRIBUTES, {}), **found[ATTRIBUTES]}
            created.update(found)
        elif kind == "Change":
            found = _fields(item, named)
            changes += [Change(needed_number(item, "id"), name, value) for name, value in found.items()]
            if not found:
                passed.append("Change of another field")
        elif kind == "Comment":
            comments.append(_comment(item, via, scorer))
        else:
            passed.append(kind)
    time_us = whole_second_us(needed_moment_us(record, "created_at"))
    return Audit(identity, ticket, time_us, via, created, tuple(changes), tuple(comments), tuple(passed))


def _fields(item: Mapping[str, Any], named: Collection[str]) -> dict[str, Any]:
    """Values by the names that are read: of ``field_name`` and ``value``, or of the names themselves."""
    given: Mapping[str, Any] = item
    if "field_name" in item:
        given = {text(item["field_name"]) or number(item["field_name"]): item.get("value")}
    elif named:
        given = {**mapping(item.get("custom_ticket_fields")), **item}
    found = {name: given[name] for name in _READ_FIELDS if name in given}
    if further := {name: given[name] for name in named if name in given}:
        found[ATTRIBUTES] = further
    return found


def _comment(item: Mapping[str, Any], via: str, scorer: Scorer | None) -> Comment:
    identity = needed_number(item, "id")
    public = truth(item.get("public", item.get("comment_public")))
    if public is None:
        raise Unreadable("a comment does not say whether it is public")
    author = author_number(item.get("author_id"))
    if not author:
        raise Unreadable("a comment names no author_id: fetch ticket events with include=comment_events")
    source = mapping(mapping(item.get("via")).get("source"))
    is_merge = source.get("rel") == "merge"
    target = number(mapping(source.get("from")).get("ticket_id")) if is_merge else ""
    sentiment = scorer(item.get("body")) if scorer is not None and public else None
    return Comment(identity, author, public, via_word(item.get("via")) or via, is_merge, target, sentiment)
