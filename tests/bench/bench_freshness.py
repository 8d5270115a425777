"""How long from an event to the gauge that counts it: ``python -m tests.bench.bench_freshness``.

While so many events a second come in, dated now, a ticket of a channel of its own is created again and again, and the
number of these that the worker shows is asked for every few milliseconds. `/api/rows` and the gauges show the same
view; it is asked because it costs the worker little. The time counts from before the event is handed to the producer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import aiohttp
import orjson
import uvloop
from aiokafka import AIOKafkaProducer

from stream.domain.times import format_time_us
from stream.edge.kafka.partitioning import murmur2_partition
from tests.bench.benchmark import Benchmark, Result, alone, percentile, say
from tests.bench.generate import events as made_events
from tests.bench.layout import Sender
from tests.bench.tables import figure, table
from tests.bench.worker import Desk, Pages

_USUAL_RATE: Final = 5_000
"""Of `freshness_p99_seconds`."""
_CHANNEL: Final = "probe"
_TICK_SECONDS: Final = 0.02
_PROBE_SECONDS: Final = 0.05
_LOOK_SECONDS: Final = 0.03
_GRACE_SECONDS: Final = 30.0
_ROWS: Final = "/api/rows?metric=open_tickets&by=channel"


class Probes:
    """When each was sent, and when it was first shown."""

    def __init__(self) -> None:
        self.sent: list[float] = []
        self.shown: list[float] = []

    def see(self, count: int) -> None:
        """The worker shows ``count`` of them."""
        self.shown += [time.perf_counter()] * (count - len(self.shown))

    @property
    def delays(self) -> list[float]:
        """Seconds of each; one that never came counts as late as can be."""
        unseen = len(self.sent) - len(self.shown)
        shown = [*self.shown, *[time.perf_counter()] * unseen]
        return [seen - sent for sent, seen in zip(self.sent, shown, strict=True)]


def _stamped(values: Sequence[dict[str, Any]], now_us: int) -> Iterator[bytes]:
    moment = format_time_us(now_us)
    for value in values:
        value["time"] = moment
        yield orjson.dumps(value)


class Stream:
    """Events of the generator, in order, dated as they are sent."""

    def __init__(self, desk: Desk, count: int) -> None:
        self._desk = desk
        self._events = [
            (desk.topics[logical], key, orjson.loads(value))
            for _, logical, key, value in made_events(count, 1_700_000_000_000_000, 600.0)
        ]
        self._next = 0

    def take(self, count: int) -> Iterator[tuple[str, bytes, bytes]]:
        """The next ``count``, dated now."""
        part = self._events[self._next : self._next + count]
        self._next += len(part)
        stamped = _stamped([event for _, _, event in part], time.time_ns() // 1000)
        for (topic, key, _), value in zip(part, stamped, strict=True):
            yield topic, key, value


def _shown(body: bytes) -> int:
    answer = orjson.loads(body)
    if "rows" not in answer:
        raise ValueError(f"{_ROWS}: {answer}")
    rows = answer["rows"]
    return max((row["count"] for row in rows if row["segment"] == {"channel": _CHANNEL}), default=0)


async def _look(url: str, probes: Probes, running: asyncio.Event) -> None:
    async with aiohttp.ClientSession() as session:
        while not running.is_set() or len(probes.shown) < len(probes.sent):
            async with session.get(url) as answer:
                probes.see(_shown(await answer.read()))
            await asyncio.sleep(_LOOK_SECONDS)


async def _probe(producer: AIOKafkaProducer, desk: Desk, probes: Probes, running: asyncio.Event) -> None:
    while not running.is_set():
        number = len(probes.sent)
        subject = f"probe-{number}"
        event = {
            "specversion": "1.0",
            "id": f"probe{number}",
            "source": "/bench/probe",
            "type": "support.ticket.created",
            "subject": subject,
            "time": format_time_us(time.time_ns() // 1000),
            "data": {"channel": _CHANNEL},
        }
        partition = murmur2_partition(subject.encode(), desk.partitions)
        probes.sent.append(time.perf_counter())
        await producer.send(desk.topics["tickets"], orjson.dumps(event), subject.encode(), partition)
        await asyncio.sleep(_PROBE_SECONDS)


async def _one_rate(broker: str, rate: int, seconds: float) -> Result:
    desk = Desk(broker)
    await desk.make_topics()
    stream, probes, ended = Stream(desk, round(rate * seconds)), Probes(), asyncio.Event()
    producer = AIOKafkaProducer(bootstrap_servers=broker, acks="all", max_batch_size=1 << 18)
    await producer.start()
    try:
        with desk.worker(f"freshness-{rate}") as worker:
            pages = Pages(worker)
            await pages.await_ready()
            sender = Sender(producer)
            looking = asyncio.create_task(_look(f"http://127.0.0.1:{pages.port}{_ROWS}", probes, ended))
            probing = asyncio.create_task(_probe(producer, desk, probes, ended))
            began, sent, cpu = time.perf_counter(), 0, worker.cpu_seconds
            while (elapsed := time.perf_counter() - began) < seconds:
                due = round(elapsed * rate) - sent
                await sender.send(sender.batches(stream.take(due), desk.partitions))
                sent += due
                await asyncio.sleep(_TICK_SECONDS)
            took = time.perf_counter() - began
            reached, cores = sent / took, (worker.cpu_seconds - cpu) / took
            ended.set()
            await probing
            await asyncio.wait([looking], timeout=_GRACE_SECONDS)
            worker.require_running()
            if looking.done():
                await looking
            looking.cancel()
            if not probes.shown:
                raise AssertionError(f"none of {len(probes.sent)} probes is shown on {_ROWS}\n{worker.log()}")
    finally:
        await producer.stop()
    delays = probes.delays
    found = {
        "sent_eps": round(reached),
        "cores": round(cores, 2),
        "probes": len(delays),
        "p50_seconds": round(percentile(delays, 0.5), 3),
        "p99_seconds": round(percentile(delays, 0.99), 3),
        "most_seconds": round(max(delays), 3),
    }
    say(f"  {rate:,} events/s: {found}")
    return found


async def _measure(broker: str, rates: Sequence[int], seconds: float) -> Result:
    found = {str(rate): await _one_rate(broker, rate, seconds) for rate in rates}
    usual = found.get(str(_USUAL_RATE)) or next(iter(found.values()))
    return {"freshness": found, "freshness_p99_seconds": usual["p99_seconds"]}


def measure(broker: str, *, rates: Sequence[int], seconds: float) -> Result:
    """Delays at each of ``rates`` events a second, for so many seconds each."""
    uvloop.install()
    return asyncio.run(_measure(broker, rates, seconds))


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield "## From an event to its gauge"
    yield ""
    yield from table(
        ("events/s", "reached", "cores of the worker", "p50 s", "p99 s", "longest s"),
        [
            (
                figure(int(rate)),
                figure(one["sent_eps"]),
                figure(one["cores"]),
                *(figure(one[f"{name}_seconds"]) for name in ("p50", "p99", "most")),
            )
            for rate, one in part["freshness"].items()
        ],
    )


BENCHMARK: Final = Benchmark(
    "freshness",
    measure,
    {
        "tiny": {"rates": (100,), "seconds": 1.0},
        "quick": {"rates": (5_000,), "seconds": 10.0},
        "full": {"rates": (1_000, 5_000, 20_000), "seconds": 20.0},
    },
    ("freshness", "freshness_p99_seconds"),
    section,
)

if __name__ == "__main__":
    alone(BENCHMARK)
