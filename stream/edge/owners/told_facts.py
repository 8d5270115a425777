"""Facts that a topic tells of tickets, to be compared with those that their logs say now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from stream.domain.changes import Changes
from stream.domain.segments import THREE, Dimensions
from stream.edge.owners.fact_rows import FactRows, fact_key

_RECORDS_A_STEP: Final = 32


class ToldFacts:
    """Facts of some ``kinds`` (None: of any) that were told and not taken back, by ticket and key: a hash of each."""

    def __init__(self, kinds: Collection[str] | None, dimensions: Dimensions = THREE) -> None:
        self._kinds = None if kinds is None else frozenset([kind.encode() for kind in kinds])
        self._rows = FactRows(dimensions)
        self._told: dict[bytes, dict[bytes, int]] = {}

    def remember_steps(self, records: Sequence[Any]) -> Iterator[None]:
        """Take what the topic holds, in its order, some records at a time."""
        for begin in range(0, len(records), _RECORDS_A_STEP):
            self._remember(records[begin : begin + _RECORDS_A_STEP])
            yield

    def _remember(self, records: Sequence[Any]) -> None:
        kinds, told = self._kinds, self._told
        for record in records:
            ticket, _, fact = record.key.partition(b"|")
            if kinds is not None and fact.partition(b"/")[0] not in kinds:
                continue
            value = record.value
            if value is not None:
                of_ticket = told.get(ticket)
                if of_ticket is None:
                    of_ticket = told[ticket] = {}
                of_ticket[fact] = hash(value)
            elif ticket in told:
                told[ticket].pop(fact, None)

    def compare(self, ticket: str, changes: Changes, begin: int) -> None:
        """Of the facts of ``ticket``, in ``changes`` from ``begin`` on, leave what differs; and add what is gone."""
        told = self._told.pop(fact_key(ticket, "")[:-1], None)
        if told is None:
            return
        facts = changes.facts[begin:]
        del changes.facts[begin:]
        for name, key, fact in facts:
            if told.pop(key.encode(), None) != hash(self._rows.row(name, key, fact)[1]):
                changes.facts.append((name, key, fact))
        changes.facts += [(ticket, key.decode(), None) for key in told]
