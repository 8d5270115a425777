"""A transaction is bounded: what is folded waits for a commit, whose position covers just that; nothing is dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from unittest.mock import patch

import orjson
import pytest

from stream.clock import ManualClock
from stream.domain.times import format_time_us
from stream.edge.kafka.fetched import Span
from stream.edge.owners.shard_owner import ShardOwner
from stream.rules import rules_of
from stream.settings import Settings
from tests.flow.drive import Record
from tests.patience import PATIENCE_SECONDS

NOW_US = 1_773_133_200_000_000
TOPIC = Settings().topics.tickets


def created(offset: int, *, ticket: str = "", padding: int = 0, bad: bool = False) -> Record:
    event = {
        "specversion": "1.0",
        "id": f"e{offset}",
        "source": "/test",
        "type": "support.ticket.handed_off" if ticket else "support.ticket.created",
        "subject": ticket or f"T{offset}",
        "time": format_time_us(NOW_US),
        "data": {"channel": "email", "padding": "x" * padding},
    }
    value = b"{" + b"x" * padding if bad else orjson.dumps(event)
    return Record(TOPIC, 0, offset, NOW_US // 1000, 1, None, value)


class Written:
    """Stands for a producer whose transactions take a while: rows and position of each."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.bytes: list[int] = []
        self.positions: list[int] = []
        self.committed_total = 0
        self.during: Callable[[], None] = lambda: None

    async def stop(self) -> None:
        pass

    async def write(
        self,
        rows: Mapping[tuple[str, int], Iterable[tuple[bytes, bytes | None]]],
        offsets: Mapping[Any, int],
    ) -> None:
        sizes = [len(key) + len(value or b"") for items in rows.values() for key, value in items]
        await asyncio.sleep(0)
        self.during()
        self.rows.append(len(sizes))
        self.bytes.append(sum(sizes))
        self.positions += offsets.values()


def always() -> bool:
    return True


def take(records: list[Record], may_go_on: Callable[[], bool] = always, **pipeline: Any) -> tuple[Any, Written]:
    written = Written()

    async def run() -> ShardOwner:
        # A flush waits for no longer than a transaction may take, which on a busy machine is not enough.
        patient = {"transaction_timeout_seconds": PATIENCE_SECONDS, **pipeline}
        settings = Settings.model_validate({"pipeline": patient, "topics": {"partitions": 1}})
        with patch("stream.edge.owners.shard_owner.Transactions", lambda *_: written):
            shard = ShardOwner(0, settings, rules_of(settings), ManualClock(NOW_US))
        shard.finish_restore()
        shard.note_start(TOPIC, 0)
        await shard.take(TOPIC, Span(records, 0, records[-1].offset + 1), may_go_on)
        await shard.flush()
        return shard

    return asyncio.run(run()), written


def test_what_fits_is_one_transaction() -> None:
    shard, written = take([created(offset) for offset in range(1000)])
    assert written.positions == [1000]
    assert shard.full_total == 0


def test_rows_are_bounded_and_positions_move_with_each_part() -> None:
    shard, written = take([created(offset) for offset in range(2000)], max_transaction_rows=300)
    assert len(written.positions) >= 6
    assert written.positions == sorted(set(written.positions))
    assert written.positions[-1] == 2000
    # A ticket's own row, its facts, and what panes they share.
    assert max(written.rows) < 4 * 300
    assert shard.tally["events"] == 2000
    assert shard.full_total == len(written.positions) - 1


def test_bytes_of_dead_letters_are_bounded() -> None:
    records = [created(offset, padding=60_000, bad=True) for offset in range(200)]
    shard, written = take(records, max_transaction_bytes=1 << 20)
    assert written.positions[-1] == 200
    assert max(written.bytes) < 4 << 20
    assert sum(written.bytes) > 10 << 20
    assert shard.tally["dead_letters/not_json"] == 200


def test_bytes_of_large_tickets_are_bounded() -> None:
    """An event of a large ticket is small; what it has written is not."""
    tickets = [f"L{number}" for number in range(40)]
    before = [created(len(tickets) * n + i, ticket=name) for n in range(700) for i, name in enumerate(tickets)]
    end = len(before)
    records = [*before, *(created(end + i, ticket=name) for i, name in enumerate(tickets * 5))]
    _, written = take(records, max_transaction_bytes=1 << 20, max_transaction_rows=10_000_000)
    assert written.positions[-1] == len(records)
    assert max(written.bytes) < 6 << 20


def test_control_records_and_compaction_within_a_batch_are_no_gap() -> None:
    records = [created(offset) for offset in (*range(100), *range(500, 1000), 5000)]
    shard, written = take(records, max_transaction_rows=100)
    assert shard.tally["gaps"] == 0
    assert written.positions[-1] == 5001


def test_a_rebalance_stops_between_two_parts_and_nothing_is_folded_after_it() -> None:
    left = [3]

    def may_go_on() -> bool:
        left[0] -= 1
        return left[0] >= 0

    shard, written = take([created(offset) for offset in range(2000)], may_go_on, max_transaction_rows=100)
    position = shard.start_of(TOPIC)
    assert 0 < position < 2000
    assert written.positions[-1] == position
    assert shard.tally["events"] == position


@pytest.mark.parametrize("pipeline", [{"max_transaction_rows": 100}, {"max_transaction_bytes": 1 << 20}])
def test_state_is_the_same_in_parts_and_at_once(pipeline: dict[str, int]) -> None:
    records = [created(offset, padding=3000) for offset in range(1500)]
    at_once, _ = take(records)
    in_parts, written = take(records, always, **pipeline)
    assert len(written.positions) > 1
    assert dict(in_parts.state.tickets) == dict(at_once.state.tickets)
    assert in_parts.tally == at_once.tally


def test_a_shard_that_was_given_up_writes_no_more() -> None:
    written = Written()

    async def run() -> None:
        settings = Settings.model_validate({"topics": {"partitions": 1}})
        with patch("stream.edge.owners.shard_owner.Transactions", lambda *_: written):
            shard = ShardOwner(0, settings, rules_of(settings), ManualClock(NOW_US))
        shard.finish_restore()
        shard.fold(TOPIC, [created(offset) for offset in range(5000)])
        shard.commit_soon()
        await asyncio.sleep(0)
        await shard.close()

    asyncio.run(run())
    assert written.positions == []
