"""Where a ticket belongs: channel, team, priority and further dimensions, as they are now and as they were."""

from __future__ import annotations

from typing import TypeAlias

from stream.compiled import mypyc_attr
from stream.domain.definitions import Definitions
from stream.domain.events import Answered, Event, Message, Queued, TicketCreated, TicketUpdated
from stream.domain.readers.reader import Reader
from stream.domain.segments import AGENT, Attributes, Segment, dimensions_named

_Place: TypeAlias = tuple[int, str, str, str, str, tuple[str, ...]]
"""Since when, channel, own team, priority, the team of the last queue (for a ticket without its own), and others."""


@mypyc_attr(acyclic=True)
class Routing(Reader):
    """``segment``: where the ticket is now; ``channel``: where the customer came in, as far as is known now.

    ``tells_agents``: whether the agent is a dimension: who answered, or wrote to the customer, last.
    With ``segment_of_facts = "then"`` facts stay where the ticket was when they happened (`keeps_history`).
    """

    __slots__ = (
        "_dimensions",
        "_others",
        "_places",
        "_queue_team",
        "channel",
        "keeps_history",
        "priority",
        "segment",
        "team",
        "tells_agents",
    )
    reads = (TicketCreated, TicketUpdated, Queued)
    knobs = ("segment_of_facts", "dimensions")

    def __init__(self, definitions: Definitions) -> None:
        self.channel = self.team = self.priority = self._queue_team = ""
        self._dimensions = dimensions_named(definitions.dimensions)
        self._others = ("",) * len(self._dimensions.others)
        """Labels of the dimensions that are attributes, and of the agent."""
        self.tells_agents = AGENT in self._dimensions.others
        self.segment: Segment = self._dimensions.empty
        self.keeps_history = definitions.segment_of_facts == "then"
        self._places: list[_Place] = []

    @classmethod
    def reads_under(cls, definitions: Definitions) -> tuple[type, ...]:
        """Those that name agents only where these are told apart."""
        return (*cls.reads, Answered, Message) if AGENT in definitions.dimensions else cls.reads

    def read(self, event: Event) -> bool:
        """The ticket came in, was routed or triaged anew, was put into a queue, or an agent took it."""
        if type(event) is Queued:
            return self._queue(event)
        if type(event) is TicketUpdated:
            # A ticket whose team is taken away has none, whatever queue it was in.
            if event.clears_team:
                self.team = self._queue_team = ""
            if event.clears_priority:
                self.priority = ""
            self._set(event.time_us, event.channel, event.team, event.priority, event.attributes)
        elif type(event) is TicketCreated:
            self._set(event.time_us, event.channel, event.team, event.priority, event.attributes)
        elif type(event) is Answered:
            return self._take(event.time_us, event.agent)
        elif type(event) is Message:
            return event.public and self._take(event.time_us, event.agent)
        return True

    def _take(self, time_us: int, agent: str) -> bool:
        others = self._dimensions.with_agent(self._others, agent)
        if not agent or others == self._others:
            return False
        self._others = others
        self._note(time_us)
        return True

    def _queue(self, event: Queued) -> bool:
        if not event.team:
            return False
        self._queue_team = event.team
        self._note(event.time_us)
        # A ticket with a team of its own is where it was.
        return self.keeps_history or not self.team

    def _set(self, time_us: int, channel: str, team: str, priority: str, attributes: Attributes) -> None:
        self.channel = channel or self.channel
        self.team = team or self.team
        self.priority = priority or self.priority
        if attributes and self._others:
            self._others = self._dimensions.labels_of_others(attributes, self._others)
        self._note(time_us)

    def _note(self, time_us: int) -> None:
        self._places.append((time_us, self.channel, self.team, self.priority, self._queue_team, self._others))
        self.segment = self._segment_in(self.team or self._queue_team)

    def _segment_in(self, team: str, agent: str | None = None) -> Segment:
        others = self._others if agent is None else self._dimensions.with_agent(self._others, agent)
        return self._dimensions.segment(self.channel, team, self.priority, others)

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

    def segment_at(self, time_us: int) -> Segment:
        """Segment of what is booked at ``time_us``: that of now or of then, as ``segment_of_facts`` says."""
        return self.segment_for("", time_us) if self.keeps_history else self.segment

    def segment_for(self, queue_team: str, time_us: int | None, agent: str | None = None) -> Segment:
        """The same for what happened in the queue of ``queue_team``; empty: the ticket's. None: it holds now.

        ``agent``: by whom, empty for nobody; None: whoever has the ticket.
        """
        if not self.keeps_history or time_us is None:
            if not queue_team and agent is None:
                return self.segment
            return self._segment_in(queue_team or self.team or self._queue_team, agent)
        place = self._place_at(time_us)
        if place is None:
            return self._segment_in(queue_team, agent)
        _, channel, team, priority, last_queue, others = place
        if agent is not None:
            others = self._dimensions.with_agent(others, agent)
        return self._dimensions.segment(channel, queue_team or team or last_queue, priority, others)
