"""What a log says, read once by the readers that are in use, for all metrics to derive their facts from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stream.compiled import mypyc_attr
from stream.domain.definitions import Definitions
from stream.domain.events import Event
from stream.domain.readers.assignment import Assignment
from stream.domain.readers.caller import Caller
from stream.domain.readers.conversation import Conversation
from stream.domain.readers.dealings import Dealings
from stream.domain.readers.exchange import Exchange
from stream.domain.readers.lifecycle import Lifecycle
from stream.domain.readers.membership import Membership
from stream.domain.readers.profile import Profile
from stream.domain.readers.purchases import Purchases
from stream.domain.readers.queue import Queue
from stream.domain.readers.reader import Reader
from stream.domain.readers.routing import Routing
from stream.domain.readers.sentiments import Sentiments
from stream.domain.readers.statuses import Statuses
from stream.domain.readers.survey_requests import SurveyRequests
from stream.domain.readers.surveys import Surveys
from stream.domain.segments import Segment
from stream.domain.subjects import CUSTOMER, TICKET
from stream.domain.visits import Visit

READERS: Final[dict[str, type[Reader]]] = {
    "routing": Routing,
    "lifecycle": Lifecycle,
    "conversation": Conversation,
    "statuses": Statuses,
    "queue": Queue,
    "surveys": Surveys,
    "exchange": Exchange,
    "sentiments": Sentiments,
    "survey_requests": SurveyRequests,
    "assignment": Assignment,
    "profile": Profile,
    "membership": Membership,
    "purchases": Purchases,
    "caller": Caller,
    "dealings": Dealings,
}
"""All readers, each by the name under which a timeline has it."""

BELONGING: Final[dict[str, tuple[type[Reader], ...]]] = {TICKET.name: (Routing, Lifecycle), CUSTOMER.name: (Profile,)}
"""By subject, where its facts are booked, and whether at all: every metric uses these, without naming them."""

EVERYBODYS: Final[tuple[type[Reader], ...]] = (*BELONGING[TICKET.name], *BELONGING[CUSTOMER.name])
"""Those of all subjects."""

ALL_CHANGED: Final = (1 << len(READERS)) - 1
"""A set of readers is a number, a bit for each in the order of `READERS`."""


def bits_of(readers: Iterable[type[Reader]]) -> int:
    """The set of these readers. ValueError: one is none of `READERS`."""
    order = list(READERS.values())
    bits = 0
    for reader in readers:
        bits |= 1 << order.index(reader)
    return bits


_QUEUE: Final = bits_of((Queue, Routing))


class ReadingPlan:
    """Which readers are told of which type of event; a reader that no metric uses is told nothing."""

    __slots__ = ("blank", "definitions", "names", "readers_of", "types", *READERS)

    def __init__(self, definitions: Definitions, readers: Iterable[type[Reader]] = tuple(READERS.values())) -> None:
        used = bits_of((*readers, *EVERYBODYS))
        self.definitions = definitions
        self.names = list(READERS)
        self.types = list(READERS.values())
        self.readers_of: dict[type, list[int]] = {}
        for number, reader in enumerate(self.types):
            if used >> number & 1:
                for kind in reader.reads_under(definitions):
                    self.readers_of.setdefault(kind, []).append(number)
        self.routing = Routing(definitions)
        self.lifecycle = Lifecycle(definitions)
        self.conversation = Conversation(definitions)
        self.statuses = Statuses(definitions)
        self.queue = Queue(definitions)
        self.surveys = Surveys(definitions)
        self.exchange = Exchange(definitions)
        self.sentiments = Sentiments(definitions)
        self.survey_requests = SurveyRequests(definitions)
        self.assignment = Assignment(definitions)
        self.profile = Profile(definitions)
        self.membership = Membership(definitions)
        self.purchases = Purchases(definitions)
        self.caller = Caller(definitions)
        self.dealings = Dealings(definitions)
        self.blank: list[Reader] = [getattr(self, name) for name in self.names]
        """Shared by all timelines, in place of readers that have not been told anything; never told anything."""


@mypyc_attr(acyclic=True)
class Timeline:
    """One ticket, or one customer: its readers, told the log event by event.

    Times in microseconds; lists in the order of the log.
    """

    __slots__ = ("_changed", "_plan", "_readers", *READERS)

    def __init__(self, plan: ReadingPlan) -> None:
        self._plan = plan
        self._readers = plan.blank
        self._changed = 0
        self.routing = plan.routing
        self.lifecycle = plan.lifecycle
        self.conversation = plan.conversation
        self.statuses = plan.statuses
        self.queue = plan.queue
        self.surveys = plan.surveys
        self.exchange = plan.exchange
        self.sentiments = plan.sentiments
        self.survey_requests = plan.survey_requests
        self.assignment = plan.assignment
        self.profile = plan.profile
        self.membership = plan.membership
        self.purchases = plan.purchases
        self.caller = plan.caller
        self.dealings = plan.dealings

    def read(self, event: Event) -> None:
        """Take in the next event of the log. `finish` has to follow before anything is looked at."""
        for number in self._plan.readers_of.get(type(event), ()):
            reader = self._readers[number]
            if reader is self._plan.blank[number]:
                reader = self._make(number)
            if reader.read(event):
                self._changed |= 1 << number

    def _make(self, number: int) -> Reader:
        plan = self._plan
        if self._readers is plan.blank:
            self._readers = plan.blank.copy()
        reader = plan.types[number](plan.definitions)
        self._readers[number] = reader
        setattr(self, plan.names[number], reader)
        return reader

    def finish(self) -> int:
        """No event comes for now: gives the set of readers that changed since the last time."""
        changed, self._changed = self._changed, 0
        if changed & _QUEUE:
            self.queue.pair(self.routing.own_team_at)
        return changed

    @property
    def excluded(self) -> bool:
        """Merged away, spam or deleted: no figure may count it."""
        return self.lifecycle.excluded

    @property
    def created_us(self) -> int | None:
        """None while the creation is not known."""
        return self.lifecycle.created_us

    @property
    def opened_by_agent(self) -> bool:
        """True when an agent opened the ticket: said so, or wrote to the customer first, at the very creation."""
        life, said = self.lifecycle, self.conversation
        if life.created_us is None or life.said_by_agent or life.said_by_customer:
            return life.said_by_agent
        is_by_customer = said.first_customer_us is not None and said.first_customer_us <= life.created_us
        return life.created_us in said.human_replies and not is_by_customer

    @property
    def is_open(self) -> bool:
        """True while work is left: created, counted, not solved or closed.

        A live contact without a status of its own is open until its conversation ends or it abandons.
        """
        if self.lifecycle.created_us is None or self.lifecycle.excluded:
            return False
        return not (self.statuses.is_done if self.statuses.changes else self.queue.is_over)

    @property
    def done_us(self) -> int | None:
        """Since when no work is left, as the ticket is now: solved or closed, or its live contact answered and over.

        None while there is some, and of a contact that was given up.
        """
        if self.statuses.is_done:
            return self.statuses.resolutions[-1]
        if self.statuses.changes or not self.queue.is_over:
            return None
        visits = self.queue.visits
        if not visits or visits[-1].outcome != "answered":
            return None
        return max(event.time_us for event in self.queue.events)

    @property
    def channel(self) -> str:
        """Where the customer came in, as far as is known now."""
        return self.routing.channel

    @property
    def segment(self) -> Segment:
        """Where the ticket is now."""
        return self.routing.segment

    def segment_at(self, time_us: int) -> Segment:
        """Segment of what is booked at ``time_us``: that of now or of then, as ``segment_of_facts`` says."""
        return self.routing.segment_at(time_us)

    def segment_for(self, team: str, time_us: int | None = None) -> Segment:
        """The same for what happened in the queue of ``team``; empty: the ticket's. None: it holds now."""
        return self.routing.segment_for(team, time_us)

    def segment_of_visit(self, visit: Visit, time_us: int | None = None) -> Segment:
        """The same for a visit: of the agent who answered it, or of none, whoever had the ticket later."""
        agent = self.queue.agent_of(visit) if self.routing.tells_agents else None
        return self.routing.segment_for(visit.team, time_us, agent)


def timeline_of(log: Iterable[Event], plan: ReadingPlan) -> Timeline:
    """A whole log, read."""
    timeline = Timeline(plan)
    for event in log:
        timeline.read(event)
    timeline.finish()
    return timeline
