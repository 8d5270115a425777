"""A contact's way through queues: its visits."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from stream.compiled import mypyc_attr
from stream.domain.definitions import Definitions
from stream.domain.events import Abandoned, Answered, Ended, Event, LeftQueue, Queued
from stream.domain.queue_log import read_visits
from stream.domain.readers.reader import Reader
from stream.domain.visits import ExitWithoutWait, QueueEvent, Visit


@mypyc_attr(acyclic=True)
class Queue(Reader):
    """``waiting``: the last visit while it goes on. ``is_over``: the contact ended or abandoned, nothing came after.

    Events of one moment are read together, whatever came first, so visits are read again from all events when one more
    has been told: `pair` comes after the last one.
    """

    __slots__ = ("_definitions", "events", "exits_without_wait", "is_over", "visits", "waiting")
    reads = (Queued, Answered, Abandoned, LeftQueue, Ended)
    knobs = ("clock_skew_seconds", "ended_while_waiting")

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self.events: list[QueueEvent] = []
        self.visits: list[Visit] = []
        self.waiting: Visit | None = None
        self.exits_without_wait: list[ExitWithoutWait] = []
        self.is_over = False

    def read(self, event: Event) -> bool:
        """It was queued, left a queue, or ended."""
        self.events.append(cast(QueueEvent, event))
        return True

    def agent_of(self, visit: Visit) -> str:
        """Who answered it, as far as an answer of that moment says; empty: nobody, or nobody knows."""
        if visit.outcome == "answered":
            for event in self.events:
                if type(event) is Answered and event.time_us == visit.exit_us and event.agent:
                    return event.agent
        return ""

    def pair(self, team_at: Callable[[int], str]) -> None:
        """Read the visits; ``team_at``: the ticket's own team at a time."""
        if self.events:
            found = read_visits(self.events, self._definitions, team_at)
            self.visits, self.waiting = found.visits, found.waiting
            self.exits_without_wait, self.is_over = found.exits_without_wait, found.is_over
