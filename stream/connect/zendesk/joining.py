"""Records that need the roles of users wait for them: a comment does not say what its author is.

A record goes out without them only when nothing more will come, and is then told as broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from stream.connect.fields import Unreadable, text
from stream.connect.vendor import Account, Record
from stream.connect.zendesk.audit import read_audit
from stream.connect.zendesk.fivetran import author_needed
from stream.connect.zendesk.options import ZendeskOptions
from stream.connect.zendesk.words import ROLES, SYSTEM_AUTHOR, author_number
from stream.domain.events import Author


class Roles:
    """What is known of users: their number and whether they are staff. Nothing else of them is read."""

    def __init__(self) -> None:
        self._known: dict[str, Author] = {}

    def learn(self, user: Mapping[str, Any]) -> None:
        """Note a user's role; one that is no role of Zendesk is left unknown."""
        identity, role = author_number(user.get("id")), ROLES.get(text(user.get("role")).lower())
        if identity and role is not None:
            self._known[identity] = role

    def missing(self, authors: Iterable[str]) -> set[str]:
        """Those of the ``authors`` whose role is not known."""
        return set(authors) - self._known.keys()

    def of(self, authors: Iterable[str]) -> dict[str, Author]:
        """The known roles of ``authors``."""
        return {author: self._known[author] for author in authors if author in self._known}


def authors_of(record: Record) -> set[str]:
    """Users whose role a record needs; empty for one that cannot be read."""
    if "audit" in record:
        try:
            return read_audit(record["audit"]).authors - {SYSTEM_AUTHOR}
        except Unreadable:
            return set()
    if "row" in record:
        return {author_needed(record["table"], record["row"])} - {""}
    return set()


def joined(records: Iterable[Record], account: Account) -> Iterator[Record]:
    """History records, told the ``roles`` of those they name; users themselves are none."""
    options = cast(ZendeskOptions, account.options)
    told = options.roles.keys() | set(options.bots)
    roles = Roles()
    waiting: list[Record] = []
    for record in records:
        if "user" in record:
            roles.learn(record["user"])
            continue
        authors = authors_of(record)
        if roles.missing(authors) - told:
            waiting.append(record)
        else:
            yield {**record, "roles": roles.of(authors)}
    for record in waiting:
        yield {**record, "roles": roles.of(authors_of(record))}
