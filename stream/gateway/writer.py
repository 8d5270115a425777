"""Records into Kafka, and nothing but "acknowledged" for an answer.

Written with an idempotent producer and ``acks=all``: what was acknowledged stays, through the death of this process and
of any broker but the last. A Kafka that is away is tried by a few deliveries at a time, the others are refused at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from stream.clock import monotonic_seconds
from stream.edge.kafka.connection import aiokafka_security, unavailable
from stream.edge.kafka.topics import TopicReport, ensure_topics
from stream.errors import ConfigError, UnavailableError
from stream.settings import Settings

_REQUEST_BYTES: Final = 17 << 20
_BATCH_BYTES: Final = 1 << 20
_AGAIN_SECONDS: Final = 1.0
_STOP_SECONDS: Final = 3.0
_NEEDED: Final = ("tickets", "surveys", "dead_letter", "doorbells")
_TOO_LARGE: Final = (MessageSizeTooLargeError, RecordListTooLargeError)

log = logging.getLogger(__name__)


class Row(NamedTuple):
    """One record: the name of its topic in Kafka, key, value."""

    topic: str
    key: bytes
    value: bytes


class AwayError(Exception):
    """Kafka has not acknowledged: nothing is known to be written, and it has to come again."""


class TooLargeError(Exception):
    """Kafka does not take a record of this size."""


class Kafka(Protocol):
    """What the rest of the gateway knows of a `Writer`."""

    trouble: str

    @property
    def is_away(self) -> bool:
        """Whether something has waited for too long."""
        ...

    @property
    def can_write(self) -> bool:
        """Whether Kafka is there, as far as is known."""
        ...

    async def write(self, rows: Sequence[Row]) -> None:
        """Return once Kafka has acknowledged all rows. AwayError, TooLargeError."""
        ...


class Writer:
    """Call `run` as a task and `write` from others. ``trouble`` says why nothing can be written; empty: it can."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._answer_within = settings.gateway.answer_within_seconds
        self._producer: AIOKafkaProducer | None = None
        self._broken = asyncio.Event()
        self._waiting: dict[asyncio.Future[Any], float] = {}
        self.trouble = "Kafka has not been asked yet"

    @property
    def is_away(self) -> bool:
        """Whether something has waited for Kafka for longer than a sender waits for an answer."""
        oldest = next(iter(self._waiting.values()), None)
        return oldest is not None and monotonic_seconds() - oldest > self._answer_within

    @property
    def can_write(self) -> bool:
        """Whether Kafka is there, as far as is known."""
        return not self.trouble and not self.is_away

    async def run(self) -> None:
        """Keep a producer, for ever. ConfigError: Kafka answers at once, and topics or the login are wrong."""
        is_first = True
        while True:
            try:
                await self._require_topics()
                producer = await self._started()
            except ConfigError as error:
                # Later somebody may just be mending it: whoever has waited for Kafka waits for its topics, too.
                if is_first:
                    raise
                self._say(str(error))
            except (UnavailableError, KafkaError, OSError, TimeoutError) as error:
                self._say(str(error) or type(error).__name__)
            else:
                await self._keep(producer)
            is_first = False
            await asyncio.sleep(_AGAIN_SECONDS)

    async def write(self, rows: Sequence[Row]) -> None:
        """Return once Kafka has acknowledged all rows. AwayError: not in time; TooLargeError: it refuses one."""
        producer = self._producer
        if producer is None or self.is_away:
            raise AwayError
        sent: list[asyncio.Future[Any]] = []
        try:
            async with asyncio.timeout(self._answer_within):
                for row in rows:
                    future = await producer.send(row.topic, row.value, row.key)
                    self._waiting[future] = monotonic_seconds()
                    future.add_done_callback(self._answered)
                    sent.append(future)
                # Not gather: what is not acknowledged in time is not to be cancelled, for it is on its way.
                await asyncio.wait(sent)
        except (KafkaError, TimeoutError, OSError) as error:
            if isinstance(error, _TOO_LARGE):
                raise TooLargeError from error
            raise AwayError from error
        for future in sent:
            failure = None if future.cancelled() else future.exception()
            if isinstance(failure, _TOO_LARGE):
                raise TooLargeError
            if failure is not None or future.cancelled():
                raise AwayError from failure

    async def close(self) -> None:
        """Wait shortly for what is on its way."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stop(producer)

    def _answered(self, future: asyncio.Future[Any]) -> None:
        self._waiting.pop(future, None)
        if not future.cancelled() and future.exception() is not None:
            # The numbers of an idempotent producer have a gap from now on: it has to be replaced.
            self._broken.set()

    async def _keep(self, producer: AIOKafkaProducer) -> None:
        """Use the producer until it breaks, and look meanwhile whether Kafka answers."""
        self._broken.clear()
        self._producer = producer
        self._say("")
        pause = self._settings.kafka.watch_interval_seconds
        while not self._broken.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._broken.wait(), pause)
                break
            try:
                async with asyncio.timeout(self._settings.kafka.max_silence_seconds):
                    await producer.client.fetch_all_metadata()
            except (KafkaError, OSError, TimeoutError) as error:
                self._say(str(unavailable(self._settings.kafka, error)))
            else:
                self._say("")
        self._producer = None
        self._say("a write was refused; a new producer takes over")
        await _stop(producer)
        for future in list(self._waiting):
            future.cancel()  # nobody answers for what the old producer left behind, and it would look like a Kafka away

    async def _started(self) -> AIOKafkaProducer:
        kafka = self._settings.kafka
        producer = AIOKafkaProducer(
            bootstrap_servers=list(kafka.addresses),
            client_id="deskpulse-gateway",
            acks="all",
            enable_idempotence=True,
            max_request_size=_REQUEST_BYTES,
            max_batch_size=_BATCH_BYTES,
            **aiokafka_security(kafka),
        )
        try:
            await asyncio.wait_for(producer.start(), kafka.max_silence_seconds)
        except BaseException:
            await _stop(producer)
            raise
        return producer

    async def _require_topics(self) -> None:
        """A broker that makes topics by itself makes them wrong."""
        report = await ensure_topics(self._settings)
        needed = (*_NEEDED, *(("customers",) if self._settings.customers else ()))
        names = {self._settings.topic_names[logical] for logical in needed}
        differences = tuple(item for item in report.differences if item.topic in names)
        TopicReport(report.desired, differences).require_usable()

    def _say(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            log.warning("nothing can be written, and deliveries are answered with 503: %s", trouble)
        elif self.trouble and not trouble:
            log.info("Kafka takes what is written")
        self.trouble = trouble


async def _stop(producer: AIOKafkaProducer) -> None:
    with suppress(Exception):  # with the brokers gone it would wait for ever, or fail
        await asyncio.wait_for(producer.stop(), _STOP_SECONDS)
