"""What a shard writes of its changes, topic by topic, made in steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

import msgspec

from stream.domain.changes import Changes
from stream.domain.partials import encode_cells, pane_key, segment_key
from stream.domain.segments import THREE, Dimensions
from stream.domain.shard import Shard
from stream.domain.shard_status import ShardStatus
from stream.edge.owners.fact_rows import fact_key, fact_row
from stream.edge.owners.stored_position import StoredPosition

POSITION_KEY: Final = b"="
SEGMENTS_KEY: Final = b"a"
_ROWS_A_STEP: Final = 64

Row: TypeAlias = tuple[bytes, bytes | None]


_encode_json: Final = msgspec.json.Encoder().encode


class ShardRows:
    """Rows of one transaction: iterate `steps`, then read the lists."""

    def __init__(self, partition: int, changes: Changes, dimensions: Dimensions = THREE) -> None:
        self._dimensions = dimensions
        self._prefix = b"%d|" % partition
        self._changes = changes
        self.changelog: list[Row] = []
        self.partials: list[Row] = []
        self.facts: list[Row] = []

    def steps(self) -> Iterator[None]:
        """Make the rows of all changes. They hold what panes and counters are now: nothing may be booked meanwhile."""
        for count, _ in enumerate(self._make()):
            if not count % _ROWS_A_STEP:
                yield

    def _make(self) -> Iterator[None]:
        changes, prefix, changelog, partials = self._changes, self._prefix, self.changelog, self.partials
        for name, row in changes.tickets:
            changelog.append((b"t|" + name.encode(), row))
            yield
        for pane, cells in changes.panes:
            key, value = pane_key(pane), encode_cells(cells) if cells is not None else None
            changelog.append((key, value))
            partials.append((prefix + key, value))
            yield
        for segment, cells in changes.levels:
            value = encode_cells(cells) if cells is not None else None
            partials.append((prefix + segment_key("l", segment), value))
            yield
        for segment, cells in changes.counters:
            key, value = segment_key("c", segment), encode_cells(cells) if cells is not None else None
            changelog.append((key, value))
            partials.append((prefix + key, value))
            yield
        for ticket, name, fact in changes.facts:
            self.facts.append((fact_key(ticket, name), fact_row(ticket, name, fact, self._dimensions)))
            yield

    def close(self, status: ShardStatus, fingerprint: str, topic_ids: dict[str, str] | None = None) -> None:
        """Add what every transaction ends with."""
        if self._changes.segments is not None:
            self.changelog.append((SEGMENTS_KEY, _encode_json(self._changes.segments)))
        self.changelog.append((POSITION_KEY, _encode_json(StoredPosition(status, fingerprint, topic_ids or {}))))
        # The roll-up takes what came before it as one.
        self.partials.append((self._prefix + b"s", _encode_json(status)))


def snapshot_rows(partition: int, state: Shard) -> Iterator[Row]:
    """All that a shard has told the roll-up and that still holds, but for levels: those it tells anew by itself."""
    prefix = b"%d|" % partition
    for pane, cells in state.panes:
        yield prefix + pane_key(pane), encode_cells(cells)
    for segment, cells in state.counters:
        yield prefix + segment_key("c", segment), encode_cells(cells)
