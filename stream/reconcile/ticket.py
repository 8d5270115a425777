"""One ticket of ours: its log, its facts, and what else can be read from it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from stream.domain.definitions import Definitions
from stream.domain.events import Event, Message
from stream.domain.facts import Facts
from stream.domain.timeline import ReadingPlan, Timeline, timeline_of
from stream.metrics import METRICS

_US = 1_000_000


class Ticket:
    """``log`` in its order. Values are seconds; None: there is none."""

    def __init__(self, log: Sequence[Event], definitions: Definitions) -> None:
        self.log = log
        self._definitions = definitions

    @cached_property
    def timeline(self) -> Timeline:
        """The log, read."""
        return timeline_of(self.log, ReadingPlan(self._definitions))

    @cached_property
    def _facts(self) -> Facts:
        facts: Facts = {}
        for metric in METRICS:
            metric.facts(self.timeline, self._definitions, facts)
        return facts

    @property
    def is_left_out(self) -> bool:
        """Merged, spam or deleted."""
        return self.timeline.excluded

    @property
    def created_us(self) -> int | None:
        """None where its beginning is not among the events."""
        return self.timeline.created_us

    def figure(self, fact: str) -> float | None:
        """What we count."""
        return None if self.is_left_out else self.figure_of_all(fact)

    def figure_of_all(self, fact: str) -> float | None:
        """The same, were it not merged, spam or deleted."""
        found = self._facts.get(fact)
        return None if found is None else found.value

    def since_creation(self, times_us: Sequence[int]) -> list[float]:
        """Seconds from the creation to each of the times that do not lie before it."""
        created = self.created_us
        return [] if created is None else [(at_us - created) / _US for at_us in times_us if at_us >= created]

    @property
    def replies(self) -> list[float]:
        """When people of the house wrote to the customer, since the creation."""
        return self.since_creation(self.timeline.conversation.human_replies)

    @property
    def programs_replies(self) -> list[float]:
        """When programs did."""
        return self.since_creation(
            [
                event.time_us
                for event in self.log
                if type(event) is Message and event.public and event.author != "customer" and event.automated
            ]
        )

    @property
    def resolutions(self) -> list[float]:
        """Changes into done, since the creation."""
        return self.since_creation(self.timeline.statuses.resolutions)

    @property
    def reopenings(self) -> int:
        """How often it was done and then was not."""
        return len(self.timeline.statuses.reopenings)

    def until(self, time_us: int) -> Ticket:
        """The ticket as it was then."""
        return Ticket([event for event in self.log if event.time_us <= time_us], self._definitions)
