"""Counts what the centre told, for the progress line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stream.simulate.emit import SimulatedEvent


class Tally:
    """Events so far, and where the live queues stand."""

    def __init__(self) -> None:
        self.events = 0
        self.offered = 0
        self.answered = 0
        self.abandoned = 0
        self.left_otherwise = 0
        self.time_us = 0

    @property
    def waiting(self) -> int:
        """Contacts in the queues."""
        return self.offered - self.answered - self.abandoned - self.left_otherwise

    @property
    def abandonment(self) -> float | None:
        """Abandoned of all that were answered or abandoned; None before the first."""
        ended = self.answered + self.abandoned
        return self.abandoned / ended if ended else None

    def watch(self, events: Iterable[SimulatedEvent]) -> Iterator[SimulatedEvent]:
        """The same events, counted as they pass."""
        for event in events:
            self.events += 1
            self.time_us = event.time_us
            kind = event.event["type"]
            if kind == "support.ticket.queued":
                self.offered += 1
            elif kind == "support.ticket.answered":
                self.answered += 1
            elif kind == "support.ticket.abandoned":
                self.abandoned += 1
            elif kind == "support.ticket.left_queue":
                self.left_otherwise += 1
            yield event
