"""Rows are written at a pace of their own, beside what is shown: what waits, what does not, and what they contain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any
from unittest.mock import patch

import msgspec
import orjson

from stream.clock import ManualClock
from stream.domain.cells import Cell
from stream.domain.partials import encode_cells, pane_key
from stream.domain.segments import SEPARATOR
from stream.domain.shard_status import ShardStatus
from stream.edge.owners.rollup_owner import RollupOwner
from stream.edge.owners.snapshots import RULES
from stream.edge.owners.view import PROGRESS_KEY, Progress
from stream.rules import parts_of, rules_of
from stream.settings import Settings
from tests.flow.drive import Record

US = 1_000_000
NOW_US = 1_767_225_600_000_000
ADDRESS = "http://worker:8080"
Written = list[tuple[bytes, bytes | None]]


class Stage:
    """An owner of the roll-up whose transactions end in lists, one in each, by topic; ``held`` keeps them open."""

    def __init__(self, published: Sequence[Record] = (), **settings: Any) -> None:
        self.settings = Settings.model_validate(settings)
        self.names = self.settings.topic_names
        self.clock = ManualClock(NOW_US)
        self.transactions: list[dict[str, Written]] = []
        self.may_read, self.may_commit = asyncio.Event(), asyncio.Event()
        self.may_commit.set()
        self._published = list(published)
        self._offset = 0
        self.owner = RollupOwner(self.settings, self.clock, address=ADDRESS)
        self.owner.transactions.write = self._write  # type: ignore[method-assign, assignment]  # seen from outside

    async def _write(self, rows: Mapping[tuple[str, int], Written], _: object) -> None:
        self.transactions.append({topic: list(items) for (topic, _), items in rows.items()})
        await self.may_commit.wait()

    async def take_over(self) -> asyncio.Task[None]:
        """Until the numbers are shown; the rows published so far are read when `may_read` is set."""

        async def read_to(_: Any, topic: str, *__: Any) -> AsyncIterator[list[Record]]:
            if topic == self.names["metrics"]:
                await self.may_read.wait()
                yield self._published

        async def nothing(*_: Any) -> int:
            return 0

        self.owner.transactions.start = nothing  # type: ignore[method-assign, assignment]  # seen from outside
        with (
            patch("stream.edge.owners.rollup_owner.read_to", read_to),
            patch("stream.edge.owners.rollup_owner.stable_end", nothing),
        ):
            loading = asyncio.ensure_future(self.owner._load())
            await until(lambda: self.owner.ready)
        return loading

    def count(self, offered: int, team: str = "billing") -> None:
        """A shard's transaction: so many contacts of a team in one pane."""
        segment = SEPARATOR.join(("chat", team, "high"))
        now_us = self.clock.now_us()
        key = b"0|" + pane_key((10, NOW_US // US - 10, segment))
        status = ShardStatus({"tickets": offered}, now_us, now_us, {})
        rows = (
            (key, encode_cells({"offered": Cell(offered, 0)})),
            (b"0|" + RULES, msgspec.json.encode(parts_of(rules_of(self.settings)))),
            (b"0|s", msgspec.json.encode(status)),
        )
        for key, value in rows:
            self.owner.fold([Record("", 0, self._offset, 0, 0, key, value)])
            self._offset += 1

    async def publish(self, seconds: float = 0) -> None:
        """After so long, a publication, and all that it writes."""
        self.clock.advance(seconds)
        self.owner.publish_soon()
        await self.owner.flush()

    def shown(self, by: str = "all") -> list[int]:
        """The contacts that are shown."""
        rows = self.owner.view.rows
        return [row["value"] for key, row in rows.items() if key.startswith("contacts_offered|") and _is_of(key, by)]

    def written(self, logical: str = "metrics") -> Written:
        return [item for rows in self.transactions for item in rows.get(self.names[logical], ())]

    def counts(self) -> list[tuple[int, int]]:
        """Count and revision of every row of all contacts in 5 minutes that was written."""
        return [
            (row["value"], row["revision"])
            for key, value in self.written()
            if key.startswith(b"contacts_offered|") and _is_of(key.decode(), "all") and value is not None
            for row in (orjson.loads(value),)
        ]

    def progress(self) -> list[Progress]:
        decode = msgspec.json.Decoder(Progress).decode
        return [decode(value or b"") for key, value in self.written("partials") if key == PROGRESS_KEY]


async def until(condition: Callable[[], object]) -> None:
    """Let the loop go round until something is so; it takes a few passages, and never time."""
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came")


def _is_of(key: str, by: str) -> bool:
    return f"|{by}|" in key and key.endswith("|5m")


def play(story: Callable[[Stage], Awaitable[None]], **settings: Any) -> None:
    """``story`` on a stage of its own, taken over."""

    async def run() -> None:
        stage = Stage(**settings)
        stage.may_read.set()
        await (await stage.take_over())
        await story(stage)

    asyncio.run(run())


def test_numbers_go_on_while_the_rows_published_so_far_are_read_and_nothing_is_written() -> None:
    found: list[Record] = []

    async def before(stage: Stage) -> None:
        stage.count(1)
        stage.count(9, "gone")
        await stage.publish()
        found.extend(Record("", 0, offset, 0, 0, *item) for offset, item in enumerate(stage.written()))

    async def after() -> None:
        stage = Stage(found)
        loading = await stage.take_over()
        stage.count(1)
        await stage.publish()
        assert stage.shown() == [1]
        stage.count(2)
        await stage.publish(1)
        assert stage.shown() == [2]
        assert stage.written() == []
        assert [(told.address, told.positions) for told in stage.progress()] == [(ADDRESS, {})]
        assert not loading.done()
        stage.may_read.set()
        await loading
        await stage.publish()
        assert stage.counts() == [(2, 2)]
        assert {key for key, value in stage.written() if value is None} == {
            record.key for record in found if record.key is not None and b"gone" in record.key
        }
        assert stage.progress()[-1].positions == {0: {"tickets": 2}}

    play(before)
    asyncio.run(after())


def test_rows_are_written_every_5_seconds_as_they_are_then_and_shown_at_once() -> None:
    async def story(stage: Stage) -> None:
        for number in range(1, 12):
            stage.count(number)
            await stage.publish(1)
            assert stage.shown() == [number]
        assert stage.counts() == [(1, 1), (6, 2), (11, 3)]
        assert [told.positions[0]["tickets"] for told in stage.progress()] == [1, 6, 11]

    play(story)


def test_what_comes_after_a_quiet_time_is_written_at_once() -> None:
    async def story(stage: Stage) -> None:
        for _ in range(12):
            await stage.publish(1)
        for number in (1, 2):
            stage.count(number)
            await stage.publish(1)
        assert stage.counts() == [(1, 1)]

    play(story)


def test_how_often_rows_are_written_can_be_set() -> None:
    async def story(stage: Stage) -> None:
        for number in (1, 2, 3):
            stage.count(number)
            await stage.publish(1)
        assert stage.counts() == [(1, 1), (2, 2), (3, 3)]

    play(story, pipeline={"publish_rows_seconds": 0})


def test_a_replay_writes_its_rows_with_each_publication() -> None:
    async def story(stage: Stage) -> None:
        for number in (1, 2, 3):
            stage.count(number)
            await stage.publish()
        assert stage.counts() == [(1, 1), (2, 2), (3, 3)]
        assert [told.positions[0]["tickets"] for told in stage.progress()] == [1, 2, 3]

    play(story, clock="event")


def test_names_of_groups_do_not_wait_and_come_before_the_rows_that_they_lead_to() -> None:
    async def story(stage: Stage) -> None:
        stage.count(1)
        await stage.publish(1)
        stage.transactions.clear()
        stage.count(2, "sales")
        await stage.publish(1)
        assert [key for key, _ in stage.written("partials")] == [
            b"g|" + SEPARATOR.join(("chat", "sales", "high")).encode()
        ]
        assert stage.written() == []
        await stage.publish(5)
        assert any(b"sales" in key for key, _ in stage.written())

    play(story)


def test_numbers_and_names_go_on_while_rows_are_written() -> None:
    async def story(stage: Stage) -> None:
        stage.may_commit.clear()
        stage.count(1)
        stage.owner.publish_soon()
        await until(lambda: stage.transactions)
        stage.may_commit.set()
        await stage.owner.flush()
        stage.may_commit.clear()
        stage.count(2)
        stage.clock.advance(5)
        stage.owner.publish_soon()
        await until(lambda: stage.counts()[1:])
        stage.count(3)
        stage.owner.publish_soon()
        await until(lambda: stage.shown() == [3])
        assert stage.counts() == [(1, 1), (2, 2)]
        stage.may_commit.set()
        await stage.owner.flush()
        await stage.publish(5)
        assert stage.counts() == [(1, 1), (2, 2), (3, 3)]

    play(story)


def test_a_rebalance_waits_for_one_transaction_and_the_rest_is_written_after_it() -> None:
    async def story(stage: Stage) -> None:
        for number in range(100):
            stage.count(1, f"team {number}")
        stage.may_commit.clear()
        stage.owner.publish_soon()
        pausing = asyncio.ensure_future(stage.owner.pause())
        await until(lambda: stage.transactions)
        assert not pausing.done()
        stage.may_commit.set()
        await pausing
        begun = len(stage.transactions)
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(stage.transactions) == begun
        await stage.publish()
        keys = [key for key, _ in stage.written()]
        assert len({*keys}) == len(keys) == len(stage.owner.view.rows)
        assert len([rows for rows in stage.transactions if stage.names["metrics"] in rows]) > 1
        assert stage.progress()[-1].positions == {0: {"tickets": 1}}

    play(story, pipeline={"max_transaction_rows": 1000})


def test_an_owner_that_is_closed_begins_nothing_any_more() -> None:
    async def story(stage: Stage) -> None:
        for number in range(100):
            stage.count(1, f"team {number}")
        stage.owner.publish_soon()
        await until(lambda: stage.transactions)  # names
        stage.may_commit.clear()
        await until(stage.written)
        closing = asyncio.ensure_future(stage.owner.close())
        await asyncio.sleep(0)
        begun = len(stage.transactions)
        stage.may_commit.set()
        await closing
        await stage.owner.flush()
        assert len(stage.transactions) == begun
        assert len(stage.written()) < 2000

    play(story, pipeline={"max_transaction_rows": 1000})


def test_a_worker_that_ends_writes_what_it_shows() -> None:
    async def story(stage: Stage) -> None:
        for number in range(1, 40):
            stage.count(number)
            await stage.publish(5)
        assert stage.counts()[-1] != (39, 39)
        stage.count(40)
        await stage.owner.finish()
        assert stage.shown() == [40]
        assert stage.counts()[-1][0] == 40
        assert [revision for _, revision in stage.counts()] == list(range(1, len(stage.counts()) + 1))
        last = {key: value for key, value in stage.written() if value is not None}
        shown = {key: {**row, "revision": 0, "watermark": ""} for key, row in stage.owner.view.rows.items()}
        assert {
            key.decode(): orjson.loads(row) | {"revision": 0, "watermark": ""} for key, row in last.items()
        } == shown

    play(story)
