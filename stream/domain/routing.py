"""Where a ticket belongs: channel, team and priority, as they are now and as they were."""

from __future__ import annotations

from typing import TypeAlias

from stream.domain.events import Queued, TicketCreated, TicketUpdated
from stream.domain.segments import Segment, segment_of

_Place: TypeAlias = tuple[int, str, str, str, str]
"""Since when, channel, own team, priority, and the team of the last queue, for a ticket without a team of its own."""


class Routing:
    """Fed in the order of the log. ``keeps_history``: facts stay where the ticket was when they happened."""

    __slots__ = ("_keeps_history", "_places", "channel", "priority", "queue_team", "team")

    def __init__(self, *, keeps_history: bool) -> None:
        self.channel = self.team = self.priority = self.queue_team = ""
        self._keeps_history = keeps_history
        self._places: list[_Place] = []

    def create(self, event: TicketCreated) -> None:
        """The ticket came in."""
        self._set(event.time_us, event.channel, event.team, event.priority)

    def update(self, event: TicketUpdated) -> None:
        """It was routed or triaged anew. A ticket whose team is taken away has none, whatever queue it was in."""
        if event.clears_team:
            self.team = self.queue_team = ""
        if event.clears_priority:
            self.priority = ""
        self._set(event.time_us, event.channel, event.team, event.priority)

    def queue(self, event: Queued) -> None:
        """It was put into a queue."""
        if event.team:
            self.queue_team = event.team
            self._note(event.time_us)

    def _set(self, time_us: int, channel: str, team: str, priority: str) -> None:
        self.channel = channel or self.channel
        self.team = team or self.team
        self.priority = priority or self.priority
        self._note(time_us)

    def _note(self, time_us: int) -> None:
        self._places.append((time_us, self.channel, self.team, self.priority, self.queue_team))

    def _place_at(self, time_us: int) -> _Place | None:
        """What held at a time; what is dated before all else belongs to the beginning."""
        places = self._places
        found = places[0] if places else None
        for place in places:
            if place[0] > time_us:
                break
            found = place
        return found

    def own_team_at(self, time_us: int) -> str:
        """The ticket's own team at a time, empty where it had none."""
        place = self._place_at(time_us)
        return place[2] if place is not None and place[0] <= time_us else ""

    @property
    def segment(self) -> Segment:
        """Where the ticket is now."""
        return segment_of(self.channel, self.team or self.queue_team, self.priority)

    def segment_for(self, queue_team: str, time_us: int | None) -> Segment:
        """Where that belongs which was booked at ``time_us``; None: it holds now. A queue's own team goes first."""
        place = self._place_at(time_us) if self._keeps_history and time_us is not None else None
        if place is None:
            return segment_of(self.channel, queue_team or self.team or self.queue_team, self.priority)
        _, channel, team, priority, last_queue = place
        return segment_of(channel, queue_team or team or last_queue, priority)
