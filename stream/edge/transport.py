"""Faust's transport, one hop per batch: records of a partition travel to the agent as one message.

What differs from Faust's own consumer, and why (measured; see ARCHITECTURE.md):
a batch is one message (four asyncio tasks per record otherwise); partitions stay paused after an assignment until
their state is loaded, and it is this loop that seeks and resumes them (a seek from elsewhere collides with a fetch);
Faust commits nothing (offsets go into the shards' transactions); reading is ``read_committed``.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final, Protocol

import faust
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

_FAUST_LOG: Final = logging.getLogger("faust.transport")
_UNSOUGHT_WAIT_SECONDS: Final = 0.1
_IDLE_WAIT_SECONDS: Final = 0.5


class Seats(Protocol):
    """Who knows from where each partition is to be read."""

    batch_events: int

    def is_ours(self, topic: str) -> bool:
        """True for the topics whose offsets we keep."""
        ...

    def start_of(self, topic: str, partition: int) -> int | None:
        """Offset to read on from, -1 for the beginning; None while the state is not loaded."""
        ...

    def note_start(self, topic: str, partition: int, start: int) -> None:
        """Reading begins at ``start``."""
        ...

    def note_end(self, topic: str, partition: int, end: int) -> None:
        """The partition is known to end at ``end``."""
        ...

    def beat(self) -> None:
        """The consumer is alive."""
        ...


class _ReadCommitted(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # faust has no usable types
    logger = _FAUST_LOG

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust would complain that nothing is committed: the shards' transactions do that. `/healthz` watches."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        return consumer


class BatchConsumer(driver.Consumer):  # type: ignore[misc]  # faust has no usable types
    """Delivers lists of records; see the module's text."""

    logger = _FAUST_LOG
    seats: Seats
    unsought: frozenset[TP] = frozenset()

    def _new_consumer_thread(self) -> Any:
        return _ReadCommitted(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Called with every assignment: hold all our partitions until the fetch loop seeks them."""
        self.unsought = frozenset(tp for tp in self.assignment() if self.seats.is_ours(tp.topic))
        self.pause_partitions(self.unsought)

    def resume_partitions(self, tps: Any) -> None:
        """Faust may resume all but ours."""
        super().resume_partitions({tp for tp in tps if not self.seats.is_ours(tp.topic)})

    async def _commit(self, offsets: Any) -> bool:
        return True

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Called when a rebalance begins."""
        self.unsought = frozenset()
        await super().on_partitions_revoked(revoked)

    async def _seek_ready(self) -> None:
        for tp in sorted(self.unsought):
            known = self.seats.start_of(tp.topic, tp.partition)
            if known is None:
                continue
            start = known if known >= 0 else (await self.earliest_offsets(tp))[tp]
            # A rebalance may have begun meanwhile. From here to the seek nothing is waited for, so none can begin.
            if tp not in self.unsought or not self.flow_active or known != self.seats.start_of(tp.topic, tp.partition):
                continue
            self.unsought -= {tp}
            self.seats.note_start(tp.topic, tp.partition, start)
            await self.seek(tp, start)
            self._active_partitions.add(tp)
            self._paused_partitions.discard(tp)

    def _new_offset(self, tp: TP) -> int | None:
        acked = self._acked[tp]
        if not acked:
            return None
        newest = max(acked)
        acked.clear()
        self._acked_index[tp].clear()
        return int(newest) + 1

    async def _drain_messages(self, fetcher: Any) -> None:
        stopped, fetcher_stopped = self._stopped.is_set, fetcher._stopped.is_set
        try:
            while not (stopped() or fetcher_stopped()):
                self.seats.beat()
                if self.unsought and self.flow_active:
                    await self._seek_ready()
                    if not self._active_partitions:
                        # Nothing to fetch yet; Faust would sleep a whole second now.
                        await asyncio.sleep(_UNSOUGHT_WAIT_SECONDS)
                        continue
                # Read before the fetch: a batch fetched under an older generation is dropped by the agent.
                generation = self.app.consumer_generation_id
                wait = _UNSOUGHT_WAIT_SECONDS if self.unsought else _IDLE_WAIT_SECONDS
                records, _ = await self._wait_next_records(wait)
                if self.should_stop:
                    break
                await self._deliver(records or {}, generation)
                for tp in self._active_partitions:
                    end = self.highwater(tp)
                    if end is not None:
                        self.seats.note_end(tp.topic, tp.partition, end)
        except self.consumer_stopped_errors:
            if not self.transport.app.should_stop:
                raise
        except asyncio.CancelledError:
            if not self.transport.app.should_stop:
                raise

    async def _deliver(self, batches: Any, generation: int) -> None:
        if not batches:
            await asyncio.sleep(0)
        for place, records in batches.items():
            tp = TP(place.topic, place.partition)
            for first in range(0, len(records), self.seats.batch_events):
                if not self.flow_active or self.app.consumer_generation_id != generation:
                    return
                part = records[first : first + self.seats.batch_events]
                newest = part[-1]
                message = ConsumerMessage(
                    tp.topic,
                    tp.partition,
                    newest.offset,
                    newest.timestamp / 1000.0,
                    newest.timestamp_type,
                    None,
                    None,
                    part,
                    None,
                    0,
                    0,
                    tp,
                    generation_id=generation,
                )
                await self.callback(message)
                self._read_offset[tp] = newest.offset


def batch_transport(seats: Seats) -> type[Any]:
    """A Faust transport class whose consumers ask ``seats``."""
    consumer = type("SeatedConsumer", (BatchConsumer,), {"seats": seats, "__module__": __name__})
    return type("BatchTransport", (driver.Transport,), {"Consumer": consumer})


class BatchSchema(faust.Schema):  # type: ignore[misc]  # faust has no usable types
    """Passes a batch through to the agent as it is: decoding is ours."""

    def compile(self, app: Any, **_: Any) -> Any:
        """Faust's hook: make the function that turns a message into an event."""
        create_event = app.create_event

        async def pass_through(message: Any, *, propagate: bool = False) -> Any:
            return create_event(None, message.value, None, message)

        return pass_through
