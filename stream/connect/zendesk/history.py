"""Events of an audit: creation with its values of then, messages, statuses, routing, merging."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stream.connect.fields import Unreadable, number
from stream.connect.outcome import Broken, Outcome, Passed
from stream.connect.vendor import Account
from stream.connect.zendesk.audit import ATTRIBUTES, Audit, Change, Comment, read_audit
from stream.connect.zendesk.options import ZendeskOptions
from stream.connect.zendesk.words import SYSTEM_AUTHOR, channel_of, is_automatic, priority_of, status_of
from stream.domain.events import Author
from stream.domain.times import format_time_us
from stream.sources.cloudevents import cloud_event
from stream.sources.source import CloudEvent

_CREATED, _FIRST_STATUS = 0, 1
"""Sequences at the creation; those of all else are ids of audit events, which are far larger."""


def events_of_audit(
    record: Mapping[str, Any], roles: Mapping[str, Author], account: Account, options: ZendeskOptions
) -> Iterator[Outcome]:
    """Outcomes of one audit. ``roles``: what the authors of its comments are, by number."""
    try:
        audit = read_audit(record, options.attributes.values(), account.scorer)
    except Unreadable as problem:
        yield Broken(f"audit {number(record.get('id')) or 'without a number'}", str(problem))
    else:
        yield from _Audited(audit, roles, account.source, options).outcomes()


class _Audited:
    def __init__(self, audit: Audit, roles: Mapping[str, Author], source: str, options: ZendeskOptions) -> None:
        self._audit = audit
        self._roles = roles
        self._source = source
        self._options = options

    def outcomes(self) -> Iterator[Outcome]:
        """Everything in it."""
        audit = self._audit
        if audit.created is not None:
            yield from self._creation(audit.created)
        for comment in audit.comments:
            try:
                yield self._message(comment)
            except Unreadable as problem:
                yield Broken(f"comment {comment.id} of ticket {audit.ticket}", str(problem))
        custom = self._custom_status()
        for change in audit.changes:
            yield from self._changed(change, custom)
        yield from self._merged()
        for kind in audit.passed:
            yield Passed(kind)

    def _creation(self, fields: Mapping[str, Any]) -> Iterator[Outcome]:
        options = self._options
        data: dict[str, Any] = {"channel": channel_of(self._audit.via, options.channels)}
        if group := number(fields.get("group_id")):
            data["team"] = options.team(group)
        if priority := priority_of(fields.get("priority")):
            data["priority"] = priority
        if requester := number(fields.get("requester_id")):
            data["customer_id"] = f"customer-{requester}"
        data |= options.attributes_of_new(fields.get(ATTRIBUTES, {}))
        try:
            data |= self._opened_by()
            yield self._event("created", "created", data, _CREATED)
        except Unreadable as problem:
            # Without it, it would be another event than the one that knows.
            yield Broken(f"creation of ticket {self._audit.ticket}", str(problem))
        custom = number(fields.get("custom_status_id"))
        meaning = options.statuses.get(custom) or status_of(fields.get("status"), options.statuses)
        yield from self._status("created-status", _FIRST_STATUS, meaning)

    def _opened_by(self) -> dict[str, str]:
        """By whom, where the first comment is a person's."""
        if not self._audit.comments:
            return {}
        opener, automated = self._author(self._audit.comments[0])
        return {} if automated else {"opened_by": "agent" if opener == "agent" else "customer"}

    def _message(self, comment: Comment) -> Outcome:
        author, automated = self._author(comment)
        data: dict[str, Any] = {"author": author, "public": comment.public}
        if automated:
            data["automated"] = True
        if author == "agent":
            data["author_id"] = f"agent-{comment.author}"
        if author == "customer" and comment.sentiment is not None:
            data["sentiment"] = comment.sentiment
        return self._event(comment.id, "message", data)

    def _author(self, comment: Comment) -> tuple[Author, bool]:
        """Who wrote, and whether that was no person's doing."""
        number_of = comment.author
        if number_of == SYSTEM_AUTHOR or is_automatic(comment.via):
            return "system", True
        if number_of in self._options.bots:
            return "bot", True
        role = self._options.roles.get(number_of) or self._roles.get(number_of)
        if role is None:
            raise Unreadable(
                f"the role of user {number_of} is not known: give the users too (api/v2/users.json, or "
                "include=users), or name the user in the option roles"
            )
        return role, False

    def _custom_status(self) -> Change | None:
        """The change of a custom status that the options give a meaning: it goes before that of its category."""
        return next(
            (
                change
                for change in self._audit.changes
                if change.field == "custom_status_id" and number(change.value) in self._options.statuses
            ),
            None,
        )

    def _changed(self, change: Change, custom: Change | None) -> Iterator[Outcome]:
        options = self._options
        if change.field == "custom_status_id":
            if change is custom:
                yield from self._status(change.id, int(change.id), options.statuses[number(change.value)])
            else:
                yield Passed("Change of custom_status_id")
        elif change.field == "status":
            meaning = status_of(change.value, options.statuses)
            # Deleting has no custom status, and must not hide behind one.
            if custom is None or meaning == "removed":
                yield from self._status(change.id, int(change.id), meaning)
        elif change.field == "group_id":
            group = number(change.value)
            yield self._event(change.id, "updated", {"team": options.team(group)} if group else {"cleared": ["team"]})
        elif change.field == "priority":
            priority = priority_of(change.value)
            if change.value and not priority:
                yield Passed("Change of priority to an unknown word")
            else:
                data = {"priority": priority} if priority else {"cleared": ["priority"]}
                yield self._event(change.id, "updated", data)
        elif change.field == ATTRIBUTES:
            yield self._event(change.id, "updated", options.attributes_in(change.value))
        else:
            yield Passed(f"Change of {change.field}")

    def _status(self, name: str, sequence: int, meaning: str | None) -> Iterator[Outcome]:
        if meaning is None or meaning == "ignored":
            yield Passed("status that is ignored" if meaning else "status that is not known")
        elif meaning == "removed":
            yield self._event(name, "removed", {"reason": "deleted"}, sequence)
        else:
            yield self._event(name, "status", {"status": meaning}, sequence)

    def _merged(self) -> Iterator[Outcome]:
        """The ticket that loses is closed by the same audit that comments on the merging; the other goes on."""
        if not any(change.field == "status" and change.value == "closed" for change in self._audit.changes):
            return
        for comment in self._audit.comments:
            if comment.merged_into and comment.merged_into != self._audit.ticket:
                yield self._event(f"{comment.id}-merged", "merged", {"into": comment.merged_into}, int(comment.id))
            elif comment.is_merge:
                yield Passed("merging into a ticket that is not named")

    def _event(self, name: str, kind: str, data: dict[str, Any], sequence: int | None = None) -> CloudEvent:
        audit = self._audit
        return cloud_event(
            self._source,
            f"{audit.ticket}-{name}",
            f"ticket.{kind}",
            audit.ticket,
            format_time_us(audit.time_us),
            sequence=int(name) if sequence is None else sequence,
            data=data,
        )
