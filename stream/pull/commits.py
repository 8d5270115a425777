"""Events, dead letters and a cursor as one Kafka transaction, and the cursors that were written so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
from aiokafka.errors import KafkaError, ProducerFenced

from stream.clock import Clock
from stream.connect.api import Cursor
from stream.connect.outcome import Broken
from stream.edge.kafka.connection import unavailable
from stream.edge.kafka.loading import read_to, stable_end
from stream.edge.kafka.partitioning import murmur2_partition
from stream.edge.kafka.transactions import Transactions
from stream.edge.process.crash_points import NO_CRASH, CrashPoints
from stream.errors import LossError, UnavailableError
from stream.pull.letters import letter_key, letter_row
from stream.settings import Settings

_MOST_TOLD: Final = 100_000
_SURVEY: Final = "support.survey."


class Commits:
    """One connected system's. Only one process can hold it: starting ends the one before."""

    def __init__(self, settings: Settings, connect: str, clock: Clock, crash: CrashPoints = NO_CRASH) -> None:
        self._settings = settings
        self._connect = connect
        self._clock = clock
        self._crash = crash
        self._transactions = Transactions(settings, f"pull-{connect}", crash)
        self._cursors: dict[str, Cursor] = {}
        self._told: set[bytes] = set()
        self.events_total = 0

    async def start(self) -> None:
        """Fence the process before, and read the cursors. UnavailableError, LossError."""
        try:
            # Fenced first: a transaction of that process that is under way would be missed.
            await self._transactions.start()
            await self._load()
        except (KafkaError, OSError) as error:
            raise unavailable(self._settings.kafka, error) from error

    async def _load(self) -> None:
        topic = self._settings.topic_names["cursors"]
        end = await stable_end(self._settings.kafka, topic, 0)
        prefix = f"{self._connect} ".encode()
        async for records in read_to(self._settings.kafka, topic, 0, end):
            for record in records:
                if record.key is None or not record.key.startswith(prefix):
                    continue
                name = record.key[len(prefix) :].decode("utf-8", "replace")
                if record.value is None:
                    self._cursors.pop(name, None)
                else:
                    self._cursors[name] = _cursor(record.value, topic, record.offset)

    def cursor(self, name: str) -> Cursor | None:
        """Where a list goes on; None: it was never read."""
        return self._cursors.get(name)

    async def write(
        self, events: Iterable[Mapping[str, Any]], broken: Sequence[Broken], name: str, cursor: Cursor
    ) -> int:
        """Write all of it, or nothing; gives the number of events. UnavailableError: nobody knows which of the two."""
        rows: dict[tuple[str, int], list[tuple[bytes, bytes | None]]] = {}
        names, partitions = self._settings.topic_names, self._settings.topics.partitions
        count = 0
        for event in events:
            key = str(event["subject"]).encode()
            logical = "surveys" if event["type"].startswith(_SURVEY) else "tickets"
            place = (names[logical], murmur2_partition(key, partitions))
            rows.setdefault(place, []).append((key, orjson.dumps(event)))
            count += 1
        for item in broken:
            key = letter_key(self._connect, item)
            # A list that is read again and again has the same broken records every time.
            if key not in self._told and len(self._told) < _MOST_TOLD:
                self._told.add(key)
                place = (names["dead_letter"], murmur2_partition(key, self._settings.topics.first_partitions))
                rows.setdefault(place, []).append((key, letter_row(self._connect, item, self._clock.now_us())))
        if not rows and self._cursors.get(name) == cursor:
            return 0
        row = (f"{self._connect} {name}".encode(), orjson.dumps(cursor))
        rows[names["cursors"], 0] = [row]
        await self._commit(rows)
        self._cursors[name] = cursor
        self.events_total += count
        return count

    async def _commit(self, rows: Mapping[tuple[str, int], list[tuple[bytes, bytes | None]]]) -> None:
        try:
            await self._transactions.write(rows, {})
        except ProducerFenced as error:
            raise UnavailableError(
                f"another process pulls {self._connect} now: one is enough, and the newer one goes on"
            ) from error
        except (KafkaError, OSError) as error:
            raise unavailable(self._settings.kafka, error) from error

    async def stop(self) -> None:
        """Close the producer."""
        await self._transactions.stop()


def _cursor(value: bytes, topic: str, offset: int) -> Cursor:
    try:
        found = orjson.loads(value)
        if not isinstance(found, dict) or not all(isinstance(part, int) for part in found.values()):
            raise ValueError
    except ValueError:
        raise LossError(
            f"topic {topic}, offset {offset}: no cursor. Delete the topic, and give --since: what is read again counts "
            "once"
        ) from None
    return found
