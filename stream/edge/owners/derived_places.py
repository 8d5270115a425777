"""Where a shard's rows lie in the derived topics, which keep their partitions when there are more shards.

A row keeps its partition for good: whoever reads these topics by key never finds it in two places.
"""

from __future__ import annotations

from stream.edge.kafka.partitioning import murmur2_partition
from stream.settings.topics import TopicSettings


class DerivedPlaces:
    """Of shard ``number``. ``letters``: partition of its dead letters."""

    def __init__(self, number: int, topics: TopicSettings) -> None:
        self._number = number
        self._shards, self._first = topics.partitions, topics.first_partitions
        self._are_shards = self._shards == self._first
        self.letters = number % self._first

    def of_facts(self, ticket: str) -> int:
        """Partition of the facts of ``ticket``: of its key, where its shard is that of its key, too."""
        if self._are_shards:
            return self._number
        key = ticket.encode()
        if murmur2_partition(key, self._shards) != self._number:
            return self.letters
        return murmur2_partition(key, self._first)

    @property
    def all_of_facts(self) -> list[int]:
        """Partitions that may hold facts of its tickets."""
        return [self.letters] if not self._shards % self._first else [*range(self._first)]
