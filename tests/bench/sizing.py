"""What an installation needs: memory a ticket, processor and disk an event, as docs/operations.md has it.

    python -m tests.bench.sizing --tickets 50000

starts a Kafka and workers of its own, with default settings and with everything on, and prints a table. A few minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import uvloop
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from stream.broker.embedded import EmbeddedKafka
from stream.edge.kafka.topics import planned_topics
from tests.bench.bench_full import whole_catalogue
from tests.bench.bench_open_tickets import Made, OpenTickets, event_of
from tests.bench.benchmark import say
from tests.bench.builds import is_compiled
from tests.bench.contestant import Contestant
from tests.bench.layout import Sender, sender_to
from tests.bench.supply import Supply
from tests.bench.tables import figure, table
from tests.bench.worker import Desk, Pages

EVERYTHING: Final = """
dimensions = ["channel", "team", "priority", "brand"]
[windows]
rolling = "5m,15m,1h,2h,24h,7d,30d"
today = true
[group_by]
names = "all,channel,team,priority,brand,channel_team"
[calendars.office]
time_zone = "Europe/Berlin"
week = { mon-fri = "09:00-17:00" }
[[sla]]
name = "all"
first_reply_seconds = 14400
next_reply_seconds = 14400
resolution_seconds = 432000
calendar = "office"
"""
DEFAULT, FULL = SETTINGS = ("default settings", "everything on")
COMPACTED: Final[tuple[str, ...]] = ("changelog", "partials", "facts", "metrics")
BY_EVENT: Final = ("tickets", "surveys", "changelog", "partials", "facts")
_AT_ONCE: Final = 100_000
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Memory(NamedTuple):
    """Bytes a ticket beyond an empty worker: while they come, and once a worker has loaded them."""

    live: float
    loaded: float


class SettledTickets(OpenTickets):
    """Tickets that were created, answered, solved and rated."""

    def grow(self, count: int) -> Iterator[Made]:
        """Events of ``count`` more."""
        start_us = time.time_ns() // 1000 - 1_200_000_000
        for number, made in zip(range(self.count, self.count + count), _pairs(super().grow(count)), strict=True):
            yield from made
            yield event_of(number, "s", start_us + 90_000_000, "ticket.status", {"status": "solved"})
            rated = {"survey_id": f"s-{number}", "kind": "csat", "score": 5}
            yield event_of(number, "r", start_us + 120_000_000, "survey.answered", rated)


def _pairs(made: Iterator[Made]) -> Iterator[tuple[Made, Made]]:
    return zip(made, made, strict=True)


async def _send(desk: Desk, worker: Contestant, sender: Sender, made: Iterator[Made]) -> None:
    await sender.send(sender.batches(desk.messages(made), desk.partitions))
    await desk.await_shown(worker)


async def memory_of(broker: str, variables: Mapping[str, str], kind: type[OpenTickets], count: int) -> Memory:
    """Of ``count`` tickets in one worker."""
    desk, tickets = Desk(broker, variables), kind()
    await desk.make_topics()
    with desk.worker("sizing") as worker:
        await Pages(worker).await_ready()
        empty_bytes = worker.rss_bytes
        async with sender_to(broker) as sender:
            while tickets.count < count:
                await _send(desk, worker, sender, tickets.grow(min(_AT_ONCE // 4, count - tickets.count)))
        live_bytes = worker.rss_bytes
    with desk.worker("sizing") as worker:
        await Pages(worker).await_ready()
        loaded_bytes = worker.rss_bytes
    return Memory((live_bytes - empty_bytes) / count, (loaded_bytes - empty_bytes) / count)


class Work(NamedTuple):
    """Processor microseconds an event, cores while nothing comes, and bytes on disk an event by topic.

    ``compacted_bytes``: the same once Kafka has compacted. Rows of metrics do not go by events: ``rows_bytes_a_second``
    while all groups change, and ``rows_bytes`` of all of them, compacted.
    """

    worker_us: float
    broker_us: float
    worker_idle_cores: float
    broker_idle_cores: float
    bytes: dict[str, float]
    compacted_bytes: dict[str, float]
    rows_bytes_a_second: float
    rows_bytes: float


async def work_of(kafka: EmbeddedKafka, variables: Mapping[str, str], events: int, patience_seconds: float) -> Work:
    """Of a worker that counts ``events``, and then has nothing to do for so long."""
    broker, supply = kafka.bootstrap_servers, Supply()
    desk = Desk(broker, variables)
    await desk.make_topics()
    with desk.worker("sizing") as worker:
        await Pages(worker).await_ready()
        async with sender_to(broker) as sender:
            await _send(desk, worker, sender, iter(supply.take(events // 10)))
            sizes, began = _bytes_of(kafka, desk), time.monotonic()
            one, other = worker.cpu_seconds, _cpu_seconds(kafka.pid())
            for _ in range(0, events, _AT_ONCE):
                await _send(desk, worker, sender, iter(supply.take(min(events, _AT_ONCE))))
            # Rows have a pace of their own.
            await asyncio.sleep(desk.settings.pipeline.publish_rows_seconds)
            counted = desk.sent - events // 10
            worker_us = (worker.cpu_seconds - one) / counted * 1e6
            broker_us = (_cpu_seconds(kafka.pid()) - other) / counted * 1e6
            grown = {topic: size - sizes[topic] for topic, size in _bytes_of(kafka, desk).items()}
            rows_bytes_a_second = grown["metrics"] / (time.monotonic() - began)
            one, other = worker.cpu_seconds, _cpu_seconds(kafka.pid())
            await asyncio.sleep(patience_seconds)
            idle = (worker.cpu_seconds - one) / patience_seconds, (_cpu_seconds(kafka.pid()) - other) / patience_seconds
            await _compact(broker, desk)
            # What is written last is never compacted: so a little comes after it.
            await _send(desk, worker, sender, iter(supply.take(1_000)))
        await _until_still(lambda: sum(_bytes_of(kafka, desk).values()), patience_seconds)
        left = _bytes_of(kafka, desk)
    grown_bytes = {topic: grown[topic] / counted for topic in BY_EVENT}
    compacted = {topic: left[topic] / desk.sent for topic in COMPACTED if topic in BY_EVENT}
    return Work(worker_us, broker_us, *idle, grown_bytes, compacted, rows_bytes_a_second, left["metrics"])


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _bytes_of(kafka: EmbeddedKafka, desk: Desk) -> dict[str, int]:
    """What the records of each topic take on the broker's disk."""
    data = kafka.data_dir / "node-1" / "data"
    return {
        topic: sum(_size(file) for file in data.glob(f"{desk.topics[topic]}-*/*.log"))
        for topic in (*BY_EVENT, "metrics")
    }


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:  # compacted away meanwhile
        return 0


