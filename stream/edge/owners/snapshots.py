"""A row of the partials, read: which shard it is of, what it is a snapshot of, and what that holds."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from stream.compiled import mypyc_attr
from stream.domain.cells import Cells
from stream.domain.levels import MemberKey, Members
from stream.domain.panes import PaneKey
from stream.domain.partials import (
    decode_cells,
    decode_members,
    parse_members_key,
    parse_pane_key,
    parse_segment_key,
)
from stream.domain.parts import Parts
from stream.domain.segments import Segment
from stream.domain.shard_status import ShardStatus

STATUS: Final = b"s"
RULES: Final = b"r"
_SEGMENT_KINDS: Final = (b"l", b"c")

_decode_parts: Final = msgspec.json.Decoder(Parts).decode
_decode_status: Final = msgspec.json.Decoder(ShardStatus).decode


@mypyc_attr(acyclic=True)
class PaneSnapshot:
    """``cells`` None: the pane is gone."""

    __slots__ = ("cells", "pane", "partition")

    def __init__(self, partition: int, pane: PaneKey, cells: Cells | None) -> None:
        self.partition = partition
        self.pane = pane
        self.cells = cells


@mypyc_attr(acyclic=True)
class SegmentSnapshot:
    """``kind`` l: levels, c: counters. ``cells`` None: none are left."""

    __slots__ = ("cells", "kind", "partition", "segment")

    def __init__(self, partition: int, kind: bytes, segment: Segment, cells: Cells | None) -> None:
        self.partition = partition
        self.kind = kind
        self.segment = segment
        self.cells = cells


@mypyc_attr(acyclic=True)
class MembersSnapshot:
    """The first members of a level; none: nobody is in it."""

    __slots__ = ("key", "members", "partition")

    def __init__(self, partition: int, key: MemberKey, members: Members) -> None:
        self.partition = partition
        self.key = key
        self.members = members


@mypyc_attr(acyclic=True)
class RulesSnapshot:
    """Under which rules a shard is counted. ``parts`` None: nobody knows."""

    __slots__ = ("partition", "parts")

    def __init__(self, partition: int, parts: Parts | None) -> None:
        self.partition = partition
        self.parts = parts


@mypyc_attr(acyclic=True)
class StatusSnapshot:
    """``status`` None: it was deleted."""

    __slots__ = ("partition", "status")

    def __init__(self, partition: int, status: ShardStatus | None) -> None:
        self.partition = partition
        self.status = status


Snapshot: TypeAlias = PaneSnapshot | SegmentSnapshot | MembersSnapshot | RulesSnapshot | StatusSnapshot


def read_snapshot(key: bytes, value: bytes | None) -> Snapshot:
    """Raises one of `stream.edge.kafka.damage.DAMAGE` where no shard writes such a row."""
    number, _, rest = key.partition(b"|")
    partition = int(number)
    if rest == STATUS:
        return StatusSnapshot(partition, _decode_status(value) if value is not None else None)
    if rest == RULES:
        return RulesSnapshot(partition, _decode_parts(value) if value is not None else None)
    if rest[:2] == b"m|":
        members = decode_members(value) if value is not None else ()
        return MembersSnapshot(partition, parse_members_key(rest), members)
    kind, cells = rest[:1], decode_cells(value) if value is not None else None
    if kind == b"p":
        return PaneSnapshot(partition, parse_pane_key(rest), cells)
    if kind in _SEGMENT_KINDS:
        return SegmentSnapshot(partition, kind, parse_segment_key(rest), cells)
    raise ValueError("no kind of snapshot")
