"""A row of the partials, read: which shard it is of, what it is a snapshot of, and what that holds."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from stream.compiled import mypyc_attr
from stream.domain.answers import parted
from stream.domain.cells import Cells
from stream.domain.levels import MemberKey
from stream.domain.membership import Members
from stream.domain.partials import (
    decode_cells,
    decode_members,
    is_whole,
    parse_answers_key,
    parse_members_key,
    parse_pane_key,
    parse_segment_key,
)
from stream.domain.parts import Parts
from stream.domain.remainders import PaneKey
from stream.domain.segments import Segment
from stream.domain.shard_status import ShardStatus

STATUS: Final = b"s"
RULES: Final = b"r"
_SEGMENT_KINDS: Final = (b"l", b"c")

_decode_parts: Final = msgspec.json.Decoder(Parts).decode
_decode_status: Final = msgspec.json.Decoder(ShardStatus).decode


@mypyc_attr(acyclic=True)
class PaneSnapshot:
    """``cells`` None: nothing is stored of the pane. ``is_whole``: it has what finer panes hold, too."""

    __slots__ = ("cells", "is_whole", "pane", "partition")

    def __init__(self, partition: int, pane: PaneKey, cells: Cells | None, *, is_whole: bool) -> None:
        self.partition = partition
        self.pane = pane
        self.cells = cells
        self.is_whole = is_whole

    @property
    def row(self) -> tuple[int, PaneKey, Cells | None, bool]:
        """As a roll-up takes it."""
        return self.partition, self.pane, self.cells, self.is_whole

    @property
    def told_of(self) -> Segment | None:
        """The segment that it says something of."""
        return None if self.cells is None else self.pane[2]


@mypyc_attr(acyclic=True)
class AnswersSnapshot:
    """``entries``: the newest answers of a metric in a segment; empty: there are none."""

    __slots__ = ("entries", "metric", "partition", "segment")

    def __init__(self, partition: int, metric: str, segment: Segment, entries: tuple[bytes, ...]) -> None:
        self.partition = partition
        self.metric = metric
        self.segment = segment
        self.entries = entries

    @property
    def told_of(self) -> Segment | None:
        """The segment that it says something of."""
        return self.segment if self.entries else None


@mypyc_attr(acyclic=True)
class SegmentSnapshot:
    """``kind`` l: levels, c: counters. ``cells`` None: none are left."""

    __slots__ = ("cells", "kind", "partition", "segment")

    def __init__(self, partition: int, kind: bytes, segment: Segment, cells: Cells | None) -> None:
        self.partition = partition
        self.kind = kind
        self.segment = segment
        self.cells = cells

    @property
    def told_of(self) -> Segment | None:
        """The segment that it says something of."""
        return None if self.cells is None else self.segment


@mypyc_attr(acyclic=True)
class MembersSnapshot:
    """The first members of a level; none: nobody is in it."""

    __slots__ = ("key", "members", "partition")

    def __init__(self, partition: int, key: MemberKey, members: Members) -> None:
        self.partition = partition
        self.key = key
        self.members = members

    @property
    def told_of(self) -> Segment | None:
        """None: it is no use of a segment's name."""
        return None


@mypyc_attr(acyclic=True)
class RulesSnapshot:
    """Under which rules a shard is counted. ``parts`` None: nobody knows."""

    __slots__ = ("partition", "parts")

    def __init__(self, partition: int, parts: Parts | None) -> None:
        self.partition = partition
        self.parts = parts

    @property
    def told_of(self) -> Segment | None:
        """None: it is no use of a segment's name."""
        return None


@mypyc_attr(acyclic=True)
class StatusSnapshot:
    """``status`` None: it was deleted."""

    __slots__ = ("partition", "status")

    def __init__(self, partition: int, status: ShardStatus | None) -> None:
        self.partition = partition
        self.status = status

    @property
    def told_of(self) -> Segment | None:
        """None: it is no use of a segment's name."""
        return None


Snapshot: TypeAlias = (
    PaneSnapshot | SegmentSnapshot | AnswersSnapshot | MembersSnapshot | RulesSnapshot | StatusSnapshot
)


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
    kind = rest[:1]
    if kind == b"n":
        return AnswersSnapshot(partition, *parse_answers_key(rest), parted(value) if value is not None else ())
    cells = decode_cells(value) if value is not None else None
    if kind == b"p":
        pane = parse_pane_key(rest)
        return PaneSnapshot(partition, pane, cells, is_whole=value is not None and is_whole(pane, value))
    if kind in _SEGMENT_KINDS:
        return SegmentSnapshot(partition, kind, parse_segment_key(rest), cells)
    raise ValueError("no kind of snapshot")
