"""A conversation as it was at one moment, as events: that it began, its status, its team and priority, a hand-over.

``updated_at`` says when it was so, to the microsecond in webhooks, API and database alike; here it is cut to the
millisecond. A status that is told again is no change, so a copy that polling finds later does no harm, and stands in
for a webhook that got lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from stream.connect.chatwoot.options import ChatwootOptions
from stream.connect.chatwoot.words import STATUSES, channel_of, priority_word, status_word
from stream.connect.fields import (
    Unreadable,
    mapping,
    moment_us,
    needed_moment_us,
    number,
    objects,
    whole_second_us,
)
from stream.connect.outcome import Broken, Outcome, Passed
from stream.domain.times import format_time_us
from stream.sources.cloudevents import cloud_event

_MILLISECOND_US: Final = 1_000


class Conversation(Struct, frozen=True):
    """What is read of a conversation. ``was`` is the status before, where the record tells of a change."""

    number: str
    inbox: str
    channel: str
    created_us: int | None
    updated_us: int | None
    status: str
    team: str
    priority: str
    was: str
    is_rerouted: bool


def number_of(raw: Mapping[str, Any]) -> str:
    """The number that people see. In the database it is ``display_id``, and ``id`` is another."""
    return number(raw.get("display_id")) if "display_id" in raw else number(raw.get("id"))


def read_conversation(raw: Mapping[str, Any], before: Mapping[str, Any], channel: str = "") -> Conversation:
    """Read a conversation of a webhook, the API or the database. Unreadable: it has no number.

    ``before`` is the row before a change in the database; ``channel`` is that of its inbox, where the record has none.
    """
    if not number_of(raw):
        raise Unreadable("id is missing, or is no number")
    meta = mapping(raw.get("meta"))
    changes = {
        name: mapping(change) for changed in objects(raw.get("changed_attributes")) for name, change in changed.items()
    }
    was = status_word(mapping(changes.get("status")).get("previous_value"))
    is_rerouted = not changes.keys().isdisjoint(("team_id", "priority"))
    if before:
        was = status_word(before.get("status"))
        is_rerouted = any(before.get(name) != raw.get(name) for name in ("team_id", "priority"))
    return Conversation(
        number_of(raw),
        number(raw.get("inbox_id")),
        channel or str(raw.get("channel") or meta.get("channel") or ""),
        moment_us(raw.get("created_at")),
        moment_us(raw.get("updated_at")),
        status_word(raw.get("status")),
        number(mapping(meta.get("team")).get("id")) or number(raw.get("team_id")),
        priority_word(raw.get("priority")),
        was,
        is_rerouted,
    )


def events_of_conversation(
    raw: Mapping[str, Any], told: Mapping[str, Any], source: str, options: ChatwootOptions
) -> Iterator[Outcome]:
    """Outcomes of one copy. ``told``: ``parts`` that count (created, status, routing), ``before``, ``channel``."""
    try:
        read = read_conversation(raw, mapping(told.get("before")), str(told.get("channel") or ""))
        yield from list(_Copy(read, source, options).outcomes(told.get("parts", ())))
    except Unreadable as problem:
        yield Broken(f"conversation {number_of(raw) or 'without a number'}", str(problem))


class _Copy:
    def __init__(self, read: Conversation, source: str, options: ChatwootOptions) -> None:
        self._read = read
        self._source = source
        self._options = options

    def outcomes(self, parts: tuple[str, ...]) -> Iterator[Outcome]:
        """The events of the named parts."""
        if "created" in parts:
            yield self._created()
        if "status" in parts:
            yield from self._status()
        if "routing" in parts:
            yield self._routing()
        if "routing if any" in parts and (self._read.team or self._read.priority):
            yield self._routing()

    def _created(self) -> Outcome:
        read, options = self._read, self._options
        channel = channel_of(read.channel, options.channels)
        if read.created_us is None:
            raise Unreadable("created_at is missing, or is no time")
        if not channel:
            raise Unreadable("its channel is not known: give the inboxes too")
        data = {"channel": channel}
        if inbox := options.inboxes.get(read.inbox):
            data["team"] = inbox
        return self._event("created", "created", whole_second_us(read.created_us), data, 0)

    def _status(self) -> Iterator[Outcome]:
        read, options = self._read, self._options
        meaning = options.statuses.get(read.status) or STATUSES.get(read.status)
        if meaning is None or meaning == "ignored":
            yield Passed("status that is ignored" if meaning else "status that is not known")
            return
        at_us = self._at_us()
        if meaning == "removed":
            yield self._event(f"removed-{at_us // _MILLISECOND_US}", "removed", at_us, {"reason": "deleted"})
            return
        if read.was == "pending" and read.status == "open" and self._has_bot():
            yield self._event(f"handoff-{at_us // _MILLISECOND_US}", "handed_off", at_us, {})
        yield self._event(f"status-{at_us // _MILLISECOND_US}", "status", at_us, {"status": meaning})

    def _has_bot(self) -> bool:
        return not self._options.bot_inboxes or self._read.inbox in self._options.bot_inboxes

    def _routing(self) -> Outcome:
        read, at_us = self._read, self._at_us()
        found = {"team": self._options.team(read.team, read.inbox), "priority": read.priority}
        data: dict[str, Any] = {name: value for name, value in found.items() if value}
        if cleared := [name for name, value in found.items() if not value]:
            data["cleared"] = cleared
        return self._event(f"routing-{at_us // _MILLISECOND_US}", "updated", at_us, data)

    def _at_us(self) -> int:
        at_us = self._read.updated_us
        if at_us is None:
            raise Unreadable("updated_at is missing: this version of Chatwoot does not say when a status changed")
        return at_us - at_us % _MILLISECOND_US

    def _event(self, name: str, kind: str, time_us: int, data: dict[str, Any], sequence: int | None = None) -> Outcome:
        subject = self._read.number
        time = format_time_us(time_us)
        return cloud_event(
            self._source, f"{subject}-{name}", f"ticket.{kind}", subject, time, sequence=sequence, data=data
        )


def removed_event(subject: str, told: Mapping[str, Any], source: str) -> Outcome:
    """A conversation whose row was deleted, ``at``. It is gone for good: the time is no part of the id."""
    try:
        if not subject:
            raise Unreadable("display_id is missing, or is no number")
        time = format_time_us(whole_second_us(needed_moment_us(told, "at")))
    except Unreadable as problem:
        return Broken(f"deleted conversation {subject or 'without a number'}", str(problem))
    return cloud_event(source, f"{subject}-removed", "ticket.removed", subject, time, data={"reason": "deleted"})
