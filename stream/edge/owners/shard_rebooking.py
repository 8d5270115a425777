"""Booking a shard anew that was stored under other rules: in bounded transactions, so that it may end at any of them.

The first says what is about to change (`Parts.half`), the last that it has. Whoever finds the first without the last
begins again.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, TypeAlias

from stream.clock import monotonic_seconds
from stream.domain.changes import Changes
from stream.domain.parts import Parts
from stream.domain.rebooking import Rebooking
from stream.domain.remainders import in_transactions
from stream.domain.segments import dimensions_named
from stream.edge.owners import published_facts
from stream.edge.owners.told_facts import ToldFacts
from stream.edge.process.crash_points import CrashPoints
from stream.edge.process.turns import Turns
from stream.settings import Settings

log = logging.getLogger(__name__)

_ROWS_AT_ONCE: Final = 20_000
_PANES_AT_ONCE: Final = 5_000
_FACT_BYTES: Final = 200

Write: TypeAlias = Callable[[Changes, Parts | None], Awaitable[None]]
"""Writes what changed, and under which rules the state is from then on; None: nobody knows."""


class ShardRebooking:
    """``tickets``: all that are looked at; ``tickets_left``: of these."""

    def __init__(
        self, partition: int, settings: Settings, work: Rebooking, turns: Turns, crash: CrashPoints, write: Write
    ) -> None:
        self._partition = partition
        self._settings = settings
        self._work = work
        self._turns = turns
        self._crash = crash
        self._write = write
        self.tickets = work.tickets
        self.facts_total = 0
        bounds = settings.pipeline
        self._most_rows = min(bounds.max_transaction_rows, _ROWS_AT_ONCE)
        self._most_bytes = bounds.max_transaction_bytes

    @property
    def tickets_left(self) -> int:
        """To be booked anew."""
        return self._work.tickets_left

    async def run(self, before: Parts | None, after: Parts, now_us: int) -> None:
        """Book anew what differs. Once all of this worker's shards that do so have had their turn, one by one."""
        async with self._turns.alone:
            began = monotonic_seconds()
            log.info("shard %d was stored under other settings: booking anew %s", self._partition, self._what(before))
            half = before.half(after, self._work.changed) if before is not None else None
            told = ToldFacts(self._work.kinds, dimensions_named(self._settings.dimensions))
            if self._work.kinds is None or self._work.kinds:
                await published_facts.read_published(self._settings, self._partition, self._turns, told)
            first = Changes()
            await self._turns.run(self._work.lose_steps(first))
            await self._write(first, half)
            self._crash.reach("rebooking")
            while self._work.tickets_left:
                changes = Changes()
                await self._turns.run(self._ticket_steps(changes, told))
                self.facts_total += len(changes.facts)
                await self._write(changes, half)
                self._crash.reach("rebooking")
            await self._close(half, after, now_us)
            log.info(
                "shard %d: booked anew from %d tickets in %.1f s, %d facts differ",
                self._partition,
                self.tickets,
                monotonic_seconds() - began,
                self.facts_total,
            )

    def _what(self, before: Parts | None) -> str:
        if before is None:
            return "all of it, as it does not say which"
        return ", ".join(sorted(self._work.changed)) or "what is kept for longer"

    def _ticket_steps(self, changes: Changes, told: ToldFacts) -> Iterator[None]:
        """As many tickets as a transaction may hold."""
        size_bytes = begin = 0
        for name in self._work.book_steps(changes):
            told.compare(name, changes, begin)
            size_bytes += _FACT_BYTES * (len(changes.facts) - begin)
            begin = len(changes.facts)
            if changes.tickets and changes.tickets[-1][0] == name:
                size_bytes += len(changes.tickets[-1][1] or b"")
            if begin + len(changes.tickets) + len(changes.answers) >= self._most_rows or size_bytes >= self._most_bytes:
                return
            yield

    async def _close(self, half: Parts | None, after: Parts, now_us: int) -> None:
        last = Changes()
        await self._turns.run(self._work.close_steps(now_us, last))
        panes, last.panes = last.panes, []
        for rows in in_transactions(panes, _PANES_AT_ONCE):
            part = Changes()
            part.panes = rows
            await self._write(part, half)
            self._crash.reach("rebooking")
        await self._write(last, after)
        self._crash.reach("rebooked")
