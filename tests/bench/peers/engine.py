"""The simple job on our engine: the product's wiring, transport, assignment and transactions around another core.

Exactly once: a shard's state, minutes, position and the group's offsets are one transaction; the roll-up adds the
shards' minutes. Only the core differs from `deskpulse worker`, and with it what an event costs: no ticket logs, no
corrections, no duplicates found, no metrics. A program: ``python -m tests.bench.peers.engine``.
"""

from __future__ import annotations

import asyncio
import os
from asyncio import Lock, Task, wait
from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import patch

import msgspec
import uvloop
from aiokafka import TopicPartition
from faust.worker import Worker

import stream.app
from stream.clock import SystemClock, monotonic_seconds
from stream.edge.kafka.fetched import Span
from stream.edge.kafka.loading import read_to, stable_end
from stream.edge.kafka.transactions import ROLLUP_NAME, Transactions
from stream.edge.process.collector import Collector
from stream.edge.process.last_resort import guarded
from stream.edge.process.turns import Turns
from stream.settings import Settings, load_settings
from tests.bench.layout import make_topics
from tests.bench.peers.engine_core import Core, Sums

POSITION_KEY = b"position"


class SimpleShard:
    """In place of the product's `ShardOwner`."""

    def __init__(self, partition: int, settings: Settings, *_: object) -> None:
        self.ready = self.closed = False
        self._partition = partition
        self._settings = settings
        self._topics = settings.topic_names
        self._transactions = Transactions(settings, str(partition))
        self._turns = Turns()
        self._busy = Lock()
        self._core = Core()
        self._positions: dict[str, int] = {}
        self._committed: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        self._committed_at = 0.0
        self._committing: Task[None] | None = None
        self._loading: Task[None] | None = None

    async def take_over(self) -> None:
        await self._transactions.start()
        end = await stable_end(self._settings.kafka, self._topics["changelog"], self._partition)
        self._loading = guarded(self._load(end), "loading")

    async def _load(self, end: int) -> None:
        async for records in read_to(self._settings.kafka, self._topics["changelog"], self._partition, end):
            for record in records:
                if record.key == POSITION_KEY:
                    self._positions = msgspec.json.decode(record.value)
                else:
                    self._core.restore(record.key, record.value)
        self._committed = dict(self._positions)
        self.ready = not self.closed

    async def take(self, topic: str, span: Span, may_go_on: Callable[[], bool]) -> None:
        while len(self._core.touched) >= self._settings.pipeline.max_transaction_rows:
            await self.flush()
        async with self._busy:
            if may_go_on() and not self.closed:
                await self._turns.run(self._core.fold_steps(span))
                self._positions[topic] = span.end

    def start_of(self, topic: str) -> int:
        return self._positions.get(topic, -1)

    def note_start(self, topic: str, start: int) -> None:
        self._positions.setdefault(topic, start)

    def note_end(self, topic: str, end: int, _: int | None = None) -> None:
        self._ends[topic] = end

    def commit_soon(self) -> None:
        # As in the product: one that lags commits less often.
        pipeline, now = self._settings.pipeline, monotonic_seconds()
        lag = sum(end - self._positions.get(topic, 0) for topic, end in self._ends.items())
        if lag <= pipeline.batch_events or now - self._committed_at >= pipeline.catch_up_interval_seconds:
            self._begin_commit()

    def _begin_commit(self) -> None:
        if self.ready and self._positions != self._committed and (self._committing is None or self._committing.done()):
            self._committed_at = monotonic_seconds()
            self._committing = guarded(self._commit(), "commit")

    async def _commit(self) -> None:
        async with self._busy:
            minutes: list[tuple[bytes, bytes | None]] = []
            rows = self._core.take_rows(minutes)
            positions = self._committed = dict(self._positions)
        rows.append((POSITION_KEY, msgspec.json.encode(positions)))
        own = b"%d|" % self._partition
        written: dict[tuple[str, int], Sequence[tuple[bytes, bytes | None]]] = {
            (self._topics["changelog"], self._partition): rows
        }
        if minutes:
            written[self._topics["partials"], 0] = [(own + key, value) for key, value in minutes]
        offsets = {TopicPartition(topic, self._partition): offset for topic, offset in positions.items()}
        await self._transactions.write(written, offsets)

    async def flush(self) -> None:
        self._begin_commit()
        if self._committing is not None:
            await wait([self._committing])

    async def finish(self) -> None:
        await self.flush()
        await self.close()

    async def close(self) -> None:
        self.closed, self.ready = True, False
        await self._transactions.stop()


