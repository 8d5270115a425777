"""What a shard's tickets state to customers: where the rows of a transaction go, and telling all of them anew.

That is where customers begin to be counted, where their topic was made anew, and where other rules decide what is
stated. It takes bounded transactions; killed meanwhile, it is done again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Final

from stream.domain.changes import Changes
from stream.domain.shard import Shard
from stream.domain.telling import Telling
from stream.edge.kafka.transactions import Rows, Transactions
from stream.edge.owners.statement_rows import LOGICAL, customer_places_of, forgetting_row, rows_by_partition
from stream.edge.process.crash_points import CrashPoints
from stream.edge.process.turns import Turns
from stream.rules import statements_of
from stream.settings import Settings

log = logging.getLogger(__name__)

_TOLD: Final = "told"
"""Beside the ids of topics: which topic holds all that the state has stated, and by which rules."""
_STATED_AT_ONCE: Final = 20_000


class ShardTelling:
    """Of one shard; where customers are not counted it does nothing."""

    def __init__(
        self,
        partition: int,
        settings: Settings,
        state: Shard,
        transactions: Transactions,
        turns: Turns,
        crash: CrashPoints,
    ) -> None:
        self._partition = partition
        self._state = state
        self._transactions = transactions
        self._turns = turns
        self._crash = crash
        self._is_on = bool(settings.customers)
        self._topic = settings.topic_names[LOGICAL]
        self._places = customer_places_of(settings)
        self._partitions = settings.topics.partitions

    def rows(self, changes: Changes) -> dict[tuple[str, int], Rows]:
        """By topic and partition, what customers are to hear."""
        if not changes.stated and not changes.untold:
            return {}
        stated = rows_by_partition(changes.stated, self._places)
        for partition in range(self._partitions) if changes.untold else ():
            stated.setdefault(partition, []).extend(map(forgetting_row, changes.untold))
        return {(self._topic, partition): rows for partition, rows in stated.items()}

    async def tell_anew(self, topic_ids: dict[str, str], *, is_stored: bool) -> bool:
        """Unless all was told, by the present rules and in this topic, as ``topic_ids`` say, and will say.

        ``is_stored``: there was a state. Gives whether that had to be done.
        """
        before = topic_ids.pop(_TOLD, "")
        if not self._is_on:
            return False
        told = topic_ids[_TOLD] = f"{statements_of(self._state.rules)} {topic_ids.get(LOGICAL, self._topic)}"
        if told == before or not is_stored:
            return False
        telling = Telling(self._state)
        log.info("shard %d: customers are told of %d tickets anew", self._partition, telling.tickets_left)
        while telling.tickets_left:
            changes = Changes()
            await self._turns.run(_steps(telling, changes))
            if changes.failures:
                log.error("shard %d: %d tickets state nothing: a defect", self._partition, len(changes.failures))
                changes.forget_ways()
            await self._transactions.write(self.rows(changes), {})
            self._crash.reach("telling")
        changes = Changes()
        changes.untold = self._state.forgotten.digests
        if changes.untold:
            await self._transactions.write(self.rows(changes), {})
        return True


def _steps(telling: Telling, changes: Changes) -> Iterator[None]:
    for _ in telling.steps(changes):
        if len(changes.stated) >= _STATED_AT_ONCE:
            return
        yield
