"""Telling customers anew: what tickets state of them where nobody knows what they were told, or by which rules."""

from __future__ import annotations

from collections.abc import Iterator

from stream.domain.changes import Changes
from stream.domain.derivation import Derivation
from stream.domain.shard import Shard
from stream.domain.statements import NOTHING, stated_anew
from stream.domain.timeline import ALL_CHANGED, timeline_of


class Telling:
    """All tickets of ``shard``, whose rows have been put back, and its customers that were merged, from their logs."""

    def __init__(self, shard: Shard) -> None:
        self._shard = shard
        self._derivation = Derivation((), shard.rules.definitions, makes_statements=True)
        self._names = shard.tickets.names()

    @property
    def tickets_left(self) -> int:
        """So many have to state theirs."""
        return len(self._names)

    def steps(self, into: Changes) -> Iterator[None]:
        """Ticket by ticket; those left are for the next call."""
        derivation = self._derivation
        while self._names:
            name = self._names.pop()
            log = self._shard.tickets.stored_log(name)
            try:
                timeline = timeline_of(log, derivation.plan)
                holding = derivation.statements(name, timeline, ALL_CHANGED, NOTHING)
                into.stated += stated_anew(name, log, holding)
            except Exception as error:
                # A log that cannot be read states nothing, as it did before.
                into.failures.append(error)
            yield
