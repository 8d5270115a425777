"""Counting makes no cycles, and keeps nothing but what the state is: the cyclic collector is off in a worker."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from stream.domain.definitions import Definitions
from stream.domain.events import (
    Answered,
    Ended,
    Event,
    HandedOff,
    Message,
    Queued,
    StatusChanged,
    SurveyAnswered,
    TicketCreated,
    TicketUpdated,
)
from stream.domain.facts import Facts
from stream.domain.readers.conversation import Conversation
from stream.domain.shard import Shard
from stream.domain.timeline import Timeline
from stream.metrics import METRICS
from stream.metrics.spec import Metric
from tests.domain.stories import US, rules

DAY = 86_400
TICKETS = 500
ROUNDS = 12


@contextmanager
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def contact(number: int, start_us: int) -> list[Event]:
    """Events of one contact as they come: one late, one twice, one with an id used before, one that makes trouble."""
    told: list[Event] = [
        TicketCreated(start_us, "", "1 /s", ("email", "phone", "chat")[number % 3], "a"),
        Queued(start_us + 5 * US, "", "2 /s"),
        Answered(start_us + 20 * US, "", "3 /s"),
        Message(start_us + 40 * US, "", "4 /s", "agent", public=True),
        Message(start_us + 30 * US, "", "5 /s", "customer", public=True),
        Ended(start_us + 60 * US, "", "6 /s"),
        TicketUpdated(start_us + 70 * US, "", "7 /s", "", "b"),
        StatusChanged(start_us + 80 * US, "", "8 /s", "solved"),
        SurveyAnswered(start_us + 90 * US, "", "9 /s", "q", "csat", 4.0, 1.0, 5.0),
    ]
    again = [told[3], StatusChanged(start_us + 81 * US, "", "8 /s", "closed")]
    return [*told, *again, HandedOff(start_us + 95 * US, "", "10 /s")]


def troubled(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    if ticket.conversation.handoffs:
        raise ZeroDivisionError


def count(target: Shard, day: int) -> None:
    """A day's contacts, settled in the middle and at the end, and what is old forgotten."""
    start_us = day * DAY * US
    for step in range(12):
        for number in range(TICKETS):
            target.fold(f"{day}-{number}", contact(number, start_us + number * 100 * US)[step])
        if step % 4 == 3:
            changes = target.settle(start_us + DAY * US)
            assert len(changes.refused) == (TICKETS if step == 11 else 0)
            changes.forget_ways()
    target.take_opened()
    target.expire(start_us + DAY * US)


def shard_in_trouble() -> Shard:
    trouble = Metric("trouble", (), (), reads=(Conversation,), facts=troubled)
    return Shard(rules(metrics=(*METRICS, trouble), reopen_horizon_seconds=DAY))


def test_counting_leaves_nothing_behind_for_the_cyclic_collector() -> None:
    target = shard_in_trouble()
    with without_collector():
        for day in range(20_000, 20_003):
            count(target, day)
        assert gc.collect() == 0


def test_memory_is_as_large_after_many_days_as_after_a_few() -> None:
    target = shard_in_trouble()
    blocks: list[int] = []
    with without_collector():
        for day in range(20_000, 20_000 + ROUNDS):
            count(target, day)
            blocks.append(sys.getallocatedblocks())
    # The widest panes are kept for a week and a bit.
    late, early = blocks[-1], blocks[-4]
    assert abs(late - early) < 0.02 * early, blocks
