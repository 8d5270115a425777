"""Rounds of workers that run side by side on one desk, ready before the first round and warm."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack

from tests.bench.layout import sender_to
from tests.bench.race import Round, run_round
from tests.bench.supply import Supply
from tests.bench.worker import Desk, Pages

WARM_UP_SHARE = 0.05
WARM_UP_EVENTS = 500


def warm_up_events(events: int) -> int:
    """How many come before the first round that counts."""
    return max(WARM_UP_EVENTS, round(events * WARM_UP_SHARE))


async def rounds_of(
    broker: str, name: str, variables: Mapping[str, str], events: int, rounds: int, workers: int = 1
) -> list[Round]:
    """Rounds of so many ``workers`` with these settings, all together."""
    desk, supply = Desk(broker, variables), Supply()
    await desk.make_topics()
    with ExitStack() as stack:
        running = [stack.enter_context(desk.worker(name)) for _ in range(workers)]
        await asyncio.gather(*(Pages(worker).await_ready() for worker in running))
        async with sender_to(broker) as sender:

            async def play(count: int) -> Round:
                messages = desk.messages(supply.take(count))
                return await run_round(running, sender, messages, desk.partitions, lambda: desk.await_shown(*running))

            await play(warm_up_events(events))
            return [await play(events) for _ in range(rounds)]
