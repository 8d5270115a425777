"""The new generation of the state: all rows of all shards, in topics of its own, marked as not to be used yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from msgspec.structs import replace

from stream.domain.moving import all_of
from stream.domain.segments import dimensions_named
from stream.domain.shard_status import ShardStatus
from stream.edge.kafka.loading import read_to, stable_end, stable_end_and_ids
from stream.edge.kafka.transactions import Transactions
from stream.edge.owners.naming import NAME
from stream.edge.owners.origins import KEPT_BESIDE, identities
from stream.edge.owners.shard_rows import POSITION_KEY, Row, ShardRows, position_row
from stream.edge.owners.stored_position import StoredPosition
from stream.edge.process.crash_points import CrashPoints
from stream.edge.process.turns import Turns
from stream.repartition.old_state import OldState, Tell
from stream.repartition.step import Step
from stream.rules import fingerprint_of

_ROWS_AT_ONCE: Final = 10_000
_BYTES_AT_ONCE: Final = 16 << 20


class Staging:
    """``positions``: by number of the shard, as written last."""

    def __init__(self, step: Step, state: OldState, transactions: Transactions, turns: Turns, crash: CrashPoints):
        self._step = step
        self._state = state
        self._transactions = transactions
        self._turns = turns
        self._crash = crash
        names = step.after.topic_names
        self._changelog, self._partials = names["changelog"], names["partials"]
        self.positions: dict[int, StoredPosition] = {}

    async def write(self, tell: Tell) -> None:
        """Write all of it; what an attempt of before has left and is not true any more is deleted."""
        step, kafka = self._step, self._step.after.kafka
        kept = [step.after.topic_names[logical] for logical in (*step.after.read_topics, *KEPT_BESIDE)]
        _, found = await stable_end_and_ids(kafka, self._changelog, 0, kept)
        ids = identities(step.after.topic_names, found)
        names = await self._names_of_groups()
        await self._write(self._partials, 0, await self._stale(self._partials, 0, {key for key, _ in names}))
        await self._write(self._partials, 0, names)
        for number in range(step.more):
            tell("writing the new state: partitions", number, step.more)
            self.positions[number] = self._position(number, ids)
            made = ShardRows(
                number,
                all_of(self._state.shards[number], self._state.now_us(number)),
                dimensions_named(step.after.dimensions),
            )
            await self._turns.run(made.steps())
            made.close(self.positions[number], self._state.parts)
            stale = await self._stale(self._changelog, number, {key for key, _ in made.changelog})
            # The position comes last.
            await self._write(self._changelog, number, [*stale, *made.changelog])
            await self._write(self._partials, 0, made.partials)
            self._crash.reach("moving_staged")
        tell("writing the new state: partitions", step.more, step.more)

    def _position(self, number: int, ids: dict[str, str]) -> StoredPosition:
        """Of a shard of before: as it was. Of a new one: from the beginning, as far in time as any of the others."""
        held = {number: one.position for number, one in self._state.stored.items() if one.position is not None}
        stored = held.get(number)
        fingerprint = fingerprint_of(self._state.rules, self._step.after.pipeline.settings_revision)
        # What the shards tell each other they tell anew, in a topic of its own.
        inner = dict.fromkeys(self._step.inner, 0)
        if stored is not None:
            status = replace(stored.status, positions={**stored.status.positions, **inner})
            return StoredPosition(
                status, stored.fingerprint, {**stored.topic_ids, **ids}, stored.superseded, self._step.more
            )
        statuses = [one.status for one in held.values()]
        logical = self._step.after.source_topics
        status = ShardStatus(
            {**dict.fromkeys(logical, 0), **inner} if number >= self._step.fewer else inner,
            self._state.shards[number].newest_us,
            min((status.complete_us for status in statuses), default=0),
            {},
            {name: min((status.newest_of.get(name, 0) for status in statuses), default=0) for name in logical},
        )
        first = next(iter(held.values()), StoredPosition(status, fingerprint))
        return StoredPosition(status, first.fingerprint, ids, first.superseded, self._step.more)

    async def _names_of_groups(self) -> list[Row]:
        """Which segments have a name of their own in the whole installation: those stay."""
        kafka, topic = self._step.before.kafka, self._step.before.topic_names["partials"]
        found: dict[bytes, bytes] = {}
        async for records in read_to(kafka, topic, 0, await stable_end(kafka, topic, 0)):
            for record in records:
                if record.key.startswith(NAME + b"|"):
                    if record.value is None:
                        found.pop(record.key, None)
                    else:
                        found[record.key] = record.value
        return [*found.items()]

    async def _stale(self, topic: str, partition: int, written: set[bytes]) -> list[Row]:
        """Deletions of all that the topic holds, and that is not ``written``."""
        kafka = self._step.after.kafka
        held: set[bytes] = set()
        async for records in read_to(kafka, topic, partition, await stable_end(kafka, topic, partition)):
            held.update(record.key for record in records if record.value is not None)
        return [(key, None) for key in held - written if key != POSITION_KEY]

    async def _write(self, topic: str, partition: int, rows: Iterable[Row]) -> None:
        for part in _parts(rows):
            await self._transactions.write({(topic, partition): part}, {})

    async def release(self) -> None:
        """All shards may be used, from one transaction on."""
        rows: dict[tuple[str, int], list[Row]] = {}
        for number, stored in self.positions.items():
            released = StoredPosition(stored.status, stored.fingerprint, stored.topic_ids, stored.superseded)
            rows[self._changelog, number] = [position_row(released)]
        await self._transactions.write(rows, {})
        self._crash.reach("moved")


def _parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """As much at once as a transaction may well hold."""
    left = iter(rows)
    while part := [*islice(left, 1)]:
        size_bytes = len(part[0][1] or b"")
        for row in left:
            part.append(row)
            size_bytes += len(row[1] or b"")
            if len(part) >= _ROWS_AT_ONCE or size_bytes >= _BYTES_AT_ONCE:
                break
        yield part
