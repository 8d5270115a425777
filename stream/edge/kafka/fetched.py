"""What a fetch brought, whatever it is: aiokafka's reading of it, with bounds and without an end by exception.

Three things aiokafka 0.14.0 does not do, patched into it here and nowhere else, for every consumer of the process:
a batch is decompressed with a ceiling (`decompression`); a batch that cannot be read is handed on as `Unreadable`
between the records, where aiokafka raises and would raise again for ever; and a fetch is handed on in spans of some
megabytes, one fetch after the other, where aiokafka builds all records of all fetches at once. A `Span` also says from
where to where it was read, which records alone cannot: control records and aborted ones are no records.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Final, Literal, TypeAlias

import aiokafka
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record import default_records, legacy_records
from msgspec import Struct

from stream.edge.kafka.decompression import CODECS, BrokenError, TooLargeError
from stream.errors import ConfigError, LossError

SPAN_BYTES: Final = 4 << 20
DEFAULT_CEILING_BYTES: Final = 128 << 20
_PATCHED_VERSION: Final = "0.14.0"
_TRIES: Final = 3
_RECORD_OVERHEAD_BYTES: Final = 200

UnreadableReason: TypeAlias = Literal["batch_too_large", "batch_unreadable"]


class FetchedRecord(Struct, frozen=True, gc=False):
    """A record. aiokafka's own is a frozen dataclass: ten times as slow to make, and looked at by the collector.

    ``gc=False`` is right as nothing here can refer back to it.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class Unreadable(Struct, frozen=True):
    """Records ``first`` to ``last`` of a partition, which are there and cannot be read. ``timestamp``: milliseconds."""

    topic: str
    partition: int
    first: int
    last: int
    timestamp: int
    reason: UnreadableReason
    detail: str


def unreadable_sentence(batch: Unreadable) -> str:
    """Where it lies and what is wrong with it."""
    return (
        f"{batch.topic} partition {batch.partition}: records {batch.first} to {batch.last} cannot be read: "
        f"{batch.detail}"
    )


def require_readable(batch: Unreadable | None, remedy: str) -> None:
    """Raise LossError where records cannot be done without; ``remedy`` says what to do."""
    if batch is not None:
        raise LossError(f"{unreadable_sentence(batch)}. {remedy}")


def loss_sentence(topic: str, partition: int, position: int, first: int, end: int) -> str:
    """What is lost when ``position`` was to be read next, and the log holds ``first`` to before ``end``."""
    if position < first:
        return (
            f"events are missing: {topic} partition {partition} begins at offset {first}, and had been read up to "
            f"{position}: what lay between was deleted before it was read"
        )
    return (
        f"events are missing: {topic} partition {partition} ends at offset {end}, and had been read up to {position}: "
        "the topic was made anew, or its end was cut off"
    )


class Span(list[Any]):
    """Records of one partition, read from offset ``start`` up to before ``end``; both lie where reading went on.

    There may be none: what was read was no records then. True when reading went on at all.
    ``unreadable`` lies behind the records. ``size_bytes``: about what the records take in memory.
    """

    __slots__ = ("end", "size_bytes", "start", "unreadable")

    def __init__(self, records: Any = (), start: int = -1, end: int = -1, size_bytes: int = 0) -> None:
        super().__init__(records)
        self.start = start
        self.end = end
        self.size_bytes = size_bytes
        self.unreadable: Unreadable | None = None

    def __bool__(self) -> bool:
        return self.end > self.start

    def parts(self, most: int) -> list[Span]:
        """The same in spans of at most ``most`` records."""
        if len(self) <= most:
            return [self]
        firsts = range(0, len(self), most)
        starts = [self.start, *(self[first].offset for first in firsts[1:])]
        ends = [*starts[1:], self.end]
        size_bytes = self.size_bytes // len(firsts)
        parts = [
            Span(self[first : first + most], start, end, size_bytes)
            for first, start, end in zip(firsts, starts, ends, strict=True)
        ]
        parts[-1].unreadable = self.unreadable
        return parts


class _Batches:
    """aiokafka's batches of a fetch, remembering the one under way."""

    def __init__(self, batches: Any) -> None:
        self._batches = batches
        self.latest: Any = None

    def has_next(self) -> bool:
        return bool(self._batches.has_next())

    def next_batch(self) -> Any:
        self.latest = None
        self.latest = self._batches.next_batch()
        return self.latest


