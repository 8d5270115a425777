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
    SurveyWithdrawn,
    TicketCreated,
    TicketUpdated,
)
from stream.domain.queue_log import read_visits
from stream.domain.routing import Routing
from stream.domain.segments import Segment
from stream.domain.visits import ExitWithoutWait, QueueEvent, Visit

_DONE: Final = ("solved", "closed")
_UNREAD_EVENTS: Final = (SurveySent, SurveyEnded)
_QUEUE_EVENTS: Final = (Queued, Answered, Abandoned, LeftQueue, Ended)


def is_read(event: Event, first: Event) -> bool:
    """False for an event that no timeline looks at: adding it to a log that begins with ``first`` changes no fact."""
    if isinstance(event, Message):
        if event.author == "agent":
            return event.public and not event.automated
        # Only whether the customer wrote before the ticket was there, or just then, says anything.
        is_later = isinstance(first, TicketCreated) and first.time_us < event.time_us
        return event.author == "customer" and event.public and not is_later
    return not isinstance(event, _UNREAD_EVENTS)


class Timeline:
    """One ticket. All times in microseconds; lists in the order of the log.

    ``created_us`` is None while the creation is not known. ``excluded``: merged away, spam or deleted, so no figure
    may count it. ``human_replies``: public messages of agents that no automation wrote. ``changes``: status changes,
    repeats left out; ``resolutions`` and ``reopenings``: those into done (solved or closed) from a status that is not,
    and back. ``answers``: survey id to its answers that were not withdrawn.
    """

    __slots__ = (
        "_customer_us",
        "_keeps_history",
        "_opened_by",
        "_routing",
        "answers",
        "changes",
        "created_us",
        "excluded",
        "exits_without_wait",
        "handoffs",
        "human_replies",
        "is_over",
        "reopenings",
        "resolutions",
        "segment",
        "visits",
        "waiting",
    )

    def __init__(self, log: Sequence[Event], definitions: Definitions) -> None:
        self.created_us: int | None = None
        self.excluded = False
        self.handoffs: list[int] = []
        self.human_replies: list[int] = []
        self.changes: list[tuple[int, Status]] = []
        self.resolutions: list[int] = []
        self.reopenings: list[int] = []
        self.answers: dict[str, list[SurveyAnswered]] = {}
        self.is_over = False
        self.visits: list[Visit] = []
        self.waiting: Visit | None = None
        """The last visit while it goes on."""
        self.exits_without_wait: list[ExitWithoutWait] = []
        self._opened_by: TicketCreated | None = None
        self._customer_us: int | None = None
        self._keeps_history = definitions.segment_of_facts == "then"
        self._routing = Routing(keeps_history=self._keeps_history)
        self._read(log, definitions)
        self.segment: Segment = self._routing.segment

    def _read(self, log: Sequence[Event], definitions: Definitions) -> None:
        queue: list[QueueEvent] = []
        withdrawn: dict[str, Event] = {}
        restored: Event | None = None
        for event in log:
            # Events have no subclasses, and a log is read for every change of it.
            if type(event) is Message:
                if event.author == "agent":
                    if event.public and not event.automated:
                        self.human_replies.append(event.time_us)
                elif self._customer_us is None and event.author == "customer" and event.public:
                    self._customer_us = event.time_us
            elif type(event) is StatusChanged:
                self._change(event)
            elif type(event) is TicketCreated:
                if self._opened_by is None:
                    self._opened_by, self.created_us = event, event.time_us
                self._routing.create(event)
            elif type(event) is TicketUpdated:
                self._routing.update(event)
            elif isinstance(event, _QUEUE_EVENTS):
                queue.append(event)
                if type(event) is Queued:
                    self._routing.queue(event)
            elif isinstance(event, SurveyAnswered):
                if not withdrawn or _comes_after(event, withdrawn.get(event.survey_id)):
                    self.answers.setdefault(event.survey_id, []).append(event)
            elif isinstance(event, SurveyWithdrawn):
                withdrawn[event.survey_id] = event
                self.answers.pop(event.survey_id, None)
            elif isinstance(event, HandedOff):
                self.handoffs.append(event.time_us)
            elif isinstance(event, Merged | Removed):
                self.excluded = _comes_after(event, restored)
            elif isinstance(event, Restored):
                self.excluded, restored = False, event
        if queue:
            read = read_visits(queue, definitions, self._routing.own_team_at)
            self.visits, self.waiting = read.visits, read.waiting
            self.exits_without_wait = read.exits_without_wait
            self.is_over = read.is_over

    def _change(self, event: StatusChanged) -> None:
        before = self.changes[-1][1] if self.changes else None
        if before == event.status:
            return
        was_done, is_done = before in _DONE, event.status in _DONE
        if is_done and not was_done:
            self.resolutions.append(event.time_us)
        elif was_done and not is_done:
            self.reopenings.append(event.time_us)
        self.changes.append((event.time_us, event.status))

    @property
    def opened_by_agent(self) -> bool:
        """True when an agent opened the ticket: said so, or wrote to the customer first, at the very creation."""
        opening = self._opened_by
        if opening is None or opening.opened_by_agent or opening.opened_by_customer:
            return opening is not None and opening.opened_by_agent
        is_by_customer = self._customer_us is not None and self._customer_us <= opening.time_us
        return opening.time_us in self.human_replies and not is_by_customer

    @property
    def is_done(self) -> bool:
        """True while the status is solved or closed."""
        return bool(self.changes) and self.changes[-1][1] in _DONE

    @property
    def is_open(self) -> bool:
        """True while work is left: created, counted, not solved or closed.

        A live contact without a status of its own is open until its conversation ends or it abandons.
        """
        if self.created_us is None or self.excluded:
            return False
        return not (self.is_done if self.changes else self.is_over)

    @property
    def channel(self) -> str:
        """Where the customer came in, as far as is known now."""
        return self._routing.channel

    def segment_at(self, time_us: int) -> Segment:
        """Segment of what is booked at ``time_us``: that of now or of then, as ``segment_of_facts`` says."""
        return self._routing.segment_for("", time_us) if self._keeps_history else self.segment

    def segment_for(self, team: str, time_us: int | None = None) -> Segment:
        """The same for what happened in the queue of ``team``; empty: the ticket's. None: it holds now."""
        if not team and not self._keeps_history:
            return self.segment
        return self._routing.segment_for(team, time_us)


def _comes_after(event: Event, undoing: Event | None) -> bool:
    """False where ``undoing``, which comes before ``event`` in the log, may undo it: where only ids tell them apart."""
    if undoing is None or event.time_us > undoing.time_us:
        return True
    return bool(event.sequence and undoing.sequence) and event.sequence > undoing.sequence
