"""A worker with many open tickets: ``python -m tests.bench.bench_open_tickets``.

What an event costs as they grow in number; what they take in memory; how long a worker that starts takes to load them.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import orjson
import uvloop

from stream.domain.times import format_time_us
from tests.bench.benchmark import Benchmark, Result, alone, median, say
from tests.bench.contestant import Contestant
from tests.bench.generate import PRIORITIES, TEAMS
from tests.bench.layout import Sender, sender_to
from tests.bench.race import Round, run_round
from tests.bench.supply import Supply
from tests.bench.tables import figure, table
from tests.bench.worker import Desk, Pages

_AT_ONCE: Final = 200_000
_EVENTS_A_TICKET: Final = 2
_LOADING: Final = "is loading its state"
_LOOK_SECONDS: Final = 0.1
_LOADED: Final = b"deskpulse_shard_loaded_rows"

Made = tuple[int, str, bytes, bytes]


class OpenTickets:
    """Tickets that were created, answered once, and stay open."""

    def __init__(self) -> None:
        self.count = 0
        self._random = random.Random(3)
        self._messages = 0

    def grow(self, count: int) -> Iterator[Made]:
        """Events of ``count`` more."""
        start_us = time.time_ns() // 1000 - 1_200_000_000
        for number in range(self.count, self.count + count):
            chosen = self._random.choice
            data = {"channel": chosen(("email", "web")), "team": chosen(TEAMS), "priority": chosen(PRIORITIES)}
            yield event_of(number, "c", start_us, "ticket.created", data)
            yield event_of(number, "a", start_us + 60_000_000, "ticket.message", {"author": "agent", "public": True})
        self.count += count

    def touch(self, count: int) -> Iterator[Made]:
        """A customer's message for each of ``count`` of them, far apart."""
        step = max(1, self.count // count)
        now_us = time.time_ns() // 1000
        self._messages += 1
        for place in range(min(count, self.count)):
            number = (place * step + self._messages) % self.count
            yield event_of(
                number, f"m{self._messages}", now_us, "ticket.message", {"author": "customer", "public": True}
            )


def event_of(number: int, identity: str, at_us: int, kind: str, data: dict[str, Any]) -> Made:
    """One event, ``support.<kind>``, of the ticket of this number."""
    subject = f"O-{number:08d}"
    event = {
        "specversion": "1.0",
        "id": f"{number:x}{identity}",
        "source": "/bench/contact-centre",
        "type": f"support.{kind}",
        "subject": subject,
        "time": format_time_us(at_us),
        "data": data,
    }
    return at_us, "surveys" if kind.startswith("survey") else "tickets", subject.encode(), orjson.dumps(event)


async def _grow(desk: Desk, worker: Contestant, sender: Sender, tickets: OpenTickets, wanted: int) -> None:
    while tickets.count < wanted:
        count = min(_AT_ONCE // _EVENTS_A_TICKET, wanted - tickets.count)
        await sender.send(sender.batches(desk.messages(tickets.grow(count)), desk.partitions))
        await desk.await_shown(worker)
    say(f"    {tickets.count:,} open tickets, {worker.rss_bytes >> 20} MiB")


async def _loading_seconds(pages: Pages) -> float:
    """From when the first shard says that it loads until none does, as the worker tells it once a second."""
    began = 0.0
    while True:
        answer = await asyncio.to_thread(pages.readiness)
        if any(_LOADING in reason for reason in answer["reasons"]):
            began = began or time.monotonic()
        elif began or answer["ready"]:
            return max(1.0, time.monotonic() - began) if began else 1.0
        await asyncio.sleep(_LOOK_SECONDS)


def _loaded_rows(page: bytes) -> int:
    lines = [line for line in page.splitlines() if line.startswith(_LOADED)]
    rows = sum(round(float(line.rpartition(b" ")[2])) for line in lines)
    if not rows:
        raise AssertionError(f"/metrics has no {_LOADED.decode()}")
    return rows


class _Held(NamedTuple):
    """What a worker with so many open tickets was measured to be; ``cpu_us``: of an event, the median of the rounds."""

    desk: Desk
    empty_seconds: float
    empty_bytes: int
    live_bytes: int
    cpu_us: float


async def _with_open(broker: str, wanted: int, events: int, touched: int, rounds: int) -> _Held:
    """On topics of its own: what is there of rounds before makes panes denser, and each event dearer."""
    desk, supply, tickets = Desk(broker), Supply(), OpenTickets()
    await desk.make_topics()
    began = time.time()
    with desk.worker(f"open-tickets-{wanted}") as worker:
        empty_seconds = await Pages(worker).await_ready() - began
        empty_bytes = worker.rss_bytes
        async with sender_to(broker) as sender:

            async def play() -> Round:
                messages = desk.messages([*supply.take(events), *tickets.touch(touched)])
                return await run_round([worker], sender, messages, desk.partitions, lambda: desk.await_shown(worker))

            await _grow(desk, worker, sender, tickets, wanted)
            await play()  # the first after so much else is another matter
            cpu_us = round(median([(await play()).cpu_us for _ in range(rounds)]), 2)
        return _Held(desk, empty_seconds, empty_bytes, worker.rss_bytes, cpu_us)


async def _measure(broker: str, steps: Sequence[int], events: int, touched: int, rounds: int) -> Result:
    costs: dict[int, float] = {}
    for step in steps:
        held = await _with_open(broker, step, events, touched, rounds)
        costs[step] = held.cpu_us
    count = steps[-1]
    began = time.time()
    with held.desk.worker("open-tickets") as worker:
        pages = Pages(worker)
        loading_seconds = await _loading_seconds(pages)
        ready_seconds = await pages.await_ready() - began
        rows = _loaded_rows(pages.get("/metrics")[1])
        loaded_bytes = worker.rss_bytes
    return {
        "open_tickets": count,
        "cpu_us_by_open_tickets": {str(step): cost for step, cost in costs.items()},
        "open_tickets_cpu_ratio": round(costs[steps[-1]] / max(0.1, costs[steps[0]]), 3),
        "rss_bytes": loaded_bytes,
        "bytes_per_open_ticket": round((loaded_bytes - held.empty_bytes) / count),
        "bytes_per_open_ticket_live": round((held.live_bytes - held.empty_bytes) / count),
        "seconds_to_ready": round(ready_seconds, 1),
        "seconds_to_ready_empty": round(held.empty_seconds, 1),
        "loading_seconds": round(loading_seconds, 1),
        "loaded_rows": rows,
        "recovery_rps": round(rows / loading_seconds),
    }


def measure(broker: str, *, steps: Sequence[int], events: int, touched: int, rounds: int) -> Result:
    """Costs at each number of open tickets of ``steps``; memory and loading at the last."""
    uvloop.install()
    return asyncio.run(_measure(broker, steps, events, touched, rounds))


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield "## Many open tickets"
    yield ""
    yield from table(
        ("Open tickets", "processor µs an event"),
        [(figure(int(count)), figure(cost)) for count, cost in part["cpu_us_by_open_tickets"].items()],
    )
    yield ""
    mib = part["rss_bytes"] / 2**20
    yield f"A worker that starts with {figure(part['open_tickets'])} of them holds {mib:,.0f} MiB,"
    yield f"{figure(part['bytes_per_open_ticket'])} bytes a ticket beyond an empty worker"
    yield f"({figure(part['bytes_per_open_ticket_live'])} before it was ended). It was ready"
    yield f"{part['seconds_to_ready']:g} s after its start (an empty one: {part['seconds_to_ready_empty']:g} s):"
    yield f"{figure(part['loaded_rows'])} rows of its changelog, {figure(part['recovery_rps'])} a second."


BENCHMARK: Final = Benchmark(
    "open_tickets",
    measure,
    {
        "tiny": {"steps": (20, 60), "events": 300, "touched": 10, "rounds": 1},
        "quick": {"steps": (10_000, 50_000), "events": 20_000, "touched": 5_000, "rounds": 1},
        "full": {"steps": (10_000, 100_000, 1_000_000), "events": 40_000, "touched": 10_000, "rounds": 5},
    },
    (
        "open_tickets",
        "cpu_us_by_open_tickets",
        "open_tickets_cpu_ratio",
        "rss_bytes",
        "bytes_per_open_ticket",
        "seconds_to_ready",
        "loaded_rows",
        "recovery_rps",
    ),
    section,
)

if __name__ == "__main__":
    alone(BENCHMARK)