class _SturdyRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka has no types here
    """Yields `Unreadable` where a batch cannot be read, and goes on behind it."""

    next_fetch_offset: int
    _records_iterator: Any
    _tries: ClassVar[dict[tuple[Any, int], int]] = {}

    def __init__(self, tp: Any, records: Any, *rest: Any) -> None:
        super().__init__(tp, _Batches(records), *rest)
        if self._key_deserializer is not None or self._value_deserializer is not None:
            raise TypeError("consumers of this process hand out bytes: give them no deserializers")

    def _unpack_records(self) -> Iterator[FetchedRecord]:
        # As aiokafka has it, but that a record is made where it is read: every record goes through here.
        topic, partition, batches = self._tp.topic, self._tp.partition, self._records
        while batches.has_next():
            batch = batches.next_batch()
            if self._check_crcs and not batch.validate_crc():
                raise CorruptRecordException(f"Invalid CRC - {self._tp}")
            if self._is_aborted(batch) or batch.is_control_batch:
                self.next_fetch_offset = batch.next_offset
                continue
            for record in batch:
                offset = record.offset
                # A batch may begin before where reading goes on.
                if offset < self.next_fetch_offset:
                    continue
                made = FetchedRecord(
                    topic,
                    partition,
                    offset,
                    record.timestamp,
                    record.timestamp_type,
                    record.key,
                    record.value,
                    tuple(record.headers),
                )
                self.next_fetch_offset = offset + 1
                yield made
            # Compaction may have taken the last ones.
            self.next_fetch_offset = batch.next_offset

    def _is_aborted(self, batch: Any) -> bool:
        """Whether the batch is of a transaction that came to nothing; an end of one is noted."""
        if self._isolation_level != fetcher.READ_COMMITTED or batch.producer_id is None:
            return False
        self._consume_aborted_up_to(batch.base_offset)
        if batch.is_control_batch and self._contains_abort_marker(batch):
            self._aborted_producers.discard(batch.producer_id)
        return bool(batch.is_transactional) and batch.producer_id in self._aborted_producers

    def take(self, span: Span, most: int | None) -> bool:
        """Put records into ``span`` until it is full, or one cannot be read; True where there are no more."""
        size_bytes = 0
        try:
            # Not by `__next__`, which would be called for each.
            for record in self._records_iterator:
                span.append(record)
                size_bytes += len(record.value or b"") + _RECORD_OVERHEAD_BYTES
                if size_bytes >= SPAN_BYTES or len(span) == most:
                    return False
        except Exception as error:
            try:
                span.unreadable = self._give_up_batch(error)
            except StopIteration:
                return True
            return False
        finally:
            span.size_bytes = size_bytes
        # It refers to the iterator, which refers to it.
        self._records_iterator = None
        return True

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except StopIteration:
            raise
        except Exception as error:
            return self._give_up_batch(error)

    def _give_up_batch(self, error: Exception) -> Unreadable:
        batch = self._records.latest
        if batch is None:
            raise LossError(
                f"{self._tp.topic} partition {self._tp.partition} cannot be read at offset {self.next_fetch_offset}, "
                f"nor where its next batch begins ({error}). A restart does not help: restore the partition from "
                "another copy"
            ) from error
        first = max(self.next_fetch_offset, getattr(batch, "base_offset", 0))
        place = (self._tp, first)
        if isinstance(error, CorruptRecordException) and self._tries.get(place, 0) < _TRIES - 1:
            # It may have been broken on its way here: fetched again, it may be whole.
            self._tries[place] = self._tries.get(place, 0) + 1
            self._records_iterator = iter(())
            raise StopIteration
        self._tries.pop(place, None)
        self.next_fetch_offset = batch.next_offset
        self._records_iterator = self._unpack_records()
        too_large = isinstance(error, TooLargeError)
        return Unreadable(
            self._tp.topic,
            self._tp.partition,
            first,
            batch.next_offset - 1,
            max(0, getattr(batch, "max_timestamp", 0) or 0),
            "batch_too_large" if too_large else "batch_unreadable",
            str(error) if too_large or isinstance(error, BrokenError) else f"{type(error).__name__}: {error}",
        )


class _SpanResult(fetcher.FetchResult):  # type: ignore[misc]  # aiokafka has no types here
    """Hands records on in spans; while one fetch has been handed on in part, the others of its consumer wait."""

    _partition_records: Any

    def getall(self, max_records: int | None = None) -> Any:
        """The next span; an empty one when it is not this fetch's turn, or it is of no use any more."""
        nothing = Span()
        if not self.check_assignment(self._topic_partition) or not self.has_more() or not self._is_its_turn():
            return nothing
        records = self._partition_records
        span = Span(start=records.next_fetch_offset)
        is_through = records.take(span, max_records)
        self._update_position()
        span.end = records.next_fetch_offset
        if is_through:
            self._partition_records = self._assignment.span_turn = None
        return span

    def _is_paused(self) -> bool:
        return bool(self._assignment.state_value(self._topic_partition).paused)

    def _is_its_turn(self) -> bool:
        turn = getattr(self._assignment, "span_turn", None)
        holder = turn() if turn is not None else None
        if holder is not None and holder is not self and not holder._is_paused():
            return False
        self._assignment.span_turn = weakref.ref(self)
        return True


class _Ceiling:
    size_bytes: ClassVar[int] = DEFAULT_CEILING_BYTES


def limit_batches(ceiling_bytes: int) -> None:
    """Refuse batches that are larger when decompressed, from now on and in the whole process."""
    _Ceiling.size_bytes = ceiling_bytes


def _bounded(name: str, undo: Callable[[Any, int], Any]) -> Callable[[Any], Any]:
    def decode(payload: Any) -> Any:
        try:
            return undo(payload, _Ceiling.size_bytes)
        except TooLargeError:
            size = memoryview(payload).nbytes
            raise TooLargeError(
                f"a {name} batch of {size} bytes is larger than {_Ceiling.size_bytes} bytes when decompressed "
                "(kafka.max_decompressed_batch_bytes)"
            ) from None
        except BrokenError as error:
            raise BrokenError(f"a batch that is not {name}: {error}") from error

    return decode


def _patch() -> None:
    if aiokafka.__version__ != _PATCHED_VERSION:
        raise ConfigError(
            f"aiokafka {aiokafka.__version__} is installed, and parts of {_PATCHED_VERSION} are replaced here: "
            "install what requirements-run.lock says"
        )
    modules: list[Any] = [default_records, legacy_records]
    try:
        from aiokafka.record import _crecords
    except ImportError:
        pass  # aiokafka was built without its extensions
    else:
        modules += [_crecords.default_records, _crecords.legacy_records]
    for module in modules:
        for name, undo in CODECS.items():
            if hasattr(module, f"{name}_decode"):
                setattr(module, f"{name}_decode", _bounded(name, undo))
    fetcher.PartitionRecords = _SturdyRecords
    fetcher.FetchResult = _SpanResult


_patch()
