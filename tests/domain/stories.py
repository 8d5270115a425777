"""A ticket's events in a few words, and the facts and shards that come of them. Times are seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from stream.domain.customer_events import CustomerJoined, CustomerLeft, CustomerPurchase
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
    StatusChanged,
    SurveyAnswered,
    SurveyEnded,
    SurveySent,
    SurveyWithdrawn,
    TicketCreated,
    TicketUpdated,
)
from stream.domain.facts import Fact, Facts
from stream.domain.limits import Limits
from stream.domain.log import insert
from stream.domain.measures import Measure
from stream.domain.readers.queue import Queue
from stream.domain.segments import segment_of
from stream.domain.shard import Shard
from stream.domain.shard_rules import ShardRules
from stream.domain.statement_events import (
    CustomerAnswer,
    CustomerAsked,
    CustomerContact,
    answer_uid,
    asked_uid,
    contact_uid,
)
from stream.domain.timeline import ReadingPlan, Timeline, timeline_of
from stream.domain.windows import PanePlan, rolling
from stream.metrics import COUNTED, METRICS, facts_of, registry
from stream.metrics.spec import Metric

US = 1_000_000
WINDOWS = (rolling("5m", 300), rolling("24h", 86_400), rolling("7d", 7 * 86_400))


def rules(**overrides: Any) -> ShardRules:
    """Rules of a shard: all three pane widths, nothing short, nothing ever forgotten unless asked for."""
    chosen: dict[str, Any] = {
        "metrics": METRICS,
        "counted": COUNTED,
        "definitions": Definitions(),
        "plan": PanePlan.for_windows(WINDOWS),
        "limits": Limits(),
        "reopen_horizon_seconds": 0,
        "stages": registry().stages,
        "last_answers": 3,
    } | overrides
    if chosen["last_answers"]:
        chosen.setdefault("families", families_of(chosen["metrics"]))
    return ShardRules(**chosen)


def families_of(metrics: Iterable[Metric]) -> dict[str, tuple[str, ...]]:
    """The metrics of answers among them, and what their answers book."""
    return {one.name: tuple(measure.name for measure in one.answers) for one in metrics if one.answers}


def shard(**overrides: Any) -> Shard:
    """A fresh shard."""
    return Shard(rules(**overrides))


def measure(name: str) -> Measure:
    """A measure of which nothing but the name is asked."""
    return Measure(name, "")


def queue_of(log: Sequence[Event], definitions: Definitions | None = None) -> Queue:
    """What a log says of queues."""
    return timeline_of(log, ReadingPlan(definitions or Definitions())).queue


class Story:
    """Events of one ticket, each with an id of its own; every method tells one more and returns the story."""

    def __init__(self, **definitions: Any) -> None:
        self.events: list[Event] = []
        self.definitions = Definitions(**definitions)

    def _tell(self, kind: type[Any], at: float, *content: Any, **more: Any) -> Story:
        self.events.append(kind(round(at * US), "", f"{len(self.events):04d} /t", *content, **more))
        return self

    def created(
        self,
        at: float,
        channel: str = "email",
        team: str = "",
        priority: str = "",
        *,
        by_agent: bool = False,
        by_customer: bool = False,
        assigned: bool | None = None,
    ) -> Story:
        return self._tell(TicketCreated, at, channel, team, priority, by_agent, by_customer, assigned=assigned)

    def updated(self, at: float, **changed: str | bool) -> Story:
        return self._tell(TicketUpdated, at, **changed)

    def message(
        self,
        at: float,
        author: str = "agent",
        *,
        public: bool = True,
        automated: bool = False,
        sentiment: float | None = None,
    ) -> Story:
        return self._tell(Message, at, author, public, automated, sentiment)

    def status(self, at: float, status: str) -> Story:
        return self._tell(StatusChanged, at, status)

    def queued(self, at: float, team: str = "") -> Story:
        return self._tell(Queued, at, team)

    def answered(self, at: float, team: str = "") -> Story:
        return self._tell(Answered, at, team)

    def abandoned(self, at: float) -> Story:
        return self._tell(Abandoned, at)

    def left_queue(self, at: float, reason: str = "callback") -> Story:
        return self._tell(LeftQueue, at, reason)

    def ended(self, at: float, after: float | None = None, hold: float | None = None) -> Story:
        return self._tell(Ended, at, after, hold)

    def handed_off(self, at: float) -> Story:
        return self._tell(HandedOff, at)

    def merged(self, at: float) -> Story:
        return self._tell(Merged, at)

    def removed(self, at: float) -> Story:
        return self._tell(Removed, at)

    def restored(self, at: float) -> Story:
        return self._tell(Restored, at)

    def survey(
        self, at: float, score: float, survey: str = "q", *, low: float = 1, high: float = 5, kind: str = "csat"
    ) -> Story:
        return self._tell(SurveyAnswered, at, survey, kind, score, low, high)

    def joined(self, at: float, tier: str = "", region: str = "", segment: str = "") -> Story:
        """Of a customer's log, as those below."""
        return self._tell(CustomerJoined, at, tier, region, segment)

    def left(self, at: float) -> Story:
        return self._tell(CustomerLeft, at)

    def purchase(self, at: float, amount: int, currency: str = "EUR") -> Story:
        return self._tell(CustomerPurchase, at, amount, currency)

    def contact(
        self, at: float, ticket: str = "", *, done: float | None = None, is_open: bool = False, by_agent: bool = False
    ) -> Story:
        """A ticket of the customer's, as the log holds it; without a name it is one more."""
        uid = contact_uid(ticket or f"{len(self.events):04d}")
        done_us = None if done is None else round(done * US)
        self.events.append(CustomerContact(round(at * US), "", uid, is_open, done_us, by_agent))
        return self

    def answer(
        self, at: float, score: float, *, low: float = 1, high: float = 5, kind: Literal["csat", "nps"] = "csat"
    ) -> Story:
        """An answer to a survey of a ticket of the customer's."""
        uid = answer_uid(f"{len(self.events):04d}", "q")
        self.events.append(CustomerAnswer(round(at * US), "", uid, kind, score, low, high))
        return self

    def asked(self, at: float) -> Story:
        """A survey of a ticket of the customer's was sent."""
        self.events.append(CustomerAsked(round(at * US), "", asked_uid(f"{len(self.events):04d}", "q")))
        return self

    def survey_sent(self, at: float, survey: str = "q", *, kind: str = "csat") -> Story:
        return self._tell(SurveySent, at, survey, kind)

    def survey_ended(self, at: float, survey: str = "q", *, kind: str = "csat", declined: bool = False) -> Story:
        return self._tell(SurveyEnded, at, survey, kind, declined)

    def withdrawn(self, at: float, survey: str = "q", *, kind: str = "csat") -> Story:
        return self._tell(SurveyWithdrawn, at, survey, kind)

    @property
    def log(self) -> list[Event]:
        log: list[Event] = []
        for event in self.events:
            insert(log, event)
        return log

    @property
    def timeline(self) -> Timeline:
        return timeline_of(self.log, ReadingPlan(self.definitions))

    @property
    def facts(self) -> Facts:
        return facts_of(self.timeline, self.definitions)

    def fact(self, key: str) -> Fact:
        return self.facts[key]

    def value(self, key: str) -> float | None:
        """The fact's value, None also where there is no such fact."""
        fact = self.facts.get(key)
        return fact.value if fact is not None else None

    def booked_at(self, key: str) -> float:
        return self.facts[key].time_us / US

    def measures(self, key: str) -> list[str]:
        """Names of the measures that a fact books."""
        return [booking.measure.name for booking in self.facts[key].bookings]

    def segment(self, key: str) -> tuple[str, ...]:
        """Channel, team and priority a fact is booked under."""
        return tuple(self.facts[key].segment.split(segment_of("", "", "")[0]))
