"""Rounds of a contestant: held, given its input, let go, and timed until the last of it is seen in what it puts out."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from tests.bench.benchmark import median, say
from tests.bench.contestant import Contestant
from tests.bench.layout import Message, Sender


@dataclass(frozen=True, slots=True)
class Round:
    """What one round took. ``cpu_seconds``: of the contestant alone, not of the broker."""

    events: int
    seconds: float
    cpu_seconds: float

    @property
    def eps(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def cpu_us(self) -> float:
        """Processor microseconds an event."""
        return self.cpu_seconds / self.events * 1e6


def median_eps(rounds: Sequence[Round]) -> int:
    """The median round's events a second."""
    return round(median([one.eps for one in rounds]))


def median_cpu_us(rounds: Sequence[Round]) -> float:
    """The median round's processor time an event."""
    return round(median([one.cpu_us for one in rounds]), 2)


def say_round(name: str, found: Round) -> None:
    """Tell whoever watches."""
    say(f"    {name}: {found.eps:,.0f} events/s, {found.cpu_us:.1f} µs of processor an event")


async def run_round(
    contestants: Sequence[Contestant],
    sender: Sender,
    messages: Iterable[Message],
    partitions: int,
    await_done: Callable[[], Awaitable[float]],
) -> Round:
    """One round. ``await_done`` gives when the last event was seen, as seconds since 1970."""
    given = list(messages)
    batches = sender.batches(given, partitions)
    events = len(given)
    del given
    gc.collect()
    for contestant in contestants:
        contestant.pause()
    try:
        await sender.send(batches)
        cpu = sum(contestant.cpu_seconds for contestant in contestants)
    finally:
        began = min([contestant.go_on() for contestant in contestants])
    done = await await_done()
    spent = sum(contestant.cpu_seconds for contestant in contestants) - cpu
    for contestant in contestants:
        contestant.require_running()
    found = Round(events, max(1e-3, done - began), spent)
    say_round(contestants[0].name, found)
    return found
