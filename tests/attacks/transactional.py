"""A6: producers that write in transactions, and some that change their mind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

from tests.attacks.attack import Attack
from tests.attacks.records import Record, event, producer
from tests.attacks.stand import Stand


def _messages(transaction: int, events: int) -> Iterator[Record]:
    for number in range(events):
        yield event(f"TX-{transaction}-{number}", "ticket.created", channel="phone")


def _transactions(count: int, events: int, abort: bool) -> Callable[[Stand], None]:
    def strike(stand: Stand) -> None:
        stand.sent += asyncio.run(_write(stand, count, events, abort))

    return strike


async def _write(stand: Stand, count: int, events: int, abort: bool) -> int:
    committed = 0
    sender = producer(stand.settings, transactional_id=f"attack-{time.time_ns()}")
    await sender.start()
    try:
        for number in range(count):
            await sender.begin_transaction()
            for one in _messages(number, events):
                await sender.send(stand.settings.topic_names[one.logical], key=one.key, value=one.value)
            if abort and number % 2:
                await sender.abort_transaction()
            else:
                await sender.commit_transaction()
                committed += events
    finally:
        await sender.stop()
    return committed


def _no_gap_and_no_lag(stand: Stand) -> str:
    gaps = stand.total("pipeline_gaps_total")
    assert gaps == 0, f"{gaps:g} gaps"
    # What ends a transaction lies in the log and is no event: it must not be waited for.
    stand.wait(lambda: stand.total("shard_lag_events") == 0, "no lag")
    return "no gap, no lag"


def _attack(name: str, sent: str, count: int, events: int, abort: bool, long: bool = True) -> Attack:
    return Attack(name, sent, _transactions(count, events, abort), _no_gap_and_no_lag, long=long)


ATTACKS = (
    _attack("transactions", "3 transactions of one event", 3, 1, abort=False, long=False),
    _attack("aborts", "4 transactions of one event, every other one given up, the last one too", 4, 1, abort=True),
    _attack("many-transactions", "100 transactions of 20 events, every other one given up", 100, 20, abort=True),
)
