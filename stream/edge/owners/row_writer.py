"""Writing rows to their topic, at a pace of its own: what is shown meanwhile never waits for it.

Two things are written by the owner of the roll-up, one transaction at a time. Alerts and names of groups, as soon as
there are any. And every `pipeline.publish_rows_seconds` the rows that differ from what was written before, as they are
at one moment, but for those that change all the time (`row_pace`). They are followed by how far they are.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from stream.clock import Clock
from stream.edge.kafka.damage import DAMAGE, PUBLISHED_REMEDY, damaged_row
from stream.edge.kafka.transactions import Rows as Records
from stream.edge.kafka.transactions import Transactions
from stream.edge.owners.published_numbers import Changes, PublishedNumbers, encode
from stream.edge.owners.row_pace import RowPace, intervals_us
from stream.edge.owners.view import PROGRESS_KEY, Progress
from stream.edge.process.last_resort import guarded
from stream.edge.process.turns import Turns, let_go
from stream.rules import windows_of
from stream.settings import Settings

_ROWS_AT_ONCE: Final = 20_000
"""Rows in one transaction, so that a publication of all there are is never in memory as a whole."""

_TOLD_EVERY_US: Final = 5_000_000
"""Who holds the numbers is looked up from the end of the partials: it must not be far."""


class RowWriter:
    """``numbers``: the rows as they are, and as they were written. ``nobody``: progress of no row, by this worker.

    ``knows_written``: False while rows that an owner before this one has written are still being read; none are
    written meanwhile, as their revisions are not known.
    """

    def __init__(
        self, settings: Settings, clock: Clock, transactions: Transactions, turns: Turns, nobody: Progress
    ) -> None:
        bounds = settings.pipeline
        # A replay is waited for, and what it shows is what it has written.
        self._every_us = round(bounds.publish_rows_seconds * 1e6) if not settings.is_history else 0
        intervals = intervals_us(windows_of(settings), bounds.row_writes_per_window) if self._every_us else {}
        self.numbers = PublishedNumbers(RowPace(intervals) if intervals else None)
        self.knows_written = True
        self.written_total = 0
        self._clock = clock
        self._transactions = transactions
        self._turns = turns
        self._topics = settings.topic_names
        self._most_rows = min(bounds.max_transaction_rows, _ROWS_AT_ONCE)
        self._most_bytes = bounds.max_transaction_bytes
        self._patience_seconds = bounds.transaction_timeout_seconds
        self._contained = nobody
        self._has_told = False
        self._told_us = self._written_us = 0
        self._writing: asyncio.Task[None] | None = None
        self._began_us: int | None = None
        self._one_at_a_time = asyncio.Lock()
        self._may_begin = asyncio.Event()
        self._may_begin.set()
        self._closed = False

    @property
    def is_busy(self) -> bool:
        """True while rows are compared and written."""
        return self._writing is not None and not self._writing.done()

    @property
    def transaction_seconds(self) -> float:
        """How long the transaction under way has taken; 0 when there is none."""
        return 0.0 if self._began_us is None else (self._clock.now_us() - self._began_us) / 1e6

    def remember(self, records: Sequence[Any]) -> Iterator[None]:
        """Take over rows that were written before, one at a time. LossError: one is no such row."""
        for record in records:
            try:
                self.numbers.remember(record.key.decode(), record.value)
            except DAMAGE as error:
                raise damaged_row(self._topics["metrics"], 0, record.offset, error, PUBLISHED_REMEDY) from error
            yield

    async def tell(self, alerts: Records, names: Records) -> None:
        """Write at once what must not wait: alerts, and names before the rows that they lead to.

        And where this worker is, unless that is going to be said with the rows.
        """
        told = [*names]
        if (self.is_busy or not self.knows_written) and self._is_forgotten:
            told.append(self._progress_row(self._contained))
        rows = {(self._topics[name], 0): of for name, of in (("alerts", alerts), ("partials", told)) if of}
        if rows:
            await self._write(rows)

    async def write_rows(self, progress: Progress, watermark: str, *, is_whole: bool = True) -> None:
        """Begin to write the rows that differ now, where it is time to; ``progress``: what they contain.

        ``is_whole``: no row that is not there now waits to be made. Waits for the end where rows are written with every
        publication.
        """
        is_early = 0 <= self._clock.now_us() - self._written_us < self._every_us
        if not self.knows_written or self.is_busy or is_early:
            return
        changes: Changes = deque()
        comparison = self._while_open(self.numbers.compare(changes, self._clock.now_us(), is_whole=is_whole))
        next(comparison)  # what is taken from now on is not in ``progress``
        self._writing = guarded(self._write_rows(comparison, changes, progress, watermark), "writing derived rows")
        if not self._every_us:
            await asyncio.wait([self._writing])

    async def _write_rows(
        self, comparison: Iterator[None], changes: Changes, progress: Progress, watermark: str
    ) -> None:
        await self._turns.run(comparison)
        has_moved = progress.positions != self._contained.positions and (changes or not self._every_us)
        is_told = bool(has_moved) or not self._has_told or self._is_forgotten
        if changes:
            self._written_us = self._clock.now_us()
        while changes or is_told:
            rows: list[tuple[bytes, bytes | None]] = []
            await self._turns.run(encode(changes, watermark, self._most_rows, self._most_bytes, rows))
            await self._may_begin.wait()
            if self._closed:
                return
            written: dict[tuple[str, int], Records] = {(self._topics["metrics"], 0): rows} if rows else {}
            if is_told and not changes:
                # Last, as it says what all rows before it contain.
                is_told = False
                self._contained, self._has_told = progress, True
                written[self._topics["partials"], 0] = [self._progress_row(progress)]
            await self._write(written)
            self.written_total += len(rows)
            await self._turns.run(let_go(rows))

    @property
    def _is_forgotten(self) -> bool:
        return bool(self._contained.address) and not 0 <= self._clock.now_us() - self._told_us < _TOLD_EVERY_US

    def _progress_row(self, progress: Progress) -> tuple[bytes, bytes]:
        self._told_us = self._clock.now_us()
        return PROGRESS_KEY, msgspec.json.encode(progress)

    async def _write(self, rows: Mapping[tuple[str, int], Records]) -> None:
        async with self._one_at_a_time:
            self._began_us = self._clock.now_us()
            await self._transactions.write(rows, {})
            self._began_us = None

    def _while_open(self, steps: Iterator[None]) -> Iterator[None]:
        for _ in steps:
            if self._closed:
                return
            yield

    async def pause(self) -> None:
        """Wait for the transaction under way, and begin none with rows before `go_on`."""
        self._may_begin.clear()
        try:
            async with asyncio.timeout(self._patience_seconds), self._one_at_a_time:
                return
        except TimeoutError:
            return

    def go_on(self) -> None:
        """End a pause."""
        self._may_begin.set()

    def hurry(self) -> None:
        """Write all that differs with each publication from now on."""
        self._every_us = 0
        self.numbers.pace = None

    def stop(self) -> None:
        """Begin nothing any more."""
        self._closed = True
        self._may_begin.set()

    async def flush(self, seconds: float | None = None) -> None:
        """Wait for what is being written, so long at most; None: for as long as a transaction may take."""
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=self._patience_seconds if seconds is None else seconds)
