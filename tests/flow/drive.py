"""Bytes in, rows out, without a broker: what lies between the topics is the product's own code.

`Flow` stands for Apache Kafka (topics as lists, LogAppendTime, compaction) and for the clock on the wall. The owners of
the shards and of the roll-up are the real ones; only their transactions end in memory. What the roll-up gets are the
bytes the shards wrote, and `row` and `facts` read the derived topics.
"""

from __future__ import annotations

import asyncio
import base64
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Self
from unittest.mock import patch

import orjson

from stream.clock import ManualClock
from stream.domain.times import format_time_us, parse_time_us
from stream.edge.kafka.partitioning import murmur2_partition
from stream.edge.owners.rollup_owner import RollupOwner
from stream.edge.owners.shard_owner import ShardOwner
from stream.edge.owners.told_facts import ToldFacts
from stream.edge.process.turns import Turns
from stream.metrics import ROWS
from stream.rules import rules_of
from stream.settings import Settings

US = 1_000_000
_LOG_APPEND_TIME = 1


class Record(NamedTuple):
    """A record as aiokafka hands it out."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class MemoryTransactions:
    """In place of `Transactions`: what is written goes to the logs of the flow."""

    logs: Logs
    committed_total = 0
    last_seconds = 0.0

    def __init__(self, *_: object) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def write(self, rows: Mapping[tuple[str, int], Iterable[tuple[bytes, bytes | None]]], _: object) -> None:
        for (topic, partition), items in rows.items():
            for key, value in items:
                self.logs.append(topic, partition, key, value)


class Logs:
    """All topics. ``held`` partitions of source topics are not delivered."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.records: dict[tuple[str, int], list[Record]] = {}

    def append(self, topic: str, partition: int, key: bytes | None, value: bytes | None) -> None:
        log = self.records.setdefault((topic, partition), [])
        offset = log[-1].offset + 1 if log else 0
        log.append(Record(topic, partition, offset, self._clock.now_us() // 1000, _LOG_APPEND_TIME, key, value))

    def of(self, topic: str) -> Iterable[Record]:
        for (name, _), log in sorted(self.records.items()):
            if name == topic:
                yield from log

    def compact(self, topic: str) -> None:
        """Keep of every key the last record, as Kafka does in its own time; of deleted ones nothing."""
        for (name, _), log in self.records.items():
            if name == topic:
                last = {record.key: record for record in log}
                log[:] = sorted(r for r in last.values() if r.value is not None or r is log[-1])

    def content(self, topic: str) -> dict[str, Any]:
        """What a reader of a compacted topic ends up with: key to value, as JSON."""
        last = {record.key: record.value for record in self.of(topic)}
        return {str(key, "utf-8"): orjson.loads(value) for key, value in last.items() if key and value is not None}


class Flow:
    """``settings`` in sections, e.g. ``Flow(windows={"rolling": "5m"})``. Times of day are those of ``start``'s day.

    Rows are written with every publication, unless the settings say otherwise.
    """

    def __init__(self, start: str = "2026-03-10T09:00:00Z", **settings: Any) -> None:
        pipeline = {"publish_rows_seconds": 0} | settings.get("pipeline", {})
        self.settings = Settings.model_validate(settings | {"pipeline": pipeline})
        self.names = self.settings.topic_names
        self.clock = ManualClock(parse_time_us(start))
        self.logs = Logs(self.clock)
        self.held: set[tuple[str, int]] = set()
        self.topic_ids: dict[str, str] = {}
        """By logical name, as brokers tell them to who takes a shard over."""
        self._loop = asyncio.new_event_loop()
        self._sent = 0
        self._transactions = type("OwnTransactions", (MemoryTransactions,), {"logs": self.logs})
        self.shards = [self._shard(number) for number in range(self.settings.topics.partitions)]
        self.rollup = self._rollup()

    def _shard(self, partition: int) -> ShardOwner:
        with patch("stream.edge.owners.shard_owner.Transactions", self._transactions):
            shard = ShardOwner(partition, self.settings, rules_of(self.settings), self.clock)
        shard._topic_ids = dict(self.topic_ids)
        shard.restore(self.logs.records.get((self.names["changelog"], partition), []))
        with patch("stream.edge.owners.published_facts.read_published", self._read_published):
            self._loop.run_until_complete(shard.finish_load())
        return shard

    async def _read_published(self, _: Settings, partition: int, __: Turns, into: ToldFacts) -> None:
        for _step in into.remember_steps(self.logs.records.get((self.names["facts"], partition), [])):
            pass

    def _rollup(self) -> RollupOwner:
        with patch("stream.edge.owners.rollup_owner.Transactions", self._transactions):
            self.rollup = RollupOwner(self.settings, self.clock)
        self.rollup.remember(list(self.logs.of(self.names["metrics"])))
        self._feed_rollup()
        self._loop.run_until_complete(self.rollup.begin())
        self.rollup.ready = True
        return self.rollup

    def restart(self, **settings: Any) -> Self:
        """Lose all memory and load what was committed, as another worker would; with other ``settings``, if any."""
        return self.move(range(self.settings.topics.partitions), rollup=True, **settings)

    def move(self, partitions: Iterable[int], *, rollup: bool = False, **settings: Any) -> Self:
        """Give these shards, and the roll-up, to another worker; with other ``settings``, if any."""
        if settings:
            self.settings = Settings.model_validate(settings)
        for partition in partitions:
            self.shards[partition] = self._shard(partition)
        if rollup:
            self.rollup = self._rollup()
        return self.settle()

    def make_anew(self, logical: str) -> Self:
        """Delete a topic and create it with nothing in it: who takes a shard over next is told another id."""
        for place in [place for place in self.logs.records if place[0] == self.names[logical]]:
            del self.logs.records[place]
        self.topic_ids[logical] = f"{self.topic_ids.get(logical, logical)} anew"
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.close()

    # --- in ----------------------------------------------------------------------------------------------------------

    def send(self, event: Mapping[str, Any] | bytes, ticket: str | None = None) -> Self:
        """Append a record to the source topic of the event's type, in the partition of its ticket's id."""
        value = event if isinstance(event, bytes) else orjson.dumps(event)
        if ticket is None:
            ticket = str(orjson.loads(value)["subject"])
        logical = "surveys" if b'"type":"support.survey.' in value else "tickets"
        if b'"type":"support.customer.' in value:
            logical = "customers"
        self.logs.append(self.names[logical], self.partition_of(ticket), ticket.encode(), value)
        return self

    def tell(self, ticket: str, event: str, at: str | float, /, *, identity: str = "", **data: Any) -> Self:
        """Send ``support.<event>`` that happened ``at``: a time, or seconds from now."""
        self._sent += 1
        moment = at if isinstance(at, str) else format_time_us(self.clock.now_us() + round(at * US))
        envelope = {
            "specversion": "1.0",
            "id": identity or f"e{self._sent}",
            "source": "/test",
            "type": f"support.{event}",
            "subject": ticket,
            "time": moment if "T" in moment else f"{self.now[:11]}{moment}Z",
            "data": data,
        }
        return self.send(envelope)

    def partition_of(self, ticket: str) -> int:
        return murmur2_partition(ticket.encode(), self.settings.topics.partitions)

    def ticket_in(self, partition: int, name: str = "T") -> str:
        """A ticket id whose partition is ``partition``."""
        return next(t for n in range(1000) if self.partition_of(t := f"{name}-{n}") == partition)

    # --- time --------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> str:
        return format_time_us(self.clock.now_us())

    def advance(self, seconds: float) -> Self:
        self.clock.advance(seconds)
        return self.settle()

    def at(self, moment: str) -> Self:
        """Let the clock be ``moment``: a time, or a time of the same day."""
        wanted_us = parse_time_us(moment if "T" in moment else f"{self.now[:11]}{moment}Z")
        return self.advance((wanted_us - self.clock.now_us()) / US)

    def settle(self) -> Self:
        """Deliver what was sent, commit, roll up, publish."""
        while True:
            for shard in self.shards:
                for logical in self.settings.read_topics:
                    self._deliver(shard, self.names[logical])
            self._loop.run_until_complete(self._commit())
            if not self._has_to_be_heard:
                break
        self._feed_rollup()
        self._loop.run_until_complete(self._publish())
        return self

    @property
    def _has_to_be_heard(self) -> bool:
        """True while shards have told others something that is not folded yet."""
        topic = self.names["customer_events"]
        logs = {place: log for place, log in self.logs.records.items() if place[0] == topic and log}
        return any(
            (topic, partition) not in self.held and self.shards[partition].start_of(topic) <= log[-1].offset
            for (_, partition), log in logs.items()
            if self.settings.customers
        )

    def _deliver(self, shard: ShardOwner, topic: str) -> None:
        log = self.logs.records.get((topic, shard.partition), [])
        end = log[-1].offset + 1 if log else 0
        shard.note_start(topic, 0)
        start = shard.start_of(topic)
        if start < end and (topic, shard.partition) not in self.held:
            shard.fold(topic, log[start - end :])
        shard.note_end(topic, end)

    async def _commit(self) -> None:
        for shard in self.shards:
            await shard.flush()

    def _feed_rollup(self) -> None:
        log = self.logs.records.get((self.names["partials"], 0), [])
        if new := log[bisect_left(log, self.rollup.position, key=lambda record: record.offset) :]:
            self.rollup.fold(new)

    async def _publish(self) -> None:
        self.rollup.publish_soon()
        await self.rollup.flush()

    # --- out ---------------------------------------------------------------------------------------------------------

    def rows(self) -> dict[str, dict[str, Any]]:
        """All rows of the metrics topic; the gauges show the very same."""
        rows = self.logs.content(self.names["metrics"])
        shown = self.rollup.view.rows
        assert {key: {**row, "revision": 0, "watermark": ""} for key, row in rows.items()} == {
            key: {**row, "revision": 0, "watermark": ""} for key, row in shown.items()
        }
        return rows

    def row(self, metric: str, window: str = "1h", definition: str = "", **segment: str) -> dict[str, Any]:
        """`row_if_any`, where there is one."""
        row = self.row_if_any(metric, window, definition, **segment)
        assert row is not None, f"no row of {metric} {definition} of {segment or 'all'} in {window}"
        return row

    def row_if_any(
        self, metric: str, window: str = "1h", definition: str = "", **segment: str
    ) -> dict[str, Any] | None:
        """The row of ``metric`` in the group ``segment`` (none: all); None where there is none.

        ``definition``: its name or the beginning; where there are several, the metric's first is that of none.
        """
        by = "_".join(segment) or "all"
        chosen = [spec.definition for spec in ROWS if spec.metric == metric]
        definition = definition or ("" if metric in ("csat", "service_level") else chosen[0])
        exact = f"{definition}@" if definition in chosen else definition
        found = [
            row
            for row in self.rows().values()
            if (row["metric"], row["window"], row["by"], row["segment"]) == (metric, window, by, segment)
            and row["definition"].startswith(exact)
        ]
        assert len(found) <= 1, f"choose a definition: {[row['definition'] for row in found]}"
        return found[0] if found else None

    def count(self, metric: str, window: str = "1h", definition: str = "", **segment: str) -> int | None:
        """The row's ``count``; None where there is no row."""
        row = self.row_if_any(metric, window, definition, **segment)
        return None if row is None else int(row["count"])

    def facts(self) -> dict[str, Any]:
        """Key (``ticket|fact``) to row, of the facts topic."""
        return self.logs.content(self.names["facts"])

    def letters(self) -> list[tuple[str, str]]:
        """Reason, and id of the event, of every dead letter; an empty one where it carries none."""
        rows = [orjson.loads(record.value or b"") for record in self.logs.of(self.names["dead_letter"])]
        originals = [base64.b64decode(row["original_base64"] or "") for row in rows]
        ids = [orjson.loads(original)["id"] if original else "" for original in originals]
        return [(row["reason"], identity) for row, identity in zip(rows, ids, strict=True)]

    def tally(self) -> dict[str, int]:
        """What became of the events; zeros left out."""
        return {name: count for name, count in self.rollup.tally().items() if count}

    @property
    def watermark(self) -> str:
        return format_time_us(self.rollup.watermark_us())