async def _compact(broker: str, desk: Desk) -> None:
    """Have the topics compacted now, where Kafka would do so in its own time."""
    soon = {"segment.ms": "1000", "min.cleanable.dirty.ratio": "0.001", "max.compaction.lag.ms": "1000"}
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    try:
        # The request replaces all that is set on a topic.
        resources = [
            ConfigResource(ConfigResourceType.TOPIC, spec.name, {**spec.config, **soon})
            for spec in planned_topics(desk.settings)
            if spec.logical in COMPACTED
        ]
        await admin.alter_configs(resources)
    finally:
        await admin.close()


async def _until_still(size: Callable[[], int], patience_seconds: float) -> None:
    """Until it has not become less for a while; new rows make it a little more."""
    least, since = size(), time.monotonic()
    while time.monotonic() - since < patience_seconds:
        await asyncio.sleep(1)
        if size() < 0.99 * least:
            least, since = size(), time.monotonic()


def report(memory: Mapping[tuple[str, str], Memory], work: Mapping[str, Work]) -> Iterator[str]:
    """Tables, as the document has them."""
    yield from table(
        ("Memory of a worker, bytes a ticket", "while they come", "loaded"),
        [(f"{kind}, {name}", figure(m.live), figure(m.loaded)) for (name, kind), m in memory.items()],
    )
    yield ""
    yield from table(
        ("Processor", "worker µs an event", "broker µs an event", "worker idle, cores", "broker idle, cores"),
        [
            (name, figure(w.worker_us), figure(w.broker_us), f"{w.worker_idle_cores:.2f}", f"{w.broker_idle_cores:.2f}")
            for name, w in work.items()
        ],
    )
    yield ""
    yield from table(
        ("Disk, bytes an event", *(f"{name}{after}" for name in work for after in ("", ", compacted"))),
        [
            (
                topic,
                *(
                    figure(size) if size is not None else "-"
                    for w in work.values()
                    for size in (w.bytes[topic], w.compacted_bytes.get(topic))
                ),
            )
            for topic in BY_EVENT
        ],
    )
    yield ""
    yield from table(
        ("Rows of metrics on disk", "kB/s while all groups change", "MB of all of them, compacted"),
        [(name, figure(w.rows_bytes_a_second / 1e3), figure(w.rows_bytes / 1e6)) for name, w in work.items()],
    )


async def _measure(tickets: int, events: int, patience_seconds: float, names: Sequence[str]) -> None:
    memory: dict[tuple[str, str], Memory] = {}
    work: dict[str, Work] = {}
    extra = {"log.cleaner.backoff.ms": "500"}
    with TemporaryDirectory(prefix="sizing-") as folder, EmbeddedKafka(extra_settings=extra) as kafka:
        file = Path(folder) / "deskpulse.toml"
        file.write_text(EVERYTHING + whole_catalogue())
        for name in names:
            variables = {} if name == DEFAULT else {"CONFIG": str(file)}
            for kind, made in (("open", OpenTickets), ("settled", SettledTickets)):
                say(f"{tickets:,} {kind} tickets, {name}")
                found = memory[name, kind] = await memory_of(kafka.bootstrap_servers, variables, made, tickets)
                say(f"  {figure(found.live)} bytes a ticket while they come, {figure(found.loaded)} once loaded")
            say(f"{events:,} events, {name}")
            work[name] = await work_of(kafka, variables, events, patience_seconds)
            say(f"  {work[name]}")
    print(f"{tickets:,} tickets, {events:,} events, {'compiled' if is_compiled() else 'not compiled'}\n")
    print("\n".join(report(memory, work)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=50_000)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument(
        "--patience", type=float, default=15, help="seconds without events, and for compaction to begin"
    )
    parser.add_argument("--only", choices=SETTINGS, help="with these settings alone")
    given = parser.parse_args()
    uvloop.install()
    asyncio.run(_measure(given.tickets, given.events, given.patience, [given.only] if given.only else SETTINGS))
