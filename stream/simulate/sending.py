"""Deliveries into Kafka, each when it is due."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from stream.clock import Clock
from stream.edge.kafka.connection import aiokafka_security, unavailable
from stream.edge.kafka.topics import TopicReport, ensure_topics
from stream.settings import Settings
from stream.simulate.batches import MOST_BYTES, Batches
from stream.simulate.disturb import Delivery

# The generator never waits by itself: without a pause the client's own tasks would not get to send.
EVENTS_BETWEEN_FLUSHES = 2000
LONGEST_SLEEP_SECONDS = 0.5
FINISH_WITHIN_SECONDS = 3.0


@dataclass(frozen=True)
class Pace:
    """Turns event time into the wall's. ``speed`` 1 is real time, 60 an hour a minute, 0 at once."""

    event_us: int
    wall_us: int
    speed: float = 1.0

    def due_us(self, arrival_us: int) -> int:
        """When a delivery is to be sent."""
        if self.speed == 0:
            return self.wall_us
        return self.wall_us + int((arrival_us - self.event_us) / self.speed)


class Sender:
    """Sends to Kafka until the deliveries end or it is stopped; ``sent`` counts what the brokers have."""

    def __init__(self, settings: Settings, clock: Clock, on_progress: Callable[[int], None]) -> None:
        self._settings = settings
        self._clock = clock
        self._on_progress = on_progress
        self._batches: Batches | None = None
        self._stop = asyncio.Event()
        names = settings.topic_names
        self._topics = frozenset(names[logical] for logical in settings.source_topics)

    @property
    def sent(self) -> int:
        """Records the brokers have confirmed."""
        return self._batches.sent if self._batches is not None else 0

    async def run(
        self, deliveries: Iterator[Delivery], pace: Pace, closing: Callable[[int], Iterable[Delivery]] | None = None
    ) -> None:
        """Send everything, and in the end, stopped or not, what ``closing`` gives at that time.

        Raises UnavailableError if Kafka does not answer, ConfigError without the topics.
        """
        kafka = self._settings.kafka
        with _stopping_on_signals(self._stop):
            await self._require_topics()
            producer = AIOKafkaProducer(
                bootstrap_servers=list(kafka.addresses),
                client_id="deskpulse-simulate",
                acks="all",
                enable_idempotence=True,
                max_batch_size=MOST_BYTES,
                **aiokafka_security(kafka),
            )
            try:
                await producer.start()
                try:
                    partitions = {topic: sorted(await producer.partitions_for(topic)) for topic in self._topics}
                    self._batches = Batches(producer, partitions)
                    await self._stoppable(self._send_all(self._batches, deliveries, pace, closing or _nothing))
                finally:
                    # With the brokers gone, stopping would wait for them for ever.
                    with suppress(TimeoutError):
                        await asyncio.wait_for(producer.stop(), FINISH_WITHIN_SECONDS)
            except (KafkaError, OSError) as error:
                raise unavailable(kafka, error) from error
            if self._batches.failure is not None:
                raise unavailable(kafka, self._batches.failure)

    async def _stoppable(self, sending: Coroutine[None, None, None]) -> None:
        """Await it; once stopped only a little longer, for it may be waiting for brokers that are gone."""
        work = asyncio.ensure_future(sending)
        stopped = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        await asyncio.wait({work}, timeout=FINISH_WITHIN_SECONDS)
        if not work.done():
            work.cancel()
            await asyncio.wait({work})
            return
        work.result()

    async def _require_topics(self) -> None:
        """The source topics must be there: a broker that makes them by itself makes them wrong."""
        report = await ensure_topics(self._settings)
        differences = tuple(item for item in report.differences if item.topic in self._topics)
        TopicReport(report.desired, differences).require_usable()

    async def _send_all(
        self,
        batches: Batches,
        deliveries: Iterator[Delivery],
        pace: Pace,
        closing: Callable[[int], Iterable[Delivery]],
    ) -> None:
        topics = self._settings.topic_names
        now_us = self._clock.now_us()
        for count, delivery in enumerate(deliveries, start=1):
            due_us = pace.due_us(delivery.arrival_us)
            if due_us > now_us or count % EVENTS_BETWEEN_FLUSHES == 0:
                now_us = self._clock.now_us()
                await self._until(batches, due_us, now_us)
                if self._stop.is_set() or batches.failure is not None:
                    break
            await batches.add(topics[delivery.topic], delivery)
        for delivery in closing(self._clock.now_us()):
            await batches.add(topics[delivery.topic], delivery)
        await batches.flush()

    async def _until(self, batches: Batches, due_us: int, now_us: int) -> None:
        """Send what there is, and come back when the next record is due."""
        await batches.flush()
        await asyncio.sleep(0)
        self._on_progress(batches.sent)
        while due_us > now_us and not self._stop.is_set() and batches.failure is None:
            seconds = min((due_us - now_us) / 1e6, LONGEST_SLEEP_SECONDS)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), seconds)
            self._on_progress(batches.sent)
            now_us = self._clock.now_us()


def _nothing(_now_us: int) -> tuple[Delivery, ...]:
    return ()


class _stopping_on_signals:  # noqa: N801 - reads as a verb in the with statement
    """While entered, SIGINT and SIGTERM set the event instead of ending the process."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._taken: list[signal.Signals] = []

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            # Windows has no such handlers: there the interrupt ends the command the hard way.
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, self._stop.set)
                self._taken.append(number)

    def __exit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        for number in self._taken:
            loop.remove_signal_handler(number)
