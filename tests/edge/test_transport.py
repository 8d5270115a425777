"""Batches and seeks around a rebalance: what belongs to before it must not be delivered, or sought, after it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError, RecordTooLargeError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.edge.kafka import transport
from stream.edge.kafka.fetched import Span
from stream.edge.kafka.transport import BatchConsumer
from stream.errors import LossError

PLACE = TP("tickets", 0)


class Record(NamedTuple):
    """As much of a record as is looked at."""

    offset: int
    timestamp: int = 0
    timestamp_type: int = 0


class Seats:
    """One shard that begins at ``start``."""

    batch_events = 2

    def __init__(self, start: int | None = None) -> None:
        self.start = start
        self.noted: list[int] = []
        self.lost: list[tuple[int | None, int, int]] = []

    def start_of(self, topic: str, partition: int) -> int | None:
        return self.start

    def beat(self) -> None:
        pass

    def note_loss(self, topic: str, partition: int, first: int, end: int) -> int:
        self.lost.append((self.start, first, end))
        self.start = first
        return first

    def note_start(self, topic: str, partition: int, start: int) -> None:
        self.noted.append(start)


def _consumer(seats: Seats) -> Any:
    consumer: Any = object.__new__(BatchConsumer)  # without Faust's app around it
    consumer.app = SimpleNamespace(consumer_generation_id=7)
    consumer.seats = seats
    consumer.flow_active = True
    consumer.unsought = frozenset({PLACE})
    consumer._active_partitions, consumer._paused_partitions, consumer._read_offset = set(), {PLACE}, {}
    consumer._waiting, consumer.out_of_range, consumer.sought = deque(), {}, []

    async def seek(tp: TP, offset: int) -> None:
        consumer.sought.append((tp, offset))

    consumer.seek = seek
    return consumer


def _delivered(generation: int, on_delivery: Callable[[Any], None] = lambda consumer: None) -> list[list[int]]:
    consumer = _consumer(Seats())
    parts: list[list[int]] = []

    async def callback(message: Any) -> None:
        parts.append([record.offset for record in message.value])
        on_delivery(consumer)

    consumer.callback = callback
    asyncio.run(consumer._deliver({PLACE: Span(map(Record, range(5)), 0, 5)}, generation))
    return parts


def test_a_batch_is_delivered_in_parts() -> None:
    assert _delivered(7) == [[0, 1], [2, 3], [4]]


def test_a_batch_fetched_under_an_older_generation_is_dropped() -> None:
    assert _delivered(6) == []


def test_the_rest_of_a_batch_is_dropped_when_a_rebalance_begins() -> None:
    def begin(consumer: Any) -> None:
        consumer.flow_active = False

    assert _delivered(7, begin) == [[0, 1]]


def test_the_rest_of_a_batch_is_dropped_when_a_rebalance_is_over() -> None:
    def end(consumer: Any) -> None:
        consumer.app.consumer_generation_id = 8

    assert _delivered(7, end) == [[0, 1]]


def test_a_shard_that_loads_is_not_sought() -> None:
    consumer = _consumer(Seats(None))
    asyncio.run(consumer._seek_ready())
    assert (consumer.sought, consumer.unsought) == ([], {PLACE})


def test_a_loaded_shard_is_sought_to_its_position_and_read() -> None:
    consumer = _consumer(Seats(42))
    asyncio.run(consumer._seek_ready())
    assert (consumer.sought, consumer.seats.noted) == ([(PLACE, 42)], [42])
    assert (consumer.unsought, consumer._active_partitions, consumer._paused_partitions) == (set(), {PLACE}, set())


def _sought_although(happens: Callable[[Any], None]) -> list[tuple[TP, int]]:
    """What is sought when something happens while the broker is asked for the beginning of the partition."""
    consumer = _consumer(Seats(-1))

    async def earliest_offsets(*places: TP) -> dict[TP, int]:
        happens(consumer)
        return dict.fromkeys(places, 0)

    consumer.earliest_offsets = earliest_offsets
    asyncio.run(consumer._seek_ready())
    found: list[tuple[TP, int]] = consumer.sought
    return found


def test_without_a_position_it_is_read_from_the_beginning() -> None:
    assert _sought_although(lambda consumer: None) == [(PLACE, 0)]


def _asked_of(consumer: Any) -> list[list[TP]]:
    """What the broker is asked for, call by call."""
    asked: list[list[TP]] = []

    async def offsets(*places: TP) -> dict[TP, int]:
        asked.append(sorted(places))
        return dict.fromkeys(places, 3)

    consumer.earliest_offsets = consumer.highwaters = offsets
    return asked


def test_where_all_partitions_begin_is_asked_at_once() -> None:
    many = [TP("tickets", number) for number in range(12)]
    consumer = _consumer(Seats(-1))
    consumer.unsought = frozenset(many)
    asked = _asked_of(consumer)
    asyncio.run(consumer._seek_ready())
    assert asked == [many]
    assert consumer.sought == [(place, 3) for place in many]


def test_what_the_logs_of_all_partitions_hold_is_asked_at_once() -> None:
    many = [TP("tickets", number) for number in range(12)]
    consumer = _consumer(Seats(10))
    consumer._active_partitions = {*many}
    consumer.out_of_range = {**dict.fromkeys(many, 10), TP("gone", 0): 10}
    asked = _asked_of(consumer)
    asyncio.run(consumer._mend_positions())
    assert asked == [many, many]
    assert (consumer.sought[0], consumer.seats.lost[0]) == ((many[0], 3), (10, 3, 3))
    assert TP("gone", 0) not in consumer.out_of_range


def test_nothing_is_sought_once_a_rebalance_has_begun() -> None:
    def begin(consumer: Any) -> None:
        consumer.flow_active = False

    def leave(consumer: Any) -> None:
        consumer.unsought = frozenset()

    def come_back_and_load(consumer: Any) -> None:
        consumer.seats.start = None

    assert _sought_although(begin) == _sought_although(leave) == _sought_although(come_back_and_load) == []


def test_what_waits_to_be_folded_is_bounded_in_bytes() -> None:
    async def go() -> None:
        consumer = _consumer(Seats())
        consumer._stopped = consumer._crashed = asyncio.Event()
        taken: list[Any] = []

        async def callback(message: Any) -> None:
            taken.append(message)

        consumer.callback = callback
        large = Span([Record(0)], 0, 1, size_bytes=20 << 20)
        for _ in range(2):
            await consumer._deliver({PLACE: large}, 7)
        third = asyncio.ensure_future(consumer._deliver({PLACE: large}, 7))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (len(taken), third.done()) == (2, False)
        taken[0].acked = True
        await third
        assert len(taken) == 3

    asyncio.run(go())


def test_a_wait_for_room_ends_with_a_rebalance() -> None:
    consumer = _consumer(Seats())
    consumer._stopped = consumer._crashed = asyncio.Event()
    consumer._waiting.append((SimpleNamespace(acked=False), 1 << 30))
    consumer.flow_active = False
    asyncio.run(consumer._deliver({PLACE: Span([Record(0)], 0, 1)}, 7))


def _mended(position: int, asked: int, first: int, end: int) -> tuple[Any, Any]:
    """What is sought, and what is told as lost, when ``asked`` is not in the log."""
    consumer = _consumer(Seats(position))
    consumer._active_partitions = {PLACE}
    consumer.out_of_range = {PLACE: asked}

    async def earliest_offsets(*places: TP) -> dict[TP, int]:
        return dict.fromkeys(places, first)

    async def highwaters(*places: TP) -> dict[TP, int]:
        return dict.fromkeys(places, end)

    consumer.earliest_offsets, consumer.highwaters = earliest_offsets, highwaters
    asyncio.run(consumer._mend_positions())
    return consumer.sought, consumer.seats.lost


def test_a_position_below_the_log_is_told_and_read_on_from_where_the_log_begins() -> None:
    assert _mended(10, 10, first=50, end=90) == ([(PLACE, 50)], [(10, 50, 90)])


def test_a_position_behind_the_end_of_the_log_is_told_as_well() -> None:
    assert _mended(1000, 1000, first=0, end=9) == ([(PLACE, 0)], [(1000, 0, 9)])


def test_nothing_is_lost_while_what_was_read_before_is_not_folded_yet() -> None:
    assert _mended(5, 10, first=50, end=90) == ([], [])


def test_a_position_that_is_in_the_log_after_all_is_kept() -> None:
    assert _mended(60, 60, first=50, end=90) == ([], [])


def _fetched(error: Exception, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The consumer, after aiokafka's fetch raised ``error``."""

    async def fetch_records(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", fetch_records)
    thread: Any = object.__new__(transport._ReadCommitted)
    thread.consumer = SimpleNamespace(out_of_range={}, fatal=None)
    assert asyncio.run(thread._fetch_records()) == {}
    return thread.consumer


def test_a_rebalance_while_the_worker_stops_closes_no_connection_from_another_loop() -> None:
    closed: list[str] = []

    class Part:
        def __init__(self, name: str) -> None:
            self.name = name

        async def close(self) -> None:
            closed.append(self.name)

    async def closing() -> None:
        thread: Any = object.__new__(transport._ReadCommitted)
        thread.app = SimpleNamespace(loop=asyncio.get_running_loop())
        thread._consumer = SimpleNamespace(_closed=False, _client=Part("client"), _coordinator=Part("coordinator"))
        thread.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        # Else the thread, which is to close it, would take it for closed.
        assert not thread._consumer._closed

    asyncio.run(closing())
    assert closed == []


def test_a_position_that_the_log_does_not_hold_is_for_the_loop_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = _fetched(OffsetOutOfRangeError({TopicPartition("tickets", 0): 10}), monkeypatch)
    assert (consumer.out_of_range, consumer.fatal) == ({PLACE: 10}, None)


def test_a_group_without_offsets_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = _fetched(NoOffsetForPartitionError(TopicPartition("tickets", 0)), monkeypatch)
    assert (consumer.out_of_range, consumer.fatal) == ({}, None)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RecordTooLargeError("%s=%s is larger than %s", TopicPartition("tickets", 0), 7, 100), "=7 is larger than 100"),
        (LossError("tickets partition 0 cannot be read"), "tickets partition 0 cannot be read"),
    ],
)
def test_what_cannot_be_read_over_ends_the_worker_in_words(
    monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    assert told in str(_fetched(error, monkeypatch).fatal)
