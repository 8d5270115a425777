"""Facts of tickets that moved: their topic keeps its partitions, so nearly all of them stay where they are.

Told anew are those of a ticket whose parts lay in two shards, and of one that was in a partition that was not its own:
be it that it is there no more, or that the partition has become its own.
"""

from __future__ import annotations

from stream.domain.facts import Facts
from stream.domain.moving import Moved
from stream.domain.segments import dimensions_named
from stream.domain.subjects import is_customer
from stream.edge.kafka.transactions import Transactions
from stream.edge.owners.derived_places import DerivedPlaces
from stream.edge.owners.fact_rows import fact_key, fact_row
from stream.edge.owners.shard_rows import Row
from stream.repartition.step import Step


class ToldFacts:
    """``rows``: by partition of the topic and key, the values to be written; None takes a fact back."""

    def __init__(self, step: Step) -> None:
        self._before = [DerivedPlaces(number, step.before.topics) for number in range(step.fewer)]
        self._after = [DerivedPlaces(number, step.after.topics) for number in range(step.more)]
        # Then what is in the partition of its key after it was so before.
        self._is_multiple = step.more % step.fewer == 0
        self._topic = step.after.topic_names["facts"]
        self._dimensions = dimensions_named(step.after.dimensions)
        self._home: set[str] = set()
        self.rows: dict[tuple[int, bytes], bytes | None] = {}

    def is_elsewhere(self, name: str, number: int) -> bool:
        """Whether facts of a ticket that stays in a shard are to lie elsewhere than they do."""
        if self._is_multiple or is_customer(name) or number >= len(self._before):
            return False
        return self._before[number].of_facts(name) != self._after[number].of_facts(name)

    def take(self, moved: Moved) -> None:
        """A ticket, or a part of one, has moved."""
        name = moved.name
        if is_customer(name):
            return
        place = self._after[moved.home].of_facts(name)
        # What is at home is of before, or a part that has come there from elsewhere.
        told = [
            (place if number == moved.home and name in self._home else self._before[number].of_facts(name), facts)
            for number, facts in moved.before.items()
        ]
        self._home.add(name)
        if len(told) == 1 and told[0][0] == place:
            return
        after = {
            fact_key(name, key): fact_row(name, key, fact, self._dimensions) for key, fact in _told(moved.after).items()
        }
        for old, facts in told:
            self.rows.update(((old, fact_key(name, key)), None) for key in _told(facts))
        self.rows.update(((place, key), row) for key, row in after.items())

    async def write(self, transactions: Transactions) -> None:
        """Take back what is told elsewhere, then tell it: so in this order for whoever goes by the key alone."""
        for is_told in (False, True):
            rows: dict[tuple[str, int], list[Row]] = {}
            for (partition, key), value in self.rows.items():
                if (value is not None) is is_told:
                    rows.setdefault((self._topic, partition), []).append((key, value))
            if rows:
                await transactions.write(rows, {})


def _told(facts: Facts) -> Facts:
    return {key: fact for key, fact in facts.items() if not fact.level}
