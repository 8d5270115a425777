"""What a fetch brought is handed on in spans, whatever lies in it; nothing is skipped without a word."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from typing import Any

import aiokafka
import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.consumer.subscription_state import Assignment
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from stream.edge.kafka import fetched
from stream.edge.kafka.fetched import DEFAULT_CEILING_BYTES, SPAN_BYTES, Span, limit_batches
from stream.errors import ConfigError, LossError

PLACE = TopicPartition("tickets", 3)
OTHER = TopicPartition("tickets", 4)
READ_COMMITTED = 1
GZIP, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4
CONTROL = 0x20
MIB = 1 << 20


@pytest.fixture(autouse=True)
def _ceiling() -> Iterator[None]:
    yield
    limit_batches(DEFAULT_CEILING_BYTES)


def batch(first: int, values: list[bytes], codec: int = 0, producer: int = -1) -> bytearray:
    """The bytes of a batch as a broker stores it."""
    builder = DefaultRecordBatchBuilder(2, codec, producer >= 0, producer, 0, 0, 1 << 30)
    for number, value in enumerate(values):
        builder.append(number, 1_000_000 + number, b"key", value, [])
    raw = bytearray(builder.build())
    raw[0:8] = first.to_bytes(8, "big")
    return raw


def control(offset: int, producer: int, commit: bool) -> bytearray:
    """The marker that ends a transaction; its checksum is left wrong, as control batches are read without it."""
    builder = DefaultRecordBatchBuilder(2, 0, True, producer, 0, 0, 1 << 20)
    builder.append(0, 1_000_000, b"\0\0\0" + (b"\1" if commit else b"\0"), b"", [])
    raw = bytearray(builder.build())
    raw[0:8] = offset.to_bytes(8, "big")
    raw[22] |= CONTROL
    return raw


def result(data: bytes | bytearray, position: int, assignment: Any, place: TopicPartition = PLACE, **more: Any) -> Any:
    """A fetch of ``data``, asked for at ``position``."""
    assignment.state_value(place).reset_to(position)
    records = fetcher.PartitionRecords(
        place,
        MemoryRecords(bytes(data)),
        more.get("aborted"),
        position,
        None,
        None,
        more.get("check_crcs", True),
        READ_COMMITTED,
    )
    return fetcher.FetchResult(place, partition_records=records, assignment=assignment, backoff=0)


def spans(data: bytes | bytearray, position: int = 0, **more: Any) -> list[Span]:
    """All spans of one fetch, to the end."""

    async def go() -> list[Span]:
        fetch = result(data, position, Assignment([PLACE]), **more)
        found = []
        while fetch.has_more():
            found.append(fetch.getall())
        return found

    return asyncio.run(go())


def offsets(span: Span) -> list[int]:
    return [record.offset for record in span]


def test_a_span_says_from_where_to_where_it_was_read() -> None:
    (span,) = spans(batch(10, [b"a", b"b"]) + batch(12, [b"c"]), position=11)
    assert (offsets(span), span.start, span.end, span.unreadable) == ([11, 12], 11, 13, None)


def test_a_record_is_all_that_the_batch_says_of_it_and_nothing_for_the_collector() -> None:
    ((record,),) = spans(batch(10, [b"a"]), position=10)
    told = (record.topic, record.partition, record.offset, record.timestamp, record.timestamp_type)
    assert told == ("tickets", 3, 10, 1_000_000, 0)
    assert (record.key, record.value, record.headers) == (b"key", b"a", ())
    assert not gc.is_tracked(record)


def test_a_consumer_that_wants_other_things_than_bytes_is_refused() -> None:
    with pytest.raises(TypeError, match="no deserializers"):
        fetcher.PartitionRecords(PLACE, MemoryRecords(b""), None, 0, None, str, True, READ_COMMITTED)


def test_a_span_of_nothing_but_control_records_moves_on() -> None:
    (span,) = spans(control(10, 7, commit=True), position=10, check_crcs=False)
    assert (list(span), span.start, span.end, bool(span)) == ([], 10, 11, True)


def test_aborted_records_are_no_records_and_no_hole() -> None:
    data = batch(10, [b"x", b"x"], producer=7) + control(12, 7, commit=False) + batch(13, [b"y"])
    (span,) = spans(data, position=10, aborted=[(7, 10)], check_crcs=False)
    assert (offsets(span), span.start, span.end) == ([13], 10, 14)


def test_holes_that_compaction_left_are_read_over() -> None:
    (span,) = spans(batch(40, [b"a"]) + batch(90, [b"b"]), position=10)
    assert (offsets(span), span.start, span.end) == ([40, 90], 10, 91)


@pytest.mark.parametrize("codec", [GZIP, SNAPPY, LZ4, ZSTD])
def test_a_batch_above_the_ceiling_is_one_unreadable_and_reading_goes_on(codec: int) -> None:
    limit_batches(MIB)
    data = batch(5, [b"before"]) + batch(6, [bytes(MIB)] * 3, codec) + batch(9, [b"behind"], codec)
    first, second = spans(data, position=5)[:2]
    assert (offsets(first), first.start, first.end) == ([5], 5, 9)
    refused = first.unreadable
    assert refused is not None
    assert (refused.topic, refused.partition, refused.first, refused.last) == ("tickets", 3, 6, 8)
    assert refused.reason == "batch_too_large"
    assert "is larger than 1048576 bytes when decompressed (kafka.max_decompressed_batch_bytes)" in refused.detail
    assert refused.timestamp == 1_000_002
    assert (offsets(second), second.start, second.end, second.unreadable) == ([9], 9, 10, None)


def test_of_a_batch_that_was_read_in_part_only_the_rest_is_unreadable() -> None:
    limit_batches(MIB)
    (span, *_) = spans(batch(6, [bytes(MIB)] * 3, GZIP), position=7)
    assert span.unreadable is not None
    assert (span.start, span.unreadable.first, span.unreadable.last) == (7, 7, 8)


def test_a_batch_whose_checksum_is_wrong_is_fetched_again_before_it_is_given_up() -> None:
    broken = batch(6, [b"x" * 50] * 3)
    broken[-20] ^= 0xFF
    data = batch(5, [b"before"]) + broken + batch(9, [b"behind"])
    for position in (5, 6):
        (*before, last) = spans(data, position=position)
        assert (before, last.end, last.unreadable) == ([], 6, None)
    third, fourth = spans(data, position=6)[:2]
    assert third.unreadable is not None
    assert (third.unreadable.reason, third.unreadable.first, third.unreadable.last) == ("batch_unreadable", 6, 8)
    assert offsets(fourth) == [9]


def _damaged(change: Callable[[bytearray], object], codec: int = 0) -> bytearray:
    raw = batch(6, [b"x" * 50] * 3, codec)
    change(raw)
    return raw


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (_damaged(lambda raw: raw.__setitem__(22, 7)), "codec"),
        (_damaged(lambda raw: raw.__setitem__(slice(-30, None), bytes(30)), ZSTD), "zstd"),
        (_damaged(lambda raw: raw.__setitem__(slice(61, 70), b"\xff" * 9)), ""),
    ],
    ids=["unknown codec", "broken inside", "no records"],
)
def test_a_batch_that_nobody_can_read_is_one_unreadable(raw: bytearray, told: str) -> None:
    found = spans(raw + batch(9, [b"behind"]), position=6, check_crcs=False)
    if found[0].end == 6:  # taken for broken on its way: asked for again
        spans(raw, position=6, check_crcs=False)
        found = spans(raw + batch(9, [b"behind"]), position=6, check_crcs=False)
    assert found[0].unreadable is not None
    assert (found[0].unreadable.last, found[0].unreadable.reason) == (8, "batch_unreadable")
    assert told in found[0].unreadable.detail
    assert offsets(found[1]) == [9]


def test_a_frame_that_is_none_ends_reading_with_its_place() -> None:
    with pytest.raises(LossError, match="tickets partition 3 cannot be read at offset 6"):
        spans(batch(5, [b"a"]) + b"\0" * 8 + (5).to_bytes(4, "big") + b"12345", position=5)


def test_a_fetch_is_handed_on_in_spans_of_some_megabytes() -> None:
    found = [span for span in spans(batch(0, [bytes(MIB)] * 11, ZSTD)) if span]
    assert [len(span) for span in found] == [4, 4, 3]
    assert max(span.size_bytes for span in found) < SPAN_BYTES + 2 * MIB
    assert [(span.start, span.end) for span in found] == [(0, 4), (4, 8), (8, 11)]


def test_while_one_fetch_is_handed_on_in_part_the_others_wait_unless_it_is_paused() -> None:
    async def go() -> None:
        assignment = Assignment([PLACE, OTHER])
        large = result(batch(0, [bytes(MIB)] * 9, ZSTD), 0, assignment)
        other = result(batch(0, [b"small"]), 0, assignment, OTHER)
        assert len(large.getall()) == 4
        assert not other.getall()
        assert other.has_more()
        assignment.state_value(PLACE).pause()
        assert offsets(other.getall()) == [0]
        assignment.state_value(PLACE).resume()
        assert [len(large.getall()), len(large.getall())] == [4, 1]

    asyncio.run(go())


def test_a_fetch_that_is_dropped_half_read_keeps_nobody_waiting() -> None:
    async def go() -> None:
        assignment = Assignment([PLACE, OTHER])
        large: Any = result(batch(0, [bytes(MIB)] * 9, ZSTD), 0, assignment)
        large.getall()
        other = result(batch(0, [b"small"]), 0, assignment, OTHER)
        assert not other.getall()
        del large
        assert offsets(other.getall()) == [0]

    asyncio.run(go())


def test_parts_of_a_span_follow_each_other_without_a_hole() -> None:
    (whole,) = spans(batch(10, [b"a"] * 3) + batch(40, [b"b"] * 2), position=8)
    parts = whole.parts(2)
    assert [offsets(part) for part in parts] == [[10, 11], [12, 40], [41]]
    assert [(part.start, part.end) for part in parts] == [(8, 12), (12, 41), (41, 42)]


def test_another_version_of_aiokafka_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiokafka, "__version__", "0.15.0")
    with pytest.raises(ConfigError, match=r"aiokafka 0\.15\.0 is installed, and parts of 0\.14\.0 are replaced"):
        fetched._patch()
