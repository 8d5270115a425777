"""What a shard makes of what was read: positions follow the reading, losses and unreadable batches are told once."""

from __future__ import annotations

import asyncio
from typing import Any, NoReturn

import orjson
import pytest

from stream.clock import ManualClock
from stream.edge.kafka.fetched import Span, Unreadable, UnreadableReason
from stream.edge.kafka.refusals import refusal
from stream.edge.owners import intake
from stream.edge.owners.shard_owner import ShardOwner
from stream.errors import LossError
from stream.rules import rules_of
from stream.settings import PipelineSettings, Settings

TICKETS = "support.tickets.v1"


class EndedError(Exception):
    """The process would have ended."""


@pytest.fixture(autouse=True)
def _no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def end_process(reason: str, exit_code: int = 70) -> NoReturn:
        raise EndedError(exit_code, reason)

    monkeypatch.setattr(intake, "end_process", end_process)


def shard(position: int, **pipeline: Any) -> ShardOwner:
    """A shard that has read the tickets up to ``position``."""

    async def make() -> ShardOwner:
        settings = Settings(pipeline=PipelineSettings(**pipeline))
        return ShardOwner(0, settings, rules_of(settings), ManualClock(1_700_000_000_000_000))

    made = asyncio.run(make())
    made.note_start(TICKETS, position)
    made.note_end(TICKETS, position + 10)
    return made


def take(target: ShardOwner, span: Span) -> None:
    """What the agent does with a span of tickets."""
    asyncio.run(target.take(TICKETS, span, lambda: True))


def unreadable(first: int, last: int, reason: UnreadableReason = "batch_too_large") -> Unreadable:
    return Unreadable(TICKETS, 0, first, last, 1_700_000_000_000, reason, "a gzip batch of 9 bytes is too large")


def with_batch(span: Span, batch: Unreadable) -> Span:
    span.unreadable = batch
    return span


def test_what_holds_no_records_moves_the_position_all_the_same() -> None:
    target = shard(10)
    take(target, Span(start=10, end=20))
    assert (target.start_of(TICKETS), target.lag) == (20, 0)


def test_what_was_read_before_moves_nothing_back() -> None:
    target = shard(10)
    take(target, Span(start=2, end=7))
    assert target.start_of(TICKETS) == 10


def test_reading_that_leaves_something_out_ends_the_process_for_a_restart() -> None:
    with pytest.raises(EndedError, match="was read on from offset 12, expected 10") as caught:
        take(shard(10), Span(start=12, end=20))
    assert caught.value.args[0] == 70


def test_a_batch_that_cannot_be_read_is_one_dead_letter_and_all_its_records_are_counted() -> None:
    target = shard(10)
    take(target, with_batch(Span(start=10, end=20), unreadable(10, 19)))
    assert target.start_of(TICKETS) == 20
    assert target.tally == {"dead_letters/batch_too_large": 1, "unread_records": 10}
    ((key, value),) = target._intake.dead_letters.take()
    letter = orjson.loads(value or b"")
    assert key == b"support.tickets.v1|0|10"
    assert (letter["reason"], letter["offset"], letter["last_offset"]) == ("batch_too_large", 10, 19)
    assert letter["detail"] == "records 10 to 19: a gzip batch of 9 bytes is too large"


def test_of_a_batch_that_was_counted_in_part_only_the_rest_is_told_and_nothing_of_one_that_was_counted() -> None:
    target = shard(15)
    take(target, with_batch(Span(start=10, end=20), unreadable(10, 19)))
    take(target, with_batch(Span(start=10, end=20), unreadable(10, 19)))
    assert target.tally == {"dead_letters/batch_too_large": 1, "unread_records": 5}


def test_a_damaged_batch_ends_the_worker_where_that_is_wanted_and_one_that_is_too_large_does_not() -> None:
    target = shard(10, on_unreadable="stop")
    take(target, with_batch(Span(start=10, end=20), unreadable(10, 19)))
    with pytest.raises(LossError, match=r"records 20 to 29 cannot be read: .*Set pipeline\.on_unreadable"):
        take(target, with_batch(Span(start=20, end=30), unreadable(20, 29, "batch_unreadable")))


def test_a_loss_ends_the_worker_for_good() -> None:
    with pytest.raises(EndedError, match="begins at offset 50, and had been read up to 10") as caught:
        shard(10).note_loss(TICKETS, 50, 90)
    assert caught.value.args[0] == LossError.exit_code


@pytest.mark.parametrize(("position", "first", "end"), [(10, 50, 90), (1000, 0, 9)])
def test_a_loss_that_is_counted_is_counted_once_and_reading_goes_on(position: int, first: int, end: int) -> None:
    target = shard(position, on_gap="count")
    assert target.note_loss(TICKETS, first, end) == first
    take(target, Span(start=first, end=end))
    assert (target.start_of(TICKETS), target.tally) == (end, {"gaps": 1})


def test_only_errors_that_refuse_are_refusals() -> None:
    error = ConnectionError("closed")
    error.__cause__ = TimeoutError()
    assert refusal(Settings().kafka, error) == refusal(Settings().kafka, None) == ""
