"""Ticket ids that cannot be right: in a partition that is not theirs, or given by two systems to two tickets."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Final

from stream.domain.shard import Shard
from stream.domain.subjects import CUSTOMER_MARK, is_customer
from stream.edge.kafka.partitioning import CustomerPlaces, murmur2_partition

MOST_TOLD: Final = 20
"""Pairs of sources that are named in the log."""

log = logging.getLogger(__name__)


class IdWatch:
    """Counts them into the tally of one shard, and says each kind of trouble once."""

    def __init__(self, partition: int, partitions: int, customers: CustomerPlaces) -> None:
        self._partition = partition
        self._partitions = partitions
        self._customers = customers
        self._is_misrouting_told = False
        self._told: set[tuple[str, str]] = set()

    def look(self, state: Shard, tally: Counter[str]) -> None:
        """Count what is wrong with the tickets that are new since the last look."""
        for name in state.take_opened():
            # A ticket's events must all lie in the partition of its key, or its halves would be folded apart.
            if self._place_of(name) != self._partition:
                tally["misrouted"] += 1
                self._tell_misrouting()
        for _, before, source in state.take_clashes():
            tally["subject_clashes"] += 1
            if (before, source) not in self._told and len(self._told) < MOST_TOLD:
                self._told.add((before, source))
                log.warning("%s and %s both created a ticket of one id: give the ids of one a prefix", before, source)

    def _place_of(self, name: str) -> int:
        if is_customer(name):
            return self._customers.of(name.removeprefix(CUSTOMER_MARK))
        return murmur2_partition(name.encode(), self._partitions)

    def _tell_misrouting(self) -> None:
        if not self._is_misrouting_told:
            self._is_misrouting_told = True
            log.warning(
                "partition %d holds tickets whose key belongs elsewhere: have all producers partition by "
                "murmur2 of the ticket id (librdkafka: partitioner=murmur2_random)",
                self._partition,
            )
