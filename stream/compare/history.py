"""Recorded events, counted to the end in this process: the core alone, without Kafka, roll-up owner or topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

from stream.contract.decoder import Decoder
from stream.domain.changes import Changes
from stream.domain.customer_events import CUSTOMER_EVENTS
from stream.domain.log import Insertion
from stream.domain.rejections import Rejected, Skipped
from stream.domain.rollup import Rollup
from stream.domain.rows import Row
from stream.domain.segments import dimensions_named, group_labels
from stream.domain.shard import Shard
from stream.domain.statements import Stated
from stream.domain.windows import TOTAL, PanePlan
from stream.rules import customer_rules_of, places_of, rules_of
from stream.settings import Settings

RowKey: TypeAlias = tuple[str, str, str, str]
"""Metric, definition, group-by, and the group's values as one text."""

_SAID: Final = {
    Insertion.ADDED: "events counted",
    Insertion.DUPLICATE: "duplicates",
    Insertion.CONFLICT: "same id, other content",
    Insertion.NOT_KEPT: "of tickets that are full, not kept",
    Insertion.FORGOTTEN: "of customers to be forgotten, not kept",
}
_EVENTS_A_SETTLEMENT: Final = 20_000
_PARTITION: Final = 0


class History:
    """Everything is one shard, all of it in memory. ``tally``: what became of the lines.

    Rows are those of all time and, for levels, of the end: the time of the newest event.
    """

    def __init__(self, settings: Settings) -> None:
        rules = rules_of(settings)
        self._shard = Shard(msgspec.structs.replace(rules, plan=PanePlan.for_windows((TOTAL,))))
        self._decoder = Decoder(rules.limits, customer_rules_of(settings))
        self._rollup = Rollup(
            settings.registry.rows,
            (TOTAL,),
            settings.group_names,
            settings.windows.zone,
            places=places_of(settings),
            stages=rules.all_stages,
            dimensions=dimensions_named(settings.dimensions),
        )
        self._tolerance_us = round(rules.limits.future_tolerance_seconds * 1_000_000)
        self._counts_customers = bool(settings.customers)
        self._folded = 0
        self.tally: Counter[str] = Counter()

    def fold(self, line: bytes, now_us: int) -> None:
        """Count one event. ``now_us``: the clock; what is dated later than it, and the tolerance, is refused."""
        decoded = self._decoder.decode(line, None, (), now_us + self._tolerance_us)
        if isinstance(decoded, Rejected):
            self.tally[f"dead letters, {decoded.reason}"] += 1
            return
        if isinstance(decoded, Skipped):
            self.tally["of unknown type"] += 1
            return
        name, event = decoded
        if type(event) in CUSTOMER_EVENTS:
            if not self._counts_customers:
                self.tally["of unknown type"] += 1
                return
            folded = self._shard.fold_customer(name, event, now_us, line)
        else:
            folded = self._shard.fold(name, event, now_us, line)
        if isinstance(folded, Rejected):
            self.tally[f"dead letters, {folded.reason}"] += 1
            return
        self.tally[_SAID[folded]] += 1
        self._folded += 1
        if not self._folded % _EVENTS_A_SETTLEMENT:
            self._settle()

    @property
    def newest_us(self) -> int:
        """The time of the newest event."""
        return self._shard.newest_us

    def rows(self) -> Mapping[RowKey, Row]:
        """The last rows of all groups, once everything is folded."""
        self._settle()
        self._rollup.advance(self._shard.newest_us)
        found: dict[RowKey, Row] = {}
        for block in self._rollup.take_blocks():
            group = ", ".join(group_labels(block.by, block.group).values())
            for name in block.numbers:
                row = block.row(name)
                found[row["metric"], row["definition"], block.by, group] = row
        return found

    def _settle(self) -> None:
        stated = self._settle_once()
        while stated:
            for customer, statement in stated:
                heard = self._shard.hear(customer, statement)
                if isinstance(heard, Rejected):
                    self.tally[f"dead letters, {heard.reason}"] += 1
            stated = self._settle_once()

    def _settle_once(self) -> list[Stated]:
        """Gives what customers are to hear, which may make them state something themselves."""
        changes: Changes = self._shard.settle(self._shard.newest_us)
        for key, cells in changes.panes:
            # The shard goes on with its cells: what the roll-up compares the next ones with has to be its own.
            held = {measure: cell.copy() for measure, cell in cells.items()} if cells is not None else None
            self._rollup.apply_pane(_PARTITION, key, held)
        for segment, levels in changes.levels:
            self._rollup.apply_levels(_PARTITION, segment, levels)
        for origin, said, _ in changes.refused:
            if origin is not None:
                self.tally[_SAID[said]] -= 1
            self.tally["dead letters, internal_error"] += 1
        for said, true in changes.corrections:
            self.tally[_SAID[said]] -= 1
            self.tally[_SAID[true]] += 1
        changes.forget_ways()
        return changes.stated
