"""What travels from the shards to the roll-up: cumulative snapshots, each replacing the one before it.

Keys are ``<partition>|<kind>|...``: ``p`` a pane (``<width>|<start>|<segment>``), ``l`` the levels and ``c`` the
counters of a segment, ``m`` the first members of a level (``<measure>|<segment>``), ``n`` the newest answers of a
metric (``<metric>|<segment>``), ``s`` the shard's status. The same keys without the partition name the rows of the
changelog; there ``n`` has the answers of a ticket.
"""

from __future__ import annotations

import json
from typing import Final

import msgspec

from stream.domain.cells import Cell, Cells
from stream.domain.levels import MemberKey
from stream.domain.membership import Members
from stream.domain.remainders import PaneKey
from stream.domain.segments import Segment
from stream.domain.windows import FINE_SECONDS

_WIDE: Final = b"\xc1"
"""No msgpack begins with it: behind it are cells as JSON, whose integers may be of any size."""

_REMAINDER: Final = b"\xc0"
"""Nor with this: behind it are cells of a pane without what finer panes hold (see `remainders`)."""

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(dict[str, tuple[int, int, dict[int, int] | None]]).decode
_decode_members: Final = msgspec.msgpack.Decoder(tuple[tuple[int, str], ...]).decode


def encode_cells(cells: Cells) -> bytes:
    """Cells as they are stored and sent. Sums beyond 64 bits (30 million spans of a week) take the wide form."""
    try:
        return _encode({name: (cell.count, cell.sum, cell.bins) for name, cell in cells.items()})
    except OverflowError:
        rows = {name: [cell.count, cell.sum, [*(cell.bins or {}).items()]] for name, cell in cells.items()}
        return _WIDE + json.dumps(rows, separators=(",", ":")).encode()


def decode_cells(value: bytes) -> Cells:
    """Inverse of `encode_cells`, and of `encode_pane`."""
    if value[:1] == _REMAINDER:
        value = value[1:]
    if value[:1] != _WIDE:
        return {name: Cell(count, total, bins) for name, (count, total, bins) in _decode(value).items()}
    return {
        name: Cell(count, total, dict(bins) or None) for name, (count, total, bins) in json.loads(value[1:]).items()
    }


def encode_pane(key: PaneKey, cells: Cells) -> bytes:
    """The row of a pane, as it is stored and sent."""
    value = encode_cells(cells)
    return value if key[0] == FINE_SECONDS else _REMAINDER + value


def is_whole(key: PaneKey, value: bytes) -> bool:
    """True for a row that has what finer panes hold, too, as older versions wrote them."""
    return key[0] != FINE_SECONDS and value[:1] != _REMAINDER


def pane_key(key: PaneKey) -> bytes:
    """Key of a pane's row."""
    width, start, segment = key
    return f"p|{width}|{start}|{segment}".encode()


def parse_pane_key(key: bytes) -> PaneKey:
    """Inverse of `pane_key`."""
    _, width, start, segment = key.decode().split("|", 3)
    return int(width), int(start), segment


def segment_key(kind: str, segment: Segment) -> bytes:
    """Key of the levels (``l``) or counters (``c``) of a segment."""
    return f"{kind}|{segment}".encode()


def parse_segment_key(key: bytes) -> Segment:
    """Inverse of `segment_key`."""
    return key[2:].decode()


def members_key(key: MemberKey) -> bytes:
    """Key of the first members of a level."""
    measure, segment = key
    return f"m|{measure}|{segment}".encode()


def parse_members_key(key: bytes) -> MemberKey:
    """Inverse of `members_key`."""
    _, measure, segment = key.decode().split("|", 2)
    return measure, segment


def encode_members(members: Members) -> bytes:
    """The first members of a level as they are sent."""
    return _encode(members)


def decode_members(value: bytes) -> Members:
    """Inverse of `encode_members`."""
    return _decode_members(value)


def answers_key(metric: str, segment: Segment) -> bytes:
    """Key of the newest answers of a metric in a segment."""
    return f"n|{metric}|{segment}".encode()


def parse_answers_key(key: bytes) -> tuple[str, Segment]:
    """Inverse of `answers_key`."""
    _, metric, segment = key.decode().split("|", 2)
    return metric, segment
