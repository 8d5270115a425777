"""Zendesk's tables as Fivetran writes them: tickets, their field history, comments, users.

The numbers of audits are not in them, so changes have other ids than those from the API: never mix the two under one
source. Times without a zone are UTC; ``_fivetran_synced`` is a delivery's time and is not read.
(Fivetran Zendesk Support schema; dbt_zendesk.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from stream.connect.fields import (
    SECOND_US,
    Unreadable,
    known,
    needed_moment_us,
    needed_number,
    number,
    text,
    truth,
    whole_second_us,
)
from stream.connect.outcome import Broken, Outcome, Passed
from stream.connect.vendor import Account
from stream.connect.zendesk.options import ZendeskOptions
from stream.connect.zendesk.words import (
    HISTORY_FIELDS,
    SYSTEM_AUTHOR,
    author_number,
    channel_of,
    priority_of,
    status_of,
    via_word,
)
from stream.domain.events import Author
from stream.domain.times import format_time_us
from stream.sources.cloudevents import cloud_event
from stream.sources.source import CloudEvent

TABLES: Final[dict[str, frozenset[str]]] = {
    "ticket": frozenset({"id", "via_channel", "created_at", "requester_id", "submitter_id", "status"}),
    "ticket_field_history": frozenset({"ticket_id", "field_name", "updated", "value"}),
    "ticket_comment": frozenset({"id", "ticket_id", "public", "created", "user_id"}),
}
"""Columns by which the tables are told apart."""

_MERGED: Final = re.compile(r"[0-9]{1,20}", re.ASCII)
# Where two statuses share a second, the one that comes later in a ticket's life is the later one.
_RANKS: Final = {"new": 1, "open": 2, "pending": 3, "on_hold": 4, "solved": 5, "closed": 6}


def author_needed(table: str, row: Mapping[str, Any]) -> str:
    """The user whose role has to be known for a row's events; nothing where none has."""
    if table == "ticket_comment":
        author = author_number(row.get("user_id"))
        return "" if author == SYSTEM_AUTHOR else author
    submitter = number(row.get("submitter_id")) if table == "ticket" else ""
    return submitter if submitter != number(row.get("requester_id")) else ""


def events_of_row(
    table: str, row: Mapping[str, Any], roles: Mapping[str, Author], account: Account, options: ZendeskOptions
) -> Iterator[Outcome]:
    """Outcomes of a row of one of the `TABLES`."""
    name = "id" if table == "ticket" else "ticket_id"
    try:
        ticket = needed_number(row, name)
        yield from list(_Row(ticket, row, roles, account, options).outcomes(table))
    except Unreadable as problem:
        yield Broken(f"{table} of ticket {number(row.get(name)) or 'without a number'}", str(problem))


