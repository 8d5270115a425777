"""Runs a case: bytes of events through the decoder and the shard, and the rows as the worker writes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import orjson

from stream.contract.decoder import Decoder
from stream.domain.answers import parted
from stream.domain.changes import Changes
from stream.domain.customer_events import CUSTOMER_EVENTS
from stream.domain.log import Insertion
from stream.domain.rejections import Rejected, Skipped
from stream.domain.segments import dimensions_named
from stream.domain.shard import Shard
from stream.domain.shard_status import ShardStatus
from stream.domain.subjects import CUSTOMER_MARK
from stream.domain.times import parse_time_us
from stream.edge.kafka.partitioning import CustomerPlaces
from stream.edge.owners.shard_rows import Row, ShardRows
from stream.edge.owners.statement_rows import rows_by_partition
from stream.edge.owners.stored_position import StoredPosition
from stream.rules import customer_rules_of, rules_of
from stream.settings import Settings
from tests.domain.owners import restored

CASES = Path(__file__).parent / "cases"
ROWS = Path(__file__).parent / "rows"
FAR_US = 1 << 62

_REPEATED = {("partials", b"0|p|"), ("partials", b"0|c|")}

Line = dict[str, Any]


def names() -> list[str]:
    """All cases."""
    return sorted(path.stem for path in CASES.glob("*.jsonl"))


def steps(name: str) -> list[bytes]:
    """The lines of a case."""
    return (CASES / f"{name}.jsonl").read_bytes().splitlines()


def rows_of(name: str) -> str:
    """What a case gives, as the text of its file."""
    return "".join(f"{orjson.dumps(line).decode()}\n" for line in Run(steps(name)).lines())


class Run:
    """One case. The position and the status are left out of the rows: they belong to whoever reads the topics."""

    def __init__(self, lines: list[bytes]) -> None:
        self._lines = lines
        self._settings = Settings()
        self._changelog: dict[bytes, bytes | None] = {}
        self._start()

    def _start(self) -> None:
        self._rules = rules_of(self._settings)
        self._decoder = Decoder(self._rules.limits, customer_rules_of(self._settings))
        self._shard = Shard(self._rules)

    def lines(self) -> Iterator[Line]:
        for line in self._lines:
            step = orjson.loads(line)
            if "type" in step:
                yield {"id": step["id"], "became": self._fold(line)}
            elif "commit" in step:
                yield from self._commit(step["commit"])
            elif "settings" in step:
                self._settings = Settings.model_validate(step["settings"])
                self._start()
            else:
                self._restart()

    def _fold(self, value: bytes) -> str:
        decoded = self._decoder.decode(value, None, (), FAR_US)
        if isinstance(decoded, Rejected | Skipped):
            return str(decoded)
        name, event = decoded
        if type(event) in CUSTOMER_EVENTS:
            name = CUSTOMER_MARK + name
        became = self._shard.fold(name, event)
        return became.value if isinstance(became, Insertion) else f"{became.reason}: {became.detail}"

    def _commit(self, moment: str) -> Iterator[Line]:
        now_us = parse_time_us(moment)
        told: Line = {"commit": moment}
        topics: dict[str, list[Row]] = {}
        for changes in (*self._settled(now_us), self._shard.expire(now_us)):
            stated = rows_by_partition(changes.stated, CustomerPlaces(1))
            topics.setdefault("customer_events", []).extend(stated.get(0, []))
            made = ShardRows(0, changes, dimensions_named(self._rules.definitions.dimensions))
            for _ in made.steps():
                pass
            made.close(StoredPosition(ShardStatus({}, 0, 0, {}), ""))
            for topic in ("changelog", "facts", "partials"):
                topics.setdefault(topic, []).extend(getattr(made, topic))
            self._note(changes, told)
        self._changelog |= dict(topics["changelog"])
        if clashes := self._shard.take_clashes():
            told["clashes"] = clashes
        yield told
        for topic, rows in topics.items():
            # Of one key in the order in which they are written.
            for key, value in sorted(rows, key=lambda row: row[0]):
                if key not in (b"=", b"0|s") and (topic, key[:4]) not in _REPEATED:
                    yield {topic: key.decode(), "row": readable(key, value)}

    def _settled(self, now_us: int) -> Iterator[Changes]:
        """All that follows, until customers hear nothing more."""
        stated = True
        while stated:
            changes = self._shard.settle(now_us)
            yield changes
            for customer, statement in changes.stated:
                self._shard.hear(customer, statement)
            stated = bool(changes.stated)

    @staticmethod
    def _note(changes: Changes, told: Line) -> None:
        if changes.too_late_for_windows:
            told["too_late_for_windows"] = changes.too_late_for_windows

    def _restart(self) -> None:
        newest_us = self._shard.newest_us
        self._start()
        self._shard = restored(self._rules, self._changelog.items(), newest_us)


def readable(key: bytes, value: bytes | None) -> Any:
    """The content of a row."""
    if value is None:
        return None
    kind = key.removeprefix(b"0|")[:2]
    if kind in (b"p|", b"c|", b"l|"):
        # A byte before it says that finer panes are left out.
        cells = msgspec.msgpack.decode(value.removeprefix(b"\xc0"))
        return {
            name: [count, total, {str(index): n for index, n in (bins or {}).items()}]
            for name, (count, total, bins) in sorted(cells.items())
        }
    if b"\x1e" in key[1:] and kind != b"t|":
        return msgspec.msgpack.decode(value)
    if kind == b"t|":
        row = msgspec.msgpack.decode(value)
        assert msgspec.msgpack.encode(row) == value, "what is shown is all there is"
        return row
    if kind == b"n|":
        if key.startswith(b"0|"):
            return [entry.hex() for entry in parted(value)]
        kept = msgspec.msgpack.decode(value)
        return [[[metric, segment, entry.hex()] for metric, segment, entry in held] for held in kept]
    return orjson.loads(value)
