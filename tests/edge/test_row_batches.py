"""Rows of a transaction in batches: the same records as aiokafka makes by its own way of putting them in."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import patch

import pytest
from aiokafka import TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from stream.edge.kafka.batches import RowBatch
from stream.edge.kafka.transactions import Transactions
from stream.edge.kafka.writers import HEADER
from stream.settings import Settings

Row = tuple[bytes, bytes | None]
Headers = list[tuple[str, bytes]]

ROWS: list[Row] = [(b"key-%d" % number, b"value" * (number % 7)) for number in range(1_200)]
ROWS[3] = (b"gone", None)


def builder(size_bytes: int) -> Any:
    return BatchBuilder(size_bytes, 0, is_transactional=1)


def read(batch: Any) -> list[tuple[int, bytes, bytes | None, Headers]]:
    records = MemoryRecords(bytes(batch._build()))
    found = []
    while records.has_next():
        found += [(record.offset, record.key, record.value, list(record.headers)) for record in records.next_batch()]
    return found


def test_a_batch_is_as_aiokafka_would_have_made_it() -> None:
    own, theirs = RowBatch(builder(1 << 20)), builder(1 << 20)
    assert own.fill(ROWS, 0, len(ROWS), []) == len(ROWS)
    for key, value in ROWS:
        theirs.append(timestamp=None, key=key, value=value, headers=[])
    closed = own.closed()
    assert (len(own), closed.record_count(), closed.closed()) == (len(ROWS), len(ROWS), True)
    assert read(closed) == read(theirs)


def test_a_full_batch_says_which_row_it_has_no_room_for() -> None:
    batch = RowBatch(builder(500))
    first = batch.fill(ROWS, 10, 200, [])
    assert 10 < first < 200
    assert len(batch) == first - 10
    assert [key for _, key, _, _ in read(batch.closed())] == [key for key, _ in ROWS[10:first]]


def test_an_empty_batch_takes_a_row_that_is_larger_than_it() -> None:
    batch = RowBatch(builder(500))
    assert batch.fill([(b"large", b"x" * 5_000), ROWS[0]], 0, 2, []) == 1
    assert len(batch) == 1


class Producer:
    """Keeps what is sent, and makes batches of a size."""

    def __init__(self, size_bytes: int) -> None:
        self.sent: list[Any] = []
        self.is_committed = False
        self._size_bytes = size_bytes

    def create_batch(self) -> Any:
        return builder(self._size_bytes)

    async def begin_transaction(self) -> None:
        assert not self.sent

    async def commit_transaction(self) -> None:
        self.is_committed = True

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> asyncio.Future[None]:
        assert (topic, partition) == ("t", 3)
        self.sent.append(batch)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


@pytest.mark.parametrize("size_bytes", [200, 3_000, 1 << 20])
@pytest.mark.parametrize("count", [0, 1, 2, 499, 500, 501, 1_200])
def test_all_rows_are_sent_in_their_order_and_the_last_one_alone_is_signed(count: int, size_bytes: int) -> None:
    producer, settings = Producer(size_bytes), Settings()
    with patch("stream.edge.kafka.transactions.AIOKafkaProducer", lambda **_: producer):
        transactions = Transactions(settings, "0")
    asyncio.run(transactions.write({("t", 3): ROWS[:count]}, {}))
    assert producer.is_committed
    batches = [read(batch) for batch in producer.sent]
    assert all(batches)
    assert [(key, value) for batch in batches for _, key, value, _ in batch] == ROWS[:count]
    signed = [key for batch in batches for _, key, _, headers in batch if headers]
    assert signed == [key for key, _ in ROWS[:count][-1:]]
    assert all(headers == [(HEADER, settings.installation.encode())] for b in batches for *_, headers in b if headers)


class Silent:
    """A producer whose broker does not answer before it is told to; remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._open: list[asyncio.Future[None]] = []

    def create_batch(self) -> Any:
        return builder(200)

    async def begin_transaction(self) -> None:
        self.asked.append("begin")

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> asyncio.Future[None]:
        self.asked.append(f"{topic}-{partition}")
        if self.asked.count(f"{topic}-{partition}") > 1:
            # As aiokafka does it: a second batch waits until the first one is on its way.
            await self._answer()
        return self._answer()

    async def send_offsets_to_transaction(self, offsets: object, group: str) -> None:
        self.asked.append("offsets")
        await self._answer()

    async def commit_transaction(self) -> None:
        self.asked.append("commit")

    def _answer(self) -> asyncio.Future[None]:
        self._open.append(asyncio.get_running_loop().create_future())
        return self._open[-1]

    def answer(self) -> None:
        """Answer all that was asked for."""
        for future in self._open:
            if not future.done():
                future.set_result(None)


async def _until_nothing_moves(asked: list[str]) -> None:
    seen = -1
    while seen != len(asked):
        seen = len(asked)
        for _ in range(20):
            await asyncio.sleep(0)


def test_the_first_batches_of_all_topics_are_sent_at_once_then_the_offsets_then_it_commits() -> None:
    async def write() -> list[list[str]]:
        producer, found = Silent(), []
        with patch("stream.edge.kafka.transactions.AIOKafkaProducer", lambda **_: producer):
            transactions = Transactions(Settings(), "0")
        rows = {("t", 3): ROWS[:9], ("u", 0): ROWS[:1], ("v", 0): ROWS[:2]}
        writing = asyncio.create_task(transactions.write(rows, {TopicPartition("s", 3): 7}))
        while not writing.done():
            before = len(producer.asked)
            await _until_nothing_moves(producer.asked)
            found.append(sorted(producer.asked[before:]))
            producer.answer()
        await writing
        return found

    first, *later = asyncio.run(write())
    assert {*first} == {"begin", "t-3", "u-0", "v-0"}
    # The offsets beside rows made the broker refuse rows for a while, with NotEnoughReplicas.
    assert [asked for asked in later if "offsets" in asked or "commit" in asked] == [["offsets"], ["commit"]]
