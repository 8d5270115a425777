"""Rows of the changelog, put back into the state that they are of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from stream.domain.partials import decode_cells, is_whole, parse_pane_key, parse_segment_key
from stream.domain.parts import Parts
from stream.domain.shard import Shard
from stream.edge.kafka.damage import DAMAGE, damaged_row
from stream.edge.owners.shard_rows import FORGOTTEN, POSITION_KEY, RULES_KEY, SEGMENTS_KEY
from stream.edge.owners.stored_position import StoredPosition
from stream.edge.owners.stored_rules import decode_position

_decode_segments: Final = msgspec.json.Decoder(list[str]).decode
_decode_flag: Final = msgspec.json.Decoder(bool).decode
_decode_parts: Final = msgspec.json.Decoder(Parts).decode


class StoredRows:
    """``position`` and ``parts``: the last ones; None before the first."""

    def __init__(self, state: Shard) -> None:
        self._state = state
        self.position: StoredPosition | None = None
        self.parts: Parts | None = None

    def restore_steps(self, records: Iterable[Any], topic: str, partition: int) -> Iterator[None]:
        """Apply records of that place, in their order, one with each step. LossError: one cannot be read."""
        for record in records:
            try:
                self.restore(record.key, record.value)
            except DAMAGE as error:
                raise damaged_row(topic, partition, record.offset, error) from error
            yield

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Apply one row. Raises one of `stream.edge.kafka.damage.DAMAGE` where no shard writes such a row."""
        state, kind = self._state, key[:2]
        cells = decode_cells(value) if value is not None and kind in (b"p|", b"c|") else None
        if kind == b"t|":
            state.restore_ticket(key[2:].decode(), value)
        elif kind == b"p|":
            pane = parse_pane_key(key)
            state.restore_pane(pane, cells, is_whole=value is not None and is_whole(pane, value))
        elif kind == b"n|":
            state.answers.restore(key[2:].decode(), value)
        elif kind == b"c|":
            state.counters.restore(parse_segment_key(key), cells)
        elif value is None:
            raise ValueError("none of these is ever deleted")
        elif kind == FORGOTTEN:
            state.restore_forgotten(key[2:].decode(), _decode_flag(value))
        elif key == SEGMENTS_KEY:
            state.admission.restore(_decode_segments(value))
        elif key == RULES_KEY:
            self.parts = _decode_parts(value)
        elif key == POSITION_KEY:
            self.position = decode_position(value)
        else:
            raise ValueError("no kind of row")
