"""Faust's transport, one hop per span: records of a partition travel to the agent as one message.

What differs from Faust's own consumer, and why (measured; see ARCHITECTURE.md):
a span of records is one message (four asyncio tasks per record otherwise); partitions stay paused after an assignment
until their state is loaded, and it is this loop that seeks and resumes them (a seek from elsewhere collides with a
fetch); Faust commits nothing (offsets go into the shards' transactions); reading is ``read_committed``; a position that
is not in the log is a loss and is told (aiokafka would go on from elsewhere without a word); and what waits to be
folded is bounded in bytes.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any, Final, Protocol

import faust
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError, RecordTooLargeError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from stream.edge.kafka.fetched import Span, limit_batches
from stream.edge.process.last_resort import end_process
from stream.errors import LossError

_FAUST_LOG: Final = logging.getLogger("faust.transport")
_UNSOUGHT_WAIT_SECONDS: Final = 0.1
_IDLE_WAIT_SECONDS: Final = 0.5
_ROOM_WAIT_SECONDS: Final = 0.01
_WAITING_BYTES: Final = 32 << 20
"""Of records that were fetched and are not folded yet; one span more is let in."""


class Seats(Protocol):
    """Who knows from where each partition is to be read."""

    batch_events: int
    max_decompressed_batch_bytes: int

    def is_ours(self, topic: str) -> bool:
        """True for the topics whose offsets we keep."""
        ...

    def start_of(self, topic: str, partition: int) -> int | None:
        """Offset to read on from, -1 for the beginning; None while the state is not loaded."""
        ...

    def note_start(self, topic: str, partition: int, start: int) -> None:
        """Reading begins at ``start``."""
        ...

    def note_end(self, topic: str, partition: int, end: int, stable_end: int) -> None:
        """The partition is known to end at ``end``, and cannot be read beyond ``stable_end`` for now."""
        ...

    def note_loss(self, topic: str, partition: int, first: int, end: int) -> int:
        """The partition's log holds ``first`` to before ``end``, and its position is in neither: where to read on."""
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
        consumer._auto_offset_reset = "none"
        limit_batches(self.consumer.seats.max_decompressed_batch_bytes)
        return consumer

    def close(self) -> None:
        """Called on the app's loop by a rebalance while the worker stops: the thread closes its consumer itself.

        Faust would close it here. Its connections belong to the thread's loop, and are not to be touched from another:
        now and then the process ended with SIGSEGV.
        """

    async def _fetch_records(self, *arguments: Any, **more: Any) -> Any:
        try:
            return await super()._fetch_records(*arguments, **more)
        except OffsetOutOfRangeError as error:
            # Asked for again until the position has been mended, which is for the loop that seeks.
            self.consumer.out_of_range.update({TP(*place): offset for place, offset in error.args[0].items()})
        except NoOffsetForPartitionError:
            # Found out just before the partition was sought: nobody reads the group's offsets here.
            pass
        except RecordTooLargeError as error:
            self.consumer.fatal = LossError(f"a batch was cut off: {error.args[0] % error.args[1:]}")
        except LossError as error:
            self.consumer.fatal = error
        return {}


