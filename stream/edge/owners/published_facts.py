"""What the topic of facts says of a shard's tickets: what differs is told anew when the shard is booked anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from stream.domain.changes import Changes
from stream.domain.segments import THREE, Dimensions
from stream.edge.kafka.loading import read_to, stable_end
from stream.edge.owners.fact_rows import fact_key, fact_row
from stream.edge.process.turns import Turns
from stream.settings import Settings


class PublishedFacts:
    """Facts of some ``kinds`` (None: of any) that were told and not taken back, by ticket and key: a hash of each."""

    def __init__(self, kinds: Collection[str] | None, dimensions: Dimensions = THREE) -> None:
        self._kinds = kinds
        self._dimensions = dimensions
        self._told: dict[bytes, dict[bytes, int]] = {}

    def remember_steps(self, records: Sequence[Any]) -> Iterator[None]:
        """Take what the topic holds, in its order, a record at a time."""
        for record in records:
            ticket, _, fact = record.key.partition(b"|")
            if self._kinds is None or fact.partition(b"/")[0].decode() in self._kinds:
                if record.value is not None:
                    self._told.setdefault(ticket, {})[fact] = hash(record.value)
                else:
                    self._told.get(ticket, {}).pop(fact, None)
            yield

    def compare(self, ticket: str, changes: Changes, begin: int) -> None:
        """Of the facts of ``ticket``, in ``changes`` from ``begin`` on, leave what differs; and add what is gone."""
        told = self._told.pop(fact_key(ticket, "")[:-1], None)
        if told is None:
            return
        facts = changes.facts[begin:]
        del changes.facts[begin:]
        for name, key, fact in facts:
            if told.pop(key.encode(), None) != hash(fact_row(name, key, fact, self._dimensions)):
                changes.facts.append((name, key, fact))
        changes.facts += [(ticket, key.decode(), None) for key in told]


async def read_published(settings: Settings, partition: int, turns: Turns, into: PublishedFacts) -> None:
    """Read all that is committed of a partition of the topic."""
    kafka, topic = settings.kafka, settings.topic_names["facts"]
    async for records in read_to(kafka, topic, partition, await stable_end(kafka, topic, partition)):
        await turns.run(into.remember_steps(records))
