"""The loop over records that every event goes through: decode, fold, and what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from stream.contract.decoder import Decoder
from stream.domain.customer_events import CUSTOMER_EVENTS
from stream.domain.log import ADDED, Insertion
from stream.domain.rejections import Rejected
from stream.domain.shard import Shard

_LOG_APPEND_TIME: Final = 1
EVENTS_A_STEP: Final = 64
_BYTES_A_STEP: Final = 1 << 20
SAID: Final = {
    ADDED: "events",
    Insertion.DUPLICATE: "duplicates",
    Insertion.CONFLICT: "conflicts",
    Insertion.NOT_KEPT: "not_kept",
    Insertion.FORGOTTEN: "forgotten",
}
"""Names in the tally."""


class FoldLoop:
    """Settings as numbers: no event asks for one by its name.

    ``is_history``: the clock of a record is that of events. ``newest_us`` and ``size_bytes`` are of the last `run`.
    ``dead_letter`` and ``refuse`` are told of records that are not counted: with the reason, or with what was raised.
    """

    def __init__(
        self,
        decoder: Decoder,
        shard: Shard,
        tally: Counter[str],
        dead_letter: Callable[[Rejected, Any], None],
        refuse: Callable[[Any, Exception], None],
        *,
        tolerance_us: int,
        late_after_us: int,
        counts_customers: bool,
        is_history: bool,
    ) -> None:
        self.newest_us = 0
        self.size_bytes = 0
        self._decoder = decoder
        self._shard = shard
        self._tally = tally
        self._dead_letter = dead_letter
        self._refuse = refuse
        self._tolerance_us = tolerance_us
        self._late_after_us = late_after_us
        self._counts_customers = counts_customers
        self._is_history = is_history

    def run(self, records: Sequence[Any], begin: int, position: int, wall_us: int, newest_us: int) -> int:
        """Fold a slice of ``records`` from index ``begin`` on, without those below ``position``: where the next begins.

        ``newest_us``: the latest time so far of events that were not dated ahead of the clock.
        """
        decoder, shard = self._decoder, self._shard
        added = late = size = 0
        end = begin
        for record in records[begin : begin + EVENTS_A_STEP]:
            end += 1
            if record.offset < position:
                continue
            now_us: int = record.timestamp * 1000 if record.timestamp_type == _LOG_APPEND_TIME else wall_us
            value: bytes | None = record.value
            try:
                decoded = decoder.decode(value, record.key, record.headers, now_us + self._tolerance_us)
                if type(decoded) is tuple:
                    name, event = decoded
                    if type(event) in CUSTOMER_EVENTS:
                        if not self._counts_customers:
                            self._tally["unknown_types"] += 1
                            continue
                        result = shard.fold_customer(name, event, now_us if self._is_history else 0, record)
                    else:
                        result = shard.fold(name, event, now_us if self._is_history else 0, record)
                    if result is ADDED:
                        added += 1
                        time_us = event.time_us
                        if time_us > newest_us:
                            # One that is dated ahead of the clock must not make those after it late.
                            newest_us = time_us if time_us <= now_us else max(newest_us, now_us)
                        elif time_us < newest_us - self._late_after_us:
                            late += 1
                    elif isinstance(result, Rejected):
                        self._dead_letter(result, record)
                    else:
                        self._tally[SAID[result]] += 1
                elif isinstance(decoded, Rejected):
                    self._dead_letter(decoded, record)
                else:
                    self._tally["unknown_types"] += 1
            except Exception as error:
                self._refuse(record, error)
            if value is not None:
                size += len(value)
            if size >= _BYTES_A_STEP:
                break
        self._tally["events"] += added
        if late:
            self._tally["late"] += late
        self.newest_us = newest_us
        self.size_bytes = size
        return end
