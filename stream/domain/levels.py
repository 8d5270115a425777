"""Levels: how many tickets, or customers, are in a state right now, and since when the oldest of them is.

Time alone moves a member on: who has waited for too long is lost, who was in time is overdue, a ticket that is open for
a day counts among those of a day. Such `Stages` depend on now, so they are no facts; each shard decides by its own
clock. In a replay that is the newest event of its partition, and the roll-up knows a later one: there the cells carry
all starts, and `LevelClock` decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from heapq import heappop, heappush
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from stream.domain.cells import Cell, Cells
from stream.domain.membership import Members, Membership
from stream.domain.segments import Segment

Stages: TypeAlias = Mapping[str, tuple[tuple[int, str], ...]]
"""By the measure that facts book: the measures that a member counts under later on, each with the time since its start
(microseconds, ascending) after which it does. Where a start is a time to come, such as when something is due, that time
may be negative."""
NO_STAGES: Final[Stages] = MappingProxyType({})

LOST_OF: Final = {"waiting": "lost", "in_time": "overdue"}
MemberKey: TypeAlias = tuple[str, Segment]
"""Measure and segment."""
MOST_LISTED: Final = 50
"""Members of one level and segment that a shard tells by name."""
_MOST_STARTS: Final = 43_200
"""Starts in one cell, so that it stays small whoever never leaves: at 12 hours they are a second apart."""


def with_lost(lost_after_us: int, stages: Stages) -> Stages:
    """``stages``, and that nobody waits for ever, nor is in time behind it; 0: time moves nobody who waits."""
    if not lost_after_us:
        return stages
    after_us = {"waiting": lost_after_us, "in_time": 0}
    return {**{measure: ((after_us[measure], lost),) for measure, lost in LOST_OF.items()}, **stages}


class _Ways:
    """`Stages`, looked up by the measure that a member counts under now."""

    __slots__ = ("all_of", "next_of", "steps_us")

    def __init__(self, stages: Stages) -> None:
        self.next_of: dict[str, tuple[tuple[int, str], ...]] = {}
        """By measure: what comes behind it."""
        self.all_of: dict[str, tuple[str, ...]] = {}
        """By the measure that is booked: all that it may have become."""
        self.steps_us: dict[str, int] = {}
        """By measure: how far apart the starts are that cells tell."""
        for first, ways in stages.items():
            names = (first, *(name for _, name in ways))
            self.all_of[first] = names
            for number, name in enumerate(names[:-1]):
                self.next_of[name] = ways[number:]
                # Where all moves at its start, there are few, for a short while: they are told exactly.
                longest_us = max(abs(after_us) for after_us, _ in ways)
                self.steps_us[name] = max(1_000_000, longest_us // _MOST_STARTS) if longest_us else 1

    def at(self, measure: str, since_us: int, now_us: int) -> str:
        """What a member counts under by ``now_us`` that counts under ``measure`` before."""
        for after_us, name in self.next_of[measure]:
            if since_us + after_us >= now_us:
                break
            measure = name
        return measure

    def is_late(self, measure: str, cell: Cell, now_us: int) -> bool:
        """True of a cell that tells starts when its oldest member counts under another measure by now."""
        return bool(cell.bins) and measure in self.next_of and cell.sum + self.next_of[measure][0][0] < now_us


class Levels:
    """All levels of one shard, with the segments that changed since they were last taken.

    ``tells_starts``: cells of measures that members may leave by time alone carry the starts of these. ``listed``:
    measures whose first members are told by name, and with the starts also those of which they may become.
    """

    def __init__(
        self, stages: Stages = NO_STAGES, *, tells_starts: bool = False, listed: frozenset[str] = frozenset()
    ) -> None:
        self._members: dict[Segment, dict[str, Membership]] = {}
        self._changed: set[Segment] = set()
        self._ways = _Ways(stages)
        self._tells_starts = tells_starts
        before = (first for first, ways in stages.items() if any(name in listed for _, name in ways))
        self._listed = listed.union(before) if tells_starts else listed
        self._members_changed: set[MemberKey] = set()
        self._due: list[tuple[int, Segment, str]] = []
        """A heap: when somebody is to leave a measure there. Entries that are not in `_due_at` are stale."""
        self._due_at: dict[tuple[Segment, str], int] = {}
        self._start_us = 0
        self._start: Any = 0
        """The same, as the object that is kept: the levels of one ticket mostly have one start."""

    def enter(self, measure: str, segment: Segment, ticket: str, since_us: int) -> None:
        """``ticket`` is in the state ``measure`` since ``since_us``."""
        self._put(measure, segment, ticket, since_us)

    def _put(self, measure: str, segment: Segment, ticket: str, since_us: int) -> None:
        if since_us != self._start_us:
            self._start = self._start_us = since_us
        states = self._members.get(segment)
        if states is None:
            states = self._members[segment] = {}
        held = states.get(measure)
        if held is None:
            held = states[measure] = Membership()
        held.enter(ticket, since_us, self._start)
        self._note(measure, segment, is_beyond=held.is_beyond(ticket, since_us))
        if measure in self._ways.next_of:
            self._schedule(measure, segment, since_us)

    def _note(self, measure: str, segment: Segment, *, is_beyond: bool = False) -> None:
        """A member came, or went; ``is_beyond``: behind all who are told by name."""
        self._changed.add(segment)
        if measure in self._listed and not is_beyond:
            self._members_changed.add((measure, segment))

    def _schedule(self, measure: str, segment: Segment, since_us: int) -> None:
        due_us = since_us + self._ways.next_of[measure][0][0]
        place = (segment, measure)
        held = self._due_at.get(place)
        if held is None or due_us < held:
            self._due_at[place] = due_us
            heappush(self._due, (due_us, segment, measure))

    def _found(self, measure: str, segment: Segment, ticket: str) -> str:
        """The measure that a member counts under by now; empty: it is none."""
        states = self._members.get(segment)
        if states is not None:
            for name in self._ways.all_of.get(measure, (measure,)):
                held = states.get(name)
                if held is not None and ticket in held.since:
                    return name
        return ""

    def holds(self, measure: str, segment: Segment, ticket: str) -> bool:
        """True while ``ticket`` is in the state, whatever it counts under by now."""
        return bool(self._found(measure, segment, ticket))

    def leave(self, measure: str, segment: Segment, ticket: str) -> None:
        """``ticket`` is in the state no more, whatever it counted under."""
        found = self._found(measure, segment, ticket)
        held = self._members[segment][found]
        since_us = held.since.pop(ticket)
        self._drop_empty(segment, found)
        self._note(found, segment, is_beyond=held.is_beyond(ticket, since_us))

    def _drop_empty(self, segment: Segment, measure: str) -> None:
        states = self._members[segment]
        if not states[measure].since:
            del states[measure]
            if not states:
                del self._members[segment]

    def advance(self, now_us: int) -> None:
        """Move those whose time has come."""
        while self._due and self._due[0][0] < now_us:
            due_us, segment, measure = heappop(self._due)
            if self._due_at.get((segment, measure)) != due_us:
                continue
            del self._due_at[segment, measure]
            held = self._members.get(segment, {}).get(measure)
            if held is None:
                continue
            for ticket, since_us in held.pop_before(now_us - self._ways.next_of[measure][0][0]):
                self._put(self._ways.at(measure, since_us, now_us), segment, ticket, since_us)
            self._note(measure, segment)
            if held.since:
                self._schedule(measure, segment, held.oldest_us())
            self._drop_empty(segment, measure)

    def take_changed(self) -> Iterator[tuple[Segment, Cells | None]]:
        """Segments that changed: per measure a cell with the count, and the oldest start as its sum; None if empty."""
        changed, self._changed = self._changed, set()
        for segment in changed:
            yield segment, self.cells(segment) or None

    def take_listed(self) -> Iterator[tuple[MemberKey, Members | None]]:
        """Levels told by name whose members changed since they were last taken: the first; None: there are none."""
        changed, self._members_changed = self._members_changed, set()
        # In one order: what is stored is the same then.
        for measure, segment in sorted(changed):
            held = self._members.get(segment, {}).get(measure) if measure in self._listed else None
            yield (measure, segment), held.first(MOST_LISTED) if held is not None else None

    def cells(self, segment: Segment) -> Cells:
        """The levels of one segment."""
        cells: Cells = {}
        # In one order, whichever state was entered first: what is stored is the same then.
        for measure, held in sorted(self._members.get(segment, {}).items()):
            cell = cells[measure] = Cell(len(held.since), held.oldest_us())
            if self._tells_starts and measure in self._ways.next_of:
                cell.bins = held.starts(self._ways.steps_us[measure])
        return cells

    def mark_changed(self, measure: str, segment: Segment) -> None:
        """Have a level taken next time that nobody may be in. By name, too: it may be listed no more, and have been."""
        self._changed.add(segment)
        names = self._listed.intersection(self._ways.all_of.get(measure, ())).union((measure,))
        self._members_changed.update((name, segment) for name in names)

    def mark_all_changed(self) -> None:
        """Have every segment taken next time (after loading)."""
        self._changed.update(self._members)


class LevelClock:
    """Reads levels off at a later time than that of the shards, where their cells tell starts."""

    def __init__(self, stages: Stages) -> None:
        self._ways = _Ways(stages)

    def at(self, measure: str, since_us: int, now_us: int) -> str:
        """What a member that counted under ``measure`` counts under by now."""
        return self._ways.at(measure, since_us, now_us) if measure in self._ways.next_of else measure

    def is_late(self, cells: Mapping[str, Cell], now_us: int) -> bool:
        """True where any member counts under another measure by now."""
        return any(self._ways.is_late(measure, cell, now_us) for measure, cell in cells.items())

    def read_off(self, cells: Mapping[str, Cell], now_us: int) -> Cells:
        """The cells as they are by now, to within a step of time."""
        found: Cells = {}
        for measure, cell in cells.items():
            if not self._ways.is_late(measure, cell, now_us):
                _join(found, measure, Cell(cell.count, cell.sum))
                continue
            step_us = self._ways.steps_us[measure]
            oldest = min(cell.bins or ())
            for start, count in (cell.bins or {}).items():
                since_us = cell.sum if start == oldest else start * step_us
                _join(found, self._ways.at(measure, start * step_us, now_us), Cell(count, since_us))
        return found


def sum_levels(parts: Iterable[Mapping[str, Cell]]) -> Cells:
    """Levels of several segments or partitions together: the counts added, the oldest start."""
    total: Cells = {}
    for cells in parts:
        for measure, cell in cells.items():
            _join(total, measure, cell)
    return total


def _join(into: Cells, measure: str, cell: Cell) -> None:
    held = into.get(measure)
    if held is None:
        into[measure] = Cell(cell.count, cell.sum)
    else:
        held.count += cell.count
        held.sum = min(held.sum, cell.sum)
