"""Rows in a worker's own topics that it cannot have written end it with code 4, and the sentence says where."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple, NoReturn

import msgspec
import orjson
import pytest

from stream.clock import ManualClock
from stream.domain.cells import Cell
from stream.domain.partials import encode_cells, pane_key, segment_key
from stream.domain.segments import SEPARATOR
from stream.domain.shard_status import ShardStatus
from stream.edge.kafka.fetched import Span
from stream.edge.owners import rollup_owner
from stream.edge.owners.rollup_owner import RollupOwner
from stream.edge.owners.shard_owner import ShardOwner
from stream.edge.owners.spike_alerts import SpikeAlerts
from stream.errors import LossError
from stream.rules import rules_of
from stream.settings import Settings

NOW_US = 1_767_225_600_000_000
SEGMENT = SEPARATOR.join(("chat", "billing", "high"))
PANE = pane_key((10, NOW_US // 1_000_000 - 10, SEGMENT))
CELLS = encode_cells({"offered": Cell(1, 0)})
STATUS = msgspec.json.encode(ShardStatus({"tickets": 1}, NOW_US, NOW_US, {}))
SECRET = b"jo@example.org"


class Record(NamedTuple):
    """As much of a record as the owners look at."""

    offset: int
    key: bytes | None
    value: bytes | None


NO_ROW_OF_A_SHARD = {
    "no key": (None, b"x"),
    "empty key": (b"", b"x"),
    "unknown kind": (b"x|1", b"x"),
    "foreign JSON": (b"T1", b'{"hello": 1}'),
    "ticket cut off": (b"t|T1", b"\x95\xce"),
    "ticket of another shape": (b"t|T1", msgspec.msgpack.encode([SECRET.decode(), 1])),
    "ticket empty": (b"t|T1", b""),
    "ticket name that is not UTF-8": (b"t|\xff", b""),
    "pane without a start": (b"p|10", CELLS),
    "pane with a word for a number": (b"p|ten|" + SECRET + b"|x", CELLS),
    "pane of other cells": (PANE, b"\xc0"),
    "pane of wide cells cut off": (PANE, b"\xc1{"),
    "pane of wide cells that are a list": (PANE, b"\xc1[]"),
    "pane of wide cells without a sum": (PANE, b'\xc1{"offered": [1]}'),
    "rules deleted": (b"r", None),
    "rules without a plan": (b"r", b'{"segments":"","max_segments":1,"metrics":{}}'),
    "counters cut off": (segment_key("c", SEGMENT), CELLS[:-1]),
    "segments of numbers": (b"a", b"[1]"),
    "segments deleted": (b"a", None),
    "position cut off": (b"=", b'{"status": {'),
    "position without a fingerprint": (b"=", b'{"status": ' + STATUS + b"}"),
    "position deleted": (b"=", None),
}


@pytest.mark.parametrize(("key", "value"), NO_ROW_OF_A_SHARD.values(), ids=NO_ROW_OF_A_SHARD)
def test_a_row_of_the_changelog(key: bytes | None, value: bytes | None) -> None:
    async def restore() -> None:
        settings = Settings()
        shard = ShardOwner(3, settings, rules_of(settings), ManualClock(NOW_US))
        shard.restore([Record(40, PANE, CELLS), Record(41, key, value)])

    with pytest.raises(LossError, match=r"changelog.* partition 3 holds at offset 41 a row .* A restart") as caught:
        asyncio.run(restore())
    assert caught.value.exit_code == 4
    assert SECRET.decode() not in str(caught.value)


NO_SNAPSHOT = {
    "no key": (None, b"x"),
    "foreign": (b"T1", b"x"),
    "no partition": (b"|" + PANE, CELLS),
    "unknown kind": (b"0|x|1", CELLS),
    "no kind": (b"0", CELLS),
    "pane with a word for a number": (b"0|p|ten|1|x", CELLS),
    "pane cut off": (b"0|" + PANE, CELLS[:-1]),
    "levels cut off": (b"0|" + segment_key("l", SEGMENT), CELLS[:-1]),
    "counters of another shape": (b"0|" + segment_key("c", SEGMENT), b"\x01"),
    "name that is not UTF-8": (b"g|\xff", CELLS),
    "name without its cells": (b"g|" + SEGMENT.encode(), b"\x01"),
    "status cut off": (b"0|s", STATUS[:-1]),
}


class EndedError(Exception):
    """The process would have ended."""


@pytest.mark.parametrize(("key", "value"), NO_SNAPSHOT.values(), ids=NO_SNAPSHOT)
def test_a_row_of_the_partials(key: bytes | None, value: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def end_process(reason: str, exit_code: int = 70) -> NoReturn:
        raise EndedError(exit_code, reason)

    monkeypatch.setattr(rollup_owner, "end_process", end_process)
    rows = [Record(40, b"0|" + PANE, CELLS), Record(41, key, value), Record(42, b"0|s", STATUS)]
    sentence = r"partials.* partition 0 holds at offset 41 a row .* A restart"

    async def owner() -> RollupOwner:
        return RollupOwner(Settings(), ManualClock(NOW_US))

    async def load() -> None:
        loading = await owner()
        loading.fold(rows if key != b"0|s" else rows[:-1])
        await loading.begin()

    with pytest.raises(LossError, match=sentence):
        asyncio.run(load())

    async def read_on() -> None:
        reading = await owner()
        span = Span(start=40, end=43)
        span.extend(rows if key != b"0|s" else rows[:-1])
        reading.take(span)
        await reading._bring_up_to_now()

    with pytest.raises((LossError, EndedError), match=sentence):
        asyncio.run(read_on())


NO_PUBLISHED_ROW: dict[str, Any] = {
    "no key": (None, b'{"value": 1,"revision":1,"watermark":""}'),
    "key that is not UTF-8": (b"\xff", b'{"value": 1,"revision":1,"watermark":""}'),
    "no revision": (b"T1", b'{"hello": 1}'),
    "revision that is a word": (b"T1", b'{"hello": 1,"revision":"one"}'),
    "empty": (b"T1", b""),
}


@pytest.mark.parametrize(("key", "value"), NO_PUBLISHED_ROW.values(), ids=NO_PUBLISHED_ROW)
def test_a_published_metric(key: bytes | None, value: bytes | None) -> None:
    async def load() -> None:
        RollupOwner(Settings(), ManualClock(NOW_US)).remember([Record(41, key, value)])

    with pytest.raises(LossError, match=r"support\.metrics\.v1 partition 0 holds at offset 41 a row .* make it anew"):
        asyncio.run(load())


@pytest.mark.parametrize(
    ("key", "value"),
    [*NO_PUBLISHED_ROW.values(), (b"T1", orjson.dumps({"alert": "T1"})[:-1] + b',"revision":1,"watermark":""}')],
    ids=[*NO_PUBLISHED_ROW, "no alert"],
)
def test_a_published_alert(key: bytes | None, value: bytes | None) -> None:
    with pytest.raises(LossError, match=r"support\.alerts\.v1 partition 0 holds at offset 41 a row .* make it anew"):
        SpikeAlerts(Settings()).remember([Record(41, key, value)])
