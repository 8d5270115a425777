"""Who has a name of its own in the whole installation: given on the first use, and free again after the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from stream.domain.cells import Cells
from stream.domain.group_names import GroupNames
from stream.domain.partials import decode_cells, encode_cells
from stream.domain.remainders import PaneKey
from stream.domain.rollup import Rollup
from stream.domain.segments import Segment
from stream.edge.owners.counter_totals import CounterTotals

NAME: Final = b"g"
"""``g|<segment>``: the segment has a name of its own; the value is what its counters had been as ``other``."""


class Naming:
    """Between the snapshots and what counts them. ``moved`` is told panes that another name counts from now on.

    A name is free again when no partition has a pane, levels or a counter of its segment. So nothing has to be moved,
    and who uses it next is new. Names are rows of the partials; this owner's own come back to it, and are passed over.
    """

    def __init__(
        self, names: GroupNames, rollup: Rollup, counters: CounterTotals, moved: Callable[[PaneKey, Cells], None]
    ) -> None:
        self.refused_total = 0
        self._names = names
        self._rollup = rollup
        self._counters = counters
        self._moved = moved
        self._takes_over, self._had_names, self._has_begun = True, False, False

    def __len__(self) -> int:
        """Segments that have a name of their own."""
        return len(self._names)

    def __contains__(self, segment: object) -> bool:
        """True for a segment that has a name of its own."""
        return segment in self._names

    def restore(self, segment: Segment, base: bytes | None) -> None:
        """Take over what an owner before this one has given, or (None) taken back."""
        if self._has_begun:
            return
        if base is None:
            self._names.free(segment)
            self._counters.bases.pop(segment, None)
        elif segment not in self._names and self._names.restore(segment):
            self._counters.restore(segment, decode_cells(base))

    def begin(self) -> None:
        """All names there were have been restored."""
        self._has_begun = True
        self._names.take_changed()
        # What they were for may have gone while nobody owned them.
        self._rollup.unused.update(self._names)

    def note_round(self) -> None:
        """Snapshots are going to be applied."""
        self._had_names = self._had_names or len(self._names) > 0

    def end_round(self) -> Iterator[None]:
        """All that there were have been: what is not used any more is free."""
        self._takes_over = False
        unused = self._rollup.unused
        while unused:
            segment = unused.pop()
            if not self._rollup.is_used(segment) and not self._counters.holds(segment):
                self._names.free(segment)
                self._rollup.forget(segment)
                self._counters.forget(segment)
            yield

    def place(self, segment: Segment, now_us: int, *, may_rename: bool) -> Iterator[None]:
        """See to it that a segment has a name, or counts as ``other``."""
        if segment in self._names:
            return
        is_known = not self._rollup.is_named(segment)
        if self._takes_over:
            # State of before there were names has them all. Else a shard may have told of it when no owner was there.
            is_admitted = self._names.admit(segment, now_us if self._had_names else None)
        else:
            is_admitted = (may_rename or not is_known) and self._names.admit(segment, now_us)
        if is_admitted and is_known:
            moved: list[tuple[PaneKey, Cells]] = []
            yield from self._rollup.name(segment, moved)
            for pane, delta in moved:
                self._moved(pane, delta)
            self._counters.name(segment)
        elif not is_admitted and not is_known:
            self._rollup.refuse(segment)
            self.refused_total += 1

    def told(self) -> list[tuple[bytes, bytes | None]]:
        """Rows of what has been given and freed since the last call."""
        bases = self._counters.bases
        return [
            (NAME + b"|" + name.encode(), encode_cells(bases.get(name, {})) if is_given else None)
            for name, is_given in self._names.take_changed().items()
        ]
