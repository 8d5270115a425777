"""What a ticket's log says, read once, for all metrics to derive their facts from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stream.domain.definitions import Definitions
from stream.domain.events import (
    Abandoned,
    Answered,
    Ended,
    Event,
    HandedOff,
    LeftQueue,
    Merged,
    Message,
    Queued,
    Removed,
    Restored,
    Status,
    StatusChanged,
    SurveyAnswered,
    SurveyEnded,
    SurveySent,
    TicketCreated,
    TicketUpdated,
)
from stream.domain.segments import Segment, segment_of
from stream.domain.visits import Visit, VisitTracker

_DONE: Final = ("solved", "closed")
_UNREAD_EVENTS: Final = (SurveySent, SurveyEnded)
_QUEUE_EVENTS: Final = (Queued, Answered, Abandoned, LeftQueue)


def is_read(event: Event) -> bool:
    """False for an event that no timeline looks at: adding it to a log changes no fact."""
    if isinstance(event, Message):
        return event.author == "agent" and event.public and not event.automated
    return not isinstance(event, _UNREAD_EVENTS)


class Timeline:
    """One ticket. All times in microseconds; lists in the order of the log.

    ``created_us`` is None while the creation is not known. ``excluded``: merged away, spam or deleted, so no figure
    may count it. ``human_replies``: public messages of agents that no automation wrote. ``changes``: status changes,
    repeats left out. ``answers``: survey id to its answers.
    """

    __slots__ = (
        "answers",
        "changes",
        "channel",
        "created_us",
        "ended_us",
        "excluded",
        "handoffs",
        "human_replies",
        "is_over",
        "opened_by_agent",
        "priority",
        "segment",
        "team",
        "visits",
    )

    def __init__(self, log: Sequence[Event], definitions: Definitions) -> None:
        self.created_us: int | None = None
        self.opened_by_agent = False
        self.excluded = False
        self.channel = self.team = self.priority = ""
        self.handoffs: list[int] = []
        self.human_replies: list[int] = []
        self.changes: list[tuple[int, Status]] = []
        self.answers: dict[str, list[SurveyAnswered]] = {}
        self.ended_us: int | None = None
        self.is_over = False
        self.visits: list[Visit] = []
        self.segment: Segment = ""
        self._read(log, definitions)

    def _read(self, log: Sequence[Event], definitions: Definitions) -> None:
        tracker: VisitTracker | None = None
        merged = removed = False
        queue_team = ""
        for event in log:
            if isinstance(event, Message):
                if is_read(event):
                    self.human_replies.append(event.time_us)
            elif isinstance(event, StatusChanged):
                if not self.changes or self.changes[-1][1] != event.status:
                    self.changes.append((event.time_us, event.status))
            elif isinstance(event, TicketCreated):
                if self.created_us is None:
                    self.created_us = event.time_us
                    self.opened_by_agent = event.opened_by_agent
                self._route(event.channel, event.team, event.priority)
            elif isinstance(event, TicketUpdated):
                self._route(event.channel, event.team, event.priority)
            elif isinstance(event, _QUEUE_EVENTS):
                if tracker is None:
                    tracker = VisitTracker(round(definitions.clock_skew_seconds * 1e6))
                if isinstance(event, Queued):
                    queue_team = event.team or queue_team
                    tracker.queued(event.time_us, event.team)
                elif isinstance(event, Answered):
                    tracker.left(event.time_us, "answered")
                elif isinstance(event, Abandoned):
                    tracker.left(event.time_us, "abandoned")
                else:
                    tracker.left(event.time_us, "left")
                self.is_over = isinstance(event, Abandoned)
            elif isinstance(event, SurveyAnswered):
                self.answers.setdefault(event.survey_id, []).append(event)
            elif isinstance(event, Ended):
                self.ended_us, self.is_over = event.time_us, True
            elif isinstance(event, HandedOff):
                self.handoffs.append(event.time_us)
            elif isinstance(event, Merged):
                merged = True
            elif isinstance(event, Removed):
                removed = True
            elif isinstance(event, Restored):
                removed = False
        self.excluded = merged or removed
        if tracker is not None:
            self.visits = tracker.finish(self.ended_us)
        self.team = self.team or queue_team
        self.segment = segment_of(self.channel, self.team, self.priority)

    def _route(self, channel: str, team: str, priority: str) -> None:
        self.channel = channel or self.channel
        self.team = team or self.team
        self.priority = priority or self.priority

    @property
    def is_open(self) -> bool:
        """True while work is left: created, counted, not solved or closed.

        A live contact without a status of its own is open until its conversation ends or it abandons.
        """
        if self.created_us is None or self.excluded:
            return False
        if self.changes:
            return self.changes[-1][1] not in _DONE
        return not self.is_over

    def segment_for(self, visit: Visit) -> Segment:
        """Segment of a queue visit: the team whose queue it was, where that is known."""
        if visit.team and visit.team != self.team:
            return segment_of(self.channel, visit.team, self.priority)
        return self.segment
