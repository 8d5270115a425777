"""When a live simulation ends, nobody is left in a queue: contacts that wait for ever are no contact centre's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stream.simulate.emit import SimulatedEvent, rfc3339

_QUEUED = "support.ticket.queued"
_EXITS = frozenset(f"support.ticket.{name}" for name in ("answered", "abandoned", "left_queue"))


class Queues:
    """Who waits, of the events that have passed."""

    def __init__(self) -> None:
        self._waiting: dict[str, SimulatedEvent] = {}

    def watch(self, events: Iterable[SimulatedEvent]) -> Iterator[SimulatedEvent]:
        """The same events. One counts once the next is asked for: the last one may not have been sent."""
        for event in events:
            yield event
            kind = event.event["type"]
            if kind == _QUEUED:
                self._waiting[event.key] = event
            elif kind in _EXITS:
                self._waiting.pop(event.key, None)

    def close(self, now_us: int) -> Iterator[SimulatedEvent]:
        """All who wait leave the queue now, as its closing makes them: neither answered nor abandoned."""
        for ticket, queued in self._waiting.items():
            event = {
                **queued.event,
                "id": f"{ticket}-closed",
                "type": "support.ticket.left_queue",
                "time": rfc3339(max(now_us, queued.time_us)),
                "sequence": str(int(queued.event["sequence"]) + 1),
                "data": {"reason": "timeout"},
            }
            yield SimulatedEvent(max(now_us, queued.time_us), "tickets", ticket, event)
