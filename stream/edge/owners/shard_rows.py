"""What a shard writes of its changes, topic by topic, made in steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

import msgspec

from stream.domain.changes import Changes
from stream.domain.partials import (
    answers_key,
    encode_cells,
    encode_members,
    encode_pane,
    members_key,
    pane_key,
    segment_key,
)
from stream.domain.parts import Parts
from stream.domain.segments import THREE, Dimensions
from stream.domain.shard import Shard
from stream.edge.owners.fact_rows import FactRows
from stream.edge.owners.stored_position import StoredPosition

POSITION_KEY: Final = b"="
SEGMENTS_KEY: Final = b"a"
RULES_KEY: Final = b"r"
FORGOTTEN: Final = b"f|"
_ROWS_A_STEP: Final = 64

Row: TypeAlias = tuple[bytes, bytes | None]


_encode_json: Final = msgspec.json.Encoder().encode


def position_row(position: StoredPosition) -> Row:
    """The row of the changelog that every transaction ends with."""
    return POSITION_KEY, _encode_json(position)


class ShardRows:
    """Rows of one transaction: iterate `steps`, then read the lists.

    ``placed_facts``: by the partition that ``place_of`` says of their ticket; without it, that of the shard.
    """

    def __init__(
        self,
        partition: int,
        changes: Changes,
        dimensions: Dimensions = THREE,
        place_of: Callable[[str], int] | None = None,
    ) -> None:
        self._partition = partition
        self._place_of = place_of
        self._fact_rows = FactRows(dimensions)
        self._prefix = b"%d|" % partition
        self._changes = changes
        self.changelog: list[Row] = []
        self.partials: list[Row] = []
        self.placed_facts: dict[int, list[Row]] = {}

    def steps(self) -> Iterator[None]:
        """Make the rows of all changes. They hold what panes and counters are now: nothing may be booked meanwhile."""
        changes = self._changes
        for begin in range(0, len(changes.tickets), _ROWS_A_STEP):
            self._add_tickets(begin)
            yield
        for begin in range(0, len(changes.panes), _ROWS_A_STEP):
            self._add_panes(begin)
            yield
        for begin in range(0, len(changes.levels), _ROWS_A_STEP):
            self._add_levels(begin)
            yield
        for begin in range(0, len(changes.members), _ROWS_A_STEP):
            self._add_members(begin)
            yield
        for begin in range(0, len(changes.counters), _ROWS_A_STEP):
            self._add_counters(begin)
            yield
        for begin in range(0, len(changes.answers), _ROWS_A_STEP):
            self.changelog += [
                (b"n|" + name.encode(), row) for name, row in changes.answers[begin : begin + _ROWS_A_STEP]
            ]
            yield
        for begin in range(0, len(changes.last_answers), _ROWS_A_STEP):
            self._add_last_answers(begin)
            yield
        for begin in range(0, len(changes.facts), _ROWS_A_STEP):
            self._add_facts(begin)
            yield

    def _add_tickets(self, begin: int) -> None:
        for name, row in self._changes.tickets[begin : begin + _ROWS_A_STEP]:
            self.changelog.append((b"t|" + name.encode(), row))

    def _add_panes(self, begin: int) -> None:
        prefix = self._prefix
        for pane, cells in self._changes.panes[begin : begin + _ROWS_A_STEP]:
            key, value = pane_key(pane), encode_pane(pane, cells) if cells is not None else None
            self.changelog.append((key, value))
            self.partials.append((prefix + key, value))

    def _add_levels(self, begin: int) -> None:
        prefix = self._prefix
        for segment, cells in self._changes.levels[begin : begin + _ROWS_A_STEP]:
            value = encode_cells(cells) if cells is not None else None
            self.partials.append((prefix + segment_key("l", segment), value))

    def _add_members(self, begin: int) -> None:
        prefix = self._prefix
        for key, members in self._changes.members[begin : begin + _ROWS_A_STEP]:
            value = encode_members(members) if members is not None else None
            self.partials.append((prefix + members_key(key), value))

    def _add_counters(self, begin: int) -> None:
        prefix = self._prefix
        for segment, cells in self._changes.counters[begin : begin + _ROWS_A_STEP]:
            key, value = segment_key("c", segment), encode_cells(cells) if cells is not None else None
            self.changelog.append((key, value))
            self.partials.append((prefix + key, value))

    def _add_last_answers(self, begin: int) -> None:
        for place, value in self._changes.last_answers[begin : begin + _ROWS_A_STEP]:
            self.partials.append((self._prefix + answers_key(*place), value))

    def _add_facts(self, begin: int) -> None:
        place_of, partition = self._place_of, self._partition
        for ticket, name, fact in self._changes.facts[begin : begin + _ROWS_A_STEP]:
            if place_of is not None:
                partition = place_of(ticket)
            self.placed_facts.setdefault(partition, []).append(self._fact_rows.row(ticket, name, fact))

    @property
    def facts(self) -> list[Row]:
        """Those of all partitions."""
        return [row for rows in self.placed_facts.values() for row in rows]

    def close(self, position: StoredPosition, parts: Parts | None = None) -> None:
        """Add what every transaction ends with. ``parts``: the rules of the state, where they are to be told."""
        if self._changes.segments is not None:
            self.changelog.append((SEGMENTS_KEY, _encode_json(self._changes.segments)))
        for digest, is_sought in self._changes.forgotten:
            self.changelog.append((FORGOTTEN + digest.encode(), _encode_json(is_sought)))
        if parts is not None:
            self.changelog.append((RULES_KEY, _encode_json(parts)))
            self.partials.append((self._prefix + RULES_KEY, _encode_json(parts)))
        self.changelog.append(position_row(position))
        # The roll-up takes what came before it as one.
        self.partials.append((self._prefix + b"s", _encode_json(position.status)))


def snapshot_rows(partition: int, state: Shard) -> Iterator[Row]:
    """All that a shard has told the roll-up and that still holds, but for levels: those it tells anew by itself."""
    prefix = b"%d|" % partition
    for pane, rest in state.panes.rows():
        yield prefix + pane_key(pane), encode_pane(pane, rest)
    for segment, cells in state.counters:
        yield prefix + segment_key("c", segment), encode_cells(cells)
    for place, value in state.answers.told():
        yield prefix + answers_key(*place), value
