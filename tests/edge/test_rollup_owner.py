"""What the owner of the roll-up shows of the snapshots it has read: whole transactions only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple
from unittest.mock import patch

import msgspec

from stream.clock import SystemClock
from stream.domain.cells import Cell
from stream.domain.partials import encode_cells, pane_key
from stream.domain.segments import SEPARATOR
from stream.domain.shard_status import ShardStatus
from stream.edge.owners.rollup_owner import RollupOwner
from stream.rules import parts_of, rules_of
from stream.settings import load_settings

NOW_US = 1_767_225_600_000_000
SEGMENT = SEPARATOR.join(("chat", "billing", "high"))


class Record(NamedTuple):
    """As much of a record as the owner looks at."""

    offset: int
    key: bytes
    value: bytes | None


def _snapshot(offset: int, partition: int, offered: int) -> Record:
    key = b"%d|" % partition + pane_key((10, NOW_US // 1_000_000 - 10, SEGMENT))
    return Record(offset, key, encode_cells({"offered": Cell(offered, 0)}))


def _status(offset: int, partition: int) -> Record:
    return Record(offset, b"%d|s" % partition, msgspec.json.encode(ShardStatus({"tickets": 1}, NOW_US, NOW_US, {})))


def _rules(partition: int) -> Record:
    settings = load_settings({"DESKPULSE_CLOCK": "event"})
    return Record(-1, b"%d|r" % partition, msgspec.json.encode(parts_of(rules_of(settings))))


def _shown(*batches: list[Record]) -> list[int | None]:
    """The contacts offered that are shown after each batch."""
    return [_offered(rows) for rows in _views(*batches)]


def _rows_shown(batch: list[Record]) -> Mapping[str, Mapping[str, Any]]:
    """All rows after one batch."""
    return _views(batch)[0]


def _views(*batches: list[Record]) -> list[Mapping[str, Mapping[str, Any]]]:
    async def follow() -> list[Mapping[str, Mapping[str, Any]]]:
        owner = RollupOwner(load_settings({"DESKPULSE_CLOCK": "event"}), SystemClock())
        owner.ready = True
        shown: list[Mapping[str, Mapping[str, Any]]] = []

        async def write(*_: Any) -> None:
            return

        owner.transactions.write = write  # type: ignore[assignment, method-assign]  # seen from outside
        owner.fold([_rules(partition) for partition in (0, 1)])
        for batch in batches:
            owner.fold(batch)
            owner.publish_soon()
            await owner.flush()
            shown.append(dict(owner.view.rows))
        return shown

    return asyncio.run(follow())


def _offered(rows: Mapping[str, Mapping[str, Any]]) -> int | None:
    found = [row["value"] for key, row in rows.items() if key.startswith("contacts_offered|") and key.endswith("||5m")]
    return found[0] if found else None


def test_half_a_transaction_is_not_shown() -> None:
    assert _shown([_snapshot(0, 0, 3)], [_status(1, 0)]) == [None, 3]


def test_transactions_of_two_shards_do_not_complete_each_other() -> None:
    first, second = _snapshot(0, 0, 3), _snapshot(1, 1, 4)
    assert _shown([first, second, _status(2, 1)], [_status(3, 0)]) == [4, 7]


def test_of_several_snapshots_the_last_complete_one_counts() -> None:
    assert _shown([_snapshot(0, 0, 3), _status(1, 0), _snapshot(2, 0, 9)], [_status(4, 0)]) == [3, 9]


def test_a_segment_told_while_no_owner_was_there_has_its_name_after_the_take_over() -> None:
    """Its snapshot lies in the topic, and whoever would have named it died before that was written."""
    other = SEPARATOR.join(("phone", "sales", "low"))
    named = Record(0, b"g|" + other.encode(), encode_cells({}))
    rows = _rows_shown([named, _snapshot(1, 0, 3), _status(2, 0)])
    teams = {row["segment"]["team"] for row in rows.values() if row["by"] == "channel_team"}
    assert teams == {"billing"}


def test_what_has_been_fetched_already_is_taken_over_without_keeping_the_loop() -> None:
    """A reader whose records are there hands them out without a pause: the owner has to make one."""
    settings = load_settings({})
    written = b'{"metric":"x","count":%d,"revision":1,"watermark":""}'
    rows = {
        settings.topic_names["partials"]: [[_snapshot(n, 0, n + 1), _status(n + 1, 0)] for n in range(0, 6, 2)],
        settings.topic_names["metrics"]: [[Record(n, b"x|%d|all||1h" % n, written % n)] for n in range(3)],
    }
    seen: dict[str, list[int]] = {topic: [] for topic in rows}
    passages = [0]

    async def read_to(_: Any, topic: str, *__: Any) -> AsyncIterator[list[Record]]:
        for batch in rows.get(topic, []):
            seen[topic].append(passages[0])
            yield batch

    async def nothing(*_: Any) -> int:
        return 0

    async def run() -> None:
        loop = asyncio.get_running_loop()

        def tick() -> None:
            passages[0] += 1
            loop.call_soon(tick)

        owner = RollupOwner(settings, SystemClock())
        owner.transactions.start = nothing  # type: ignore[method-assign, assignment]  # seen from outside
        loop.call_soon(tick)
        with (
            patch("stream.edge.owners.rollup_owner.read_to", read_to),
            patch("stream.edge.owners.rollup_owner.stable_end", nothing),
        ):
            await owner._load()
        assert owner.ready

    asyncio.run(run())
    for topic, at in seen.items():
        assert len(at) == 3, topic
        assert len({*at}) == 3, f"{topic}: several batches in one passage of the loop: {at}"