class _Row:
    def __init__(
        self,
        ticket: str,
        row: Mapping[str, Any],
        roles: Mapping[str, Author],
        account: Account,
        options: ZendeskOptions,
    ) -> None:
        self._ticket = ticket
        self._row = row
        self._roles = roles
        self._source = account.source
        self._scorer = account.scorer
        self._options = options

    def outcomes(self, table: str) -> Iterator[Outcome]:
        """Everything in it."""
        if table == "ticket":
            yield from self._of_ticket()
        elif table == "ticket_comment":
            yield self._message()
        else:
            yield from self._change()

    def _of_ticket(self) -> Iterator[Outcome]:
        row, options = self._row, self._options
        data: dict[str, Any] = {"channel": channel_of(via_word(row.get("via_channel")), options.channels)}
        requester, submitter = number(row.get("requester_id")), number(row.get("submitter_id"))
        if requester:
            data["customer_id"] = f"customer-{requester}"
        if requester and submitter:
            is_own = requester == submitter
            data["opened_by"] = "customer" if is_own or self._role(submitter) == "customer" else "agent"
        created_us = whole_second_us(needed_moment_us(row, "created_at"))
        yield self._event("created", "created", created_us, data, 0)
        if status_of(row.get("status"), options.statuses) == "removed":
            removed_us = whole_second_us(needed_moment_us(row, "updated_at"))
            yield self._event(f"removed-{removed_us // SECOND_US}", "removed", removed_us, {"reason": "deleted"}, 0)
        for loser in _MERGED.findall(text(row.get("merged_ticket_ids"))):
            if loser != self._ticket:
                merged_us = whole_second_us(needed_moment_us(row, "updated_at"))
                event_id = f"{loser}-merged-{merged_us // SECOND_US}"
                yield self._event(event_id, "merged", merged_us, {"into": self._ticket}, 0, of_ticket=loser)

    def _message(self) -> CloudEvent:
        row = self._row
        comment = needed_number(row, "id")
        public = truth(row.get("public"))
        if public is None:
            raise Unreadable("public is neither true nor false")
        author = author_number(row.get("user_id"))
        if not author:
            raise Unreadable("user_id is missing, or is no number")
        data: dict[str, Any] = {"author": self._author(author), "public": public}
        if data["author"] in ("system", "bot"):
            data["automated"] = True
        elif data["author"] == "agent":
            data["author_id"] = f"agent-{author}"
        elif public and self._scorer is not None and (score := self._scorer(row.get("body"))) is not None:
            data["sentiment"] = score
        written_us = whole_second_us(needed_moment_us(row, "created"))
        return self._event(comment, "message", written_us, data, int(comment))

    def _author(self, author: str) -> Author:
        if author == SYSTEM_AUTHOR:
            return "system"
        return "bot" if author in self._options.bots else self._role(author)

    def _role(self, user: str) -> Author:
        role = self._options.roles.get(user) or self._roles.get(user)
        if role is None:
            raise Unreadable(
                f"the role of user {user} is not known: give the table user too, or name the user in the option roles"
            )
        return role

    def _change(self) -> Iterator[Outcome]:
        row, options = self._row, self._options
        field, value = text(row.get("field_name")), row.get("value")
        at_us = whole_second_us(needed_moment_us(row, "updated"))
        second = at_us // SECOND_US
        if field == "status":
            meaning = status_of(value, options.statuses)
            if meaning is None or meaning == "ignored":
                yield Passed("status that is ignored" if meaning else "status that is not known")
            elif meaning == "removed":
                yield self._event(f"removed-{second}", "removed", at_us, {"reason": "deleted"}, 0)
            else:
                name = f"status-{second}-{meaning}"
                yield self._event(name, "status", at_us, {"status": meaning}, _RANKS[meaning])
        elif field == "group_id":
            group = number(value)
            data = {"team": options.team(group)} if group else {"cleared": ["team"]}
            yield self._event(f"group_id-{second}-{group or 'none'}", "updated", at_us, data, 0)
        elif field == "priority":
            priority = priority_of(value)
            if value and not priority:
                yield Passed("priority that is not known")
            else:
                data = {"priority": priority} if priority else {"cleared": ["priority"]}
                yield self._event(f"priority-{second}-{priority or 'none'}", "updated", at_us, data, 0)
        elif field in options.attributes.values():
            data = options.attributes_in({field: value})
            named = "-".join(name for names in data.values() for name in names)
            yield self._event(f"{named}-{second}", "updated", at_us, data, 0)
        else:
            yield Passed(f"change of {known(field, HISTORY_FIELDS, 'another field')}")

    def _event(
        self, name: str, kind: str, time_us: int, data: dict[str, Any], sequence: int, of_ticket: str = ""
    ) -> CloudEvent:
        ticket = of_ticket or self._ticket
        event_id = name if of_ticket else f"{ticket}-{name}"
        time = format_time_us(time_us)
        return cloud_event(self._source, event_id, f"ticket.{kind}", ticket, time, sequence=sequence, data=data)