class BatchConsumer(driver.Consumer):  # type: ignore[misc]  # faust has no usable types
    """Delivers lists of records; see the module's text."""

    logger = _FAUST_LOG
    seats: Seats
    unsought: frozenset[TP] = frozenset()
    fatal: LossError | None = None

    def __init__(self, *arguments: Any, **more: Any) -> None:
        self.out_of_range: dict[TP, int] = {}
        self._waiting: deque[tuple[Any, int]] = deque()
        super().__init__(*arguments, **more)

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
        self._waiting.clear()
        await super().on_partitions_revoked(revoked)

    async def _seek_ready(self) -> None:
        starts = {
            tp: known
            for tp in sorted(self.unsought)
            if (known := self.seats.start_of(tp.topic, tp.partition)) is not None
        }
        # One request for all: on its connection each waits for the answer to a fetch, a second where nothing is new.
        new = [tp for tp, known in starts.items() if known < 0]
        earliest = await self.earliest_offsets(*new) if new else {}
        for tp, known in starts.items():
            start = known if known >= 0 else earliest[tp]
            # A rebalance may have begun meanwhile. From here to the seek nothing is waited for, so none can begin.
            if tp not in self.unsought or not self.flow_active or known != self.seats.start_of(tp.topic, tp.partition):
                continue
            self.unsought -= {tp}
            self.seats.note_start(tp.topic, tp.partition, start)
            await self.seek(tp, start)
            self._active_partitions.add(tp)
            self._paused_partitions.discard(tp)

    async def _mend_positions(self) -> None:
        """Read on from where the seats say, once all that was read before is folded."""
        for tp in [tp for tp in self.out_of_range if tp not in self._active_partitions]:
            del self.out_of_range[tp]
        folded = {
            tp: asked for tp, asked in self.out_of_range.items() if self.seats.start_of(tp.topic, tp.partition) == asked
        }
        # One request for all, as above.
        firsts, ends = (await self.earliest_offsets(*folded), await self.highwaters(*folded)) if folded else ({}, {})
        for tp, asked in folded.items():
            first, end = firsts[tp], ends[tp]
            if first <= asked <= end:
                del self.out_of_range[tp]  # a leader that was not up to date yet
            elif self.flow_active and self.seats.start_of(tp.topic, tp.partition) == asked:
                del self.out_of_range[tp]
                await self.seek(tp, self.seats.note_loss(tp.topic, tp.partition, first, end))

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
                if self.fatal is not None:
                    end_process(str(self.fatal), self.fatal.exit_code)
                await self._deliver(records or {}, generation)
                if self.out_of_range and self.flow_active:
                    await self._mend_positions()
                self._note_ends()
        except self.consumer_stopped_errors:
            if not self.transport.app.should_stop:
                raise
        except asyncio.CancelledError:
            if not self.transport.app.should_stop:
                raise

    def _note_ends(self) -> None:
        for tp in self._active_partitions:
            end = self.highwater(tp)
            if end is not None:
                stable_end = self._thread._ensure_consumer().last_stable_offset(tp)
                self.seats.note_end(tp.topic, tp.partition, end, end if stable_end is None else stable_end)

    async def _deliver(self, spans: Any, generation: int) -> None:
        if not spans:
            await asyncio.sleep(0)
        for place, span in spans.items():
            tp = TP(place.topic, place.partition)
            for part in span.parts(self.seats.batch_events):
                await self._room(generation)
                if not self.flow_active or self.app.consumer_generation_id != generation:
                    return
                message = self._message(tp, part, generation)
                self._waiting.append((message, part.size_bytes))
                await self.callback(message)
                self._read_offset[tp] = message.offset

    async def _room(self, generation: int) -> None:
        """Wait until what waits to be folded takes less memory than it may."""
        while True:
            while self._waiting and self._waiting[0][0].acked:
                self._waiting.popleft()
            if sum(size_bytes for _, size_bytes in self._waiting) < _WAITING_BYTES:
                return
            if not self.flow_active or self.should_stop or self.app.consumer_generation_id != generation:
                return
            self.seats.beat()
            await asyncio.sleep(_ROOM_WAIT_SECONDS)

    def _message(self, tp: TP, span: Span, generation: int) -> ConsumerMessage:
        newest = span[-1] if len(span) else None
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            span.end - 1,
            newest.timestamp / 1000.0 if newest is not None else 0.0,
            newest.timestamp_type if newest is not None else 0,
            None,
            None,
            span,
            None,
            0,
            0,
            tp,
            generation_id=generation,
        )


def batch_transport(seats: Seats) -> type[Any]:
    """A Faust transport class whose consumers ask ``seats``."""
    consumer = type("SeatedConsumer", (BatchConsumer,), {"seats": seats, "__module__": __name__})
    return type("BatchTransport", (driver.Transport,), {"Consumer": consumer})


class BatchSchema(faust.Schema):  # type: ignore[misc]  # faust has no usable types
    """Passes a span through to the agent as it is: decoding is ours."""

    def compile(self, app: Any, **_: Any) -> Any:
        """Faust's hook: make the function that turns a message into an event."""
        create_event = app.create_event

        async def pass_through(message: Any, *, propagate: bool = False) -> Any:
            return create_event(None, message.value, None, message)

        return pass_through
