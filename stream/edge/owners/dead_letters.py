"""The dead letters of one shard that wait for its next transaction: bounded in size, and in number per minute."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any, Final

from stream.domain.rejections import Rejected
from stream.edge.kafka.fetched import Unreadable
from stream.edge.owners.derived import batch_letter_key, batch_letter_row, dead_letter_key, dead_letter_row
from stream.settings import DeadLetterSettings

SAMPLE: Final = 100
"""Of the letters beyond the budget one in so many is written."""
_LARGE_BYTES: Final = 16 << 10
_MINUTE_US: Final = 60_000_000

log = logging.getLogger(__name__)


class DeadLetters:
    """``rows`` and their ``size_bytes`` wait for `take`. ``has_budget`` is False in a replay, which writes them all.
    ``customers_topic``: see `dead_letter_row`.

    Every letter is counted in ``tally``, by reason; those that are not written also as ``dead_letters_unwritten``.
    """

    def __init__(
        self,
        partition: int,
        settings: DeadLetterSettings,
        max_original_bytes: int,
        tally: Counter[str],
        *,
        has_budget: bool = True,
        customers_topic: str | None = None,
    ) -> None:
        self._partition = partition
        self._settings = settings
        self._max_original_bytes = max_original_bytes
        self._tally = tally
        self._has_budget = has_budget
        self._customers_topic = customers_topic
        self._minute_began_us = 0
        self._spent = self._beyond = 0
        self.rows: list[tuple[bytes, bytes | None]] = []
        self.size_bytes = 0

    def add(self, rejected: Rejected, record: Any, now_us: int) -> None:
        """Count ``record`` as a dead letter, and have it written unless there were too many this minute."""
        self._tally[f"dead_letters/{rejected.reason}"] += 1
        if self._has_budget and not self._may_write(record, now_us):
            self._tally["dead_letters_unwritten"] += 1
            return
        key = dead_letter_key(record)
        row = dead_letter_row(rejected, record, self._max_original_bytes, self._customers_topic)
        self.rows.append((key, row))
        self.size_bytes += len(key) + len(row)

    def add_batch(self, batch: Unreadable) -> None:
        """One dead letter for all records of a batch that cannot be read."""
        self._tally[f"dead_letters/{batch.reason}"] += 1
        key, row = batch_letter_key(batch), batch_letter_row(batch)
        self.rows.append((key, row))
        self.size_bytes += len(key) + len(row)

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """All rows that wait."""
        rows, self.rows, self.size_bytes = self.rows, [], 0
        return rows

    def _may_write(self, record: Any, now_us: int) -> bool:
        if not 0 <= now_us - self._minute_began_us < _MINUTE_US:
            self._minute_began_us, self._spent, self._beyond = now_us, 0, 0
        carried = min(len(record.value or b""), self._max_original_bytes)
        # A large letter takes the place of several, so that the budget is one of bytes as well.
        self._spent += 1 + carried // _LARGE_BYTES
        if self._spent <= self._settings.max_per_minute:
            return True
        if not self._beyond:
            log.warning(
                "shard %d: more dead letters than dead_letters.max_per_minute (%d) allows; of the others of this "
                "minute one in %d is written, all are counted in deskpulse_pipeline_dead_letters_total",
                self._partition,
                self._settings.max_per_minute,
                SAMPLE,
            )
        self._beyond += 1
        return self._beyond % SAMPLE == 0