class SimpleRollup:
    """In place of the product's `RollupOwner`."""

    def __init__(self, settings: Settings, *_: object) -> None:
        self.ready = self.closed = False
        self.position = 0
        self._settings = settings
        self._topics = settings.topic_names
        self._transactions = Transactions(settings, ROLLUP_NAME)
        self._sums = Sums()
        self._publishing: Task[None] | None = None
        self._loading: Task[None] | None = None

    def take_over(self) -> None:
        self._loading = guarded(self._load(), "loading the roll-up")

    async def _load(self) -> None:
        await self._transactions.start()
        end = await stable_end(self._settings.kafka, self._topics["partials"], 0)
        async for records in read_to(self._settings.kafka, self._topics["partials"], 0, end):
            self._apply(records)
        self.position = end
        self.ready = not self.closed

    def _apply(self, records: Sequence[Any]) -> None:
        for record in records:
            self._sums.apply(record.key, record.value)

    def take(self, span: Span) -> None:
        self._apply(span)
        self.position = span.end

    def publish_soon(self) -> None:
        if self.ready and (self._publishing is None or self._publishing.done()):
            self._publishing = guarded(self._publish(), "publishing")

    async def _publish(self) -> None:
        if rows := self._sums.take_rows():
            await self._transactions.write({(self._topics["metrics"], 0): rows}, {})

    async def flush(self) -> None:
        if self._publishing is not None:
            await wait([self._publishing])

    async def close(self) -> None:
        self.closed, self.ready = True, False
        await self._transactions.stop()


class _Worker(Worker):  # type: ignore[misc]  # faust has no usable types
    def _shutdown_loop(self) -> None:
        return


def main() -> None:
    name, broker = os.environ["NAME"], os.environ["BROKER"]
    topics = {"tickets": os.environ["SOURCE"], "metrics": os.environ["SINK"]}
    topics |= {logical: f"{name}-{logical}" for logical in ("surveys", "partials", "facts", "dead_letter", "alerts")}
    environ = {f"DESKPULSE_TOPICS__{logical.upper()}": topic for logical, topic in topics.items()}
    environ |= {"DESKPULSE_APPLICATION_ID": name, "DESKPULSE_KAFKA__BOOTSTRAP_SERVERS": broker}
    # As often as the bare loop writes what it has counted.
    environ["DESKPULSE_PIPELINE__PUBLISH_INTERVAL_SECONDS"] = "0.1"
    settings = load_settings(environ)
    uvloop.install()
    partitions, names = settings.topics.partitions, settings.topic_names
    asyncio.run(
        make_topics(broker, {names["surveys"]: partitions, names["changelog"]: partitions, names["partials"]: 1})
    )
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with (
        patch("stream.edge.owners.assignment.ShardOwner", SimpleShard),
        patch("stream.edge.owners.assignment.RollupOwner", SimpleRollup),
    ):
        app, _ = stream.app.build_app(settings, SystemClock())
        Collector(lambda: False).take_over()
        worker = _Worker(app, loglevel="info", redirect_stdouts=False, override_logging=False, loop=loop)
        worker.spinner = None
        try:
            worker.execute_from_commandline()
        finally:
            os._exit(0)


if __name__ == "__main__":
    main()
