"""How a ticket is stored: ``[last_us, at_rest, levels, [event, ...], floor_seconds]`` as msgpack.

The inner array grows by appending encoded events; nothing else in the row grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from stream.domain.events import Event
from stream.domain.segments import Segment

NO_LEVELS: Final = b"\x90"
_WITHOUT_FLOOR: Final = 0x94
_SMALL_ARRAY, _ARRAY16, _ARRAY32 = 0x90, 0xDC, 0xDD


class LevelRow(Struct, frozen=True, array_like=True, gc=False):
    """A level the ticket is in, as stored, so that loading needs not read the log."""

    measure: str
    segment: Segment
    since_us: int


class TicketHead(Struct, frozen=True, array_like=True, gc=False):
    """What is stored of a ticket, with the log left undecoded.

    ``is_at_rest``: nothing is under way, it may be forgotten after the horizon. ``floor_seconds``: see `Ticket`.
    """

    last_us: int
    is_at_rest: bool
    levels: tuple[LevelRow, ...]
    log: msgspec.Raw
    floor_seconds: int = 0


encode: Final = msgspec.msgpack.Encoder().encode
decode_head: Final = msgspec.msgpack.Decoder(TicketHead).decode
decode_log: Final = msgspec.msgpack.Decoder(list[Event]).decode


def array_head(count: int) -> bytes:
    """What an array of ``count`` elements begins with, and its elements follow."""
    if count < 16:
        return bytes((_SMALL_ARRAY | count,))
    if count < 1 << 16:
        return bytes((_ARRAY16,)) + count.to_bytes(2, "big")
    return bytes((_ARRAY32,)) + count.to_bytes(4, "big")


def place_of_events(row: bytes, head: TicketHead) -> tuple[int, int]:
    """Where in ``row`` the encoded events begin and end."""
    log = memoryview(head.log)
    end = len(row)
    if row[0] != _WITHOUT_FLOOR:
        end -= len(encode(head.floor_seconds))
    head_bytes = {_ARRAY16: 3, _ARRAY32: 5}.get(log[0], 1)
    return end - len(log) + head_bytes, end


def with_levels(head: TicketHead, levels: Sequence[LevelRow]) -> bytes:
    """The row of the same log in other levels. What is in none is settled."""
    return encode((head.last_us, not levels, levels, head.log, head.floor_seconds))
