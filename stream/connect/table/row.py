"""One row of a table as events."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any, Final, cast

from stream.connect.cells import Cells
from stream.connect.fields import Unreadable
from stream.connect.outcome import Broken, Outcome, Passed
from stream.connect.pseudonym import pseudonyms
from stream.connect.table.options import TableOptions
from stream.connect.vendor import Account, Record
from stream.domain.labels import clean_label
from stream.domain.times import format_time_us
from stream.sources.cloudevents import cloud_event
from stream.sources.source import CloudEvent

STATUSES: Final = {
    word: status
    for status, words in {
        "new": ("new", "neu"),
        "open": ("open", "active", "in progress", "in_progress", "reopened", "offen"),
        "pending": ("pending", "waiting", "waiting for customer", "awaiting user info"),
        "on_hold": ("hold", "on hold", "on_hold", "on-hold"),
        "solved": ("solved", "resolved", "done", "fixed"),
        "closed": ("closed",),
    }.items()
    for word in words
}
"""Words that need no entry in the map. Any other is passed over, and counted."""

_RANKS: Final = {
    "created": 0,
    "queued": 1,
    "answered": 2,
    "abandoned": 2,
    "left_queue": 2,
    "first_reply": 3,
    "solved": 4,
    "closed": 5,
    "ended": 6,
}
_MAX_SUBJECT_CHARACTERS: Final = 200


def events_of_row(record: Record, account: Account) -> Iterator[Outcome]:
    """Outcomes of one row: what happened, in the order of the meanings."""
    row = _Row(record, account)
    subject = row.cells.text("subject")
    if not subject or "@" in subject or len(subject) > _MAX_SUBJECT_CHARACTERS or not subject.isprintable():
        yield Broken(
            row.cells.place, f"column {row.cells.name('subject')}: the number of a ticket is expected, not an address"
        )
        return
    try:
        yield from list(row.outcomes(subject))
    except Unreadable as problem:
        yield Broken(f"{row.cells.place}, {subject}", str(problem))


class _Row:
    def __init__(self, record: Record, account: Account) -> None:
        self._record = record
        self._account = account
        self._options = cast(TableOptions, account.options)
        self.cells = Cells(record, cast(dict[str, str], self._options.columns), self._options)

    def outcomes(self, subject: str) -> Iterator[Outcome]:
        """Everything in the row."""
        visit = self.cells.text("visit")
        number = int(visit) if visit.isascii() and visit.isdigit() and len(visit) <= 9 else 0
        prefix = f"{subject}-{visit[:40]}" if visit else subject
        changed = self.cells.time_us("changed")
        for kind, rank in _RANKS.items():
            at_us = self.cells.time_us(kind)
            if at_us is None:
                continue
            event_kind, data = self._what(kind, is_change="changed" in self._options.columns)
            # A call is created once, however often it queues.
            event_id = f"{subject}-created" if kind == "created" else f"{prefix}-{kind}"
            sequence = rank if kind == "created" else number * 10 + rank
            yield self._event(event_id, event_kind, subject, at_us, sequence, data)
        if changed is not None:
            yield from self._change(subject, changed)
        if (surveyed := self.cells.time_us("surveyed")) is not None and self.cells.text("score"):
            yield self._answer(prefix, subject, surveyed)

    def _what(self, kind: str, *, is_change: bool) -> tuple[str, dict[str, Any]]:
        options, team = self._options, self._team()
        if kind == "created":
            channel = self.cells.text("channel")
            data = {"channel": options.channels.get(channel, channel) or options.channel or "unknown"}
            # A row of a change shows what is, not what was: that goes into an update of its own.
            return "ticket.created", data if is_change else {**data, **team, **self._priority(), **self._attributes()}
        if kind == "queued":
            return "ticket.queued", team
        if kind == "answered":
            agent = self.cells.text("agent")
            key = options.pseudonym_key or self._account.source
            return "ticket.answered", {"agent_id": pseudonyms(key)(agent)} if agent else {}
        if kind == "left_queue":
            return "ticket.left_queue", {"reason": options.left_reason}
        if kind == "first_reply":
            return "ticket.message", {"author": "agent", "public": True}
        if kind in ("solved", "closed"):
            return "ticket.status", {"status": kind}
        return f"ticket.{kind}", {}

    def _team(self) -> dict[str, str]:
        team = self.cells.text("team")
        return {"team": self._options.teams.get(team, team)} if team else {}

    def _priority(self) -> dict[str, str]:
        priority = self.cells.text("priority")
        return {"priority": priority} if priority else {}

    def _attributes(self) -> dict[str, Any]:
        return self._options.attributes_of_new(self._record)

    def _change(self, subject: str, at_us: int) -> Iterator[Outcome]:
        routing = {**self._team(), **self._priority(), **self._attributes()}
        if routing:
            yield self._event(f"{subject}-updated-{at_us}", "ticket.updated", subject, at_us, 1, routing)
        word = self.cells.text("status")
        if not word:
            return
        status = self._options.statuses.get(word) or STATUSES.get(word.lower())
        if status == "removed":
            yield self._event(f"{subject}-removed-{at_us}", "ticket.removed", subject, at_us, 2, {"reason": "deleted"})
        elif status is None or status == "ignored":
            yield Passed(f"status {clean_label(word[:64])}")
        else:
            data = {"status": status}
            yield self._event(f"{subject}-status-{at_us}-{status}", "ticket.status", subject, at_us, 2, data)

    def _answer(self, prefix: str, subject: str, at_us: int) -> CloudEvent:
        options = self._options
        try:
            score = float(self.cells.text("score").replace(",", "."))
            if not isfinite(score):
                raise ValueError
        except ValueError:
            raise Unreadable(f"column {self.cells.name('score')} holds no number") from None
        data: dict[str, Any] = {"survey_id": f"{prefix}-survey"[:250], "kind": options.survey_kind, "score": score}
        data |= {
            name: bound
            for name, bound in (("scale_min", options.scale_min), ("scale_max", options.scale_max))
            if bound is not None
        }
        return self._event(f"{prefix}-answer-{at_us}", "survey.answered", subject, at_us, 0, data)

    def _event(
        self, event_id: str, kind: str, subject: str, at_us: int, sequence: int, data: dict[str, Any]
    ) -> CloudEvent:
        time = format_time_us(at_us)
        return cloud_event(self._account.source, event_id, kind, subject, time, sequence=sequence, data=data)
