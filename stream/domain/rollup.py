"""The roll-up: snapshots of all partitions in, rows for every group and window out. Pure; ``now`` is an argument.

A rolling window is kept up to date by adding the pane that enters and subtracting the one that leaves, so 30 days
cost what 5 minutes cost. A row exists while any kept pane holds one of its measures; its windows may be empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from stream.domain.by_segment import SegmentBins
from stream.domain.cells import Cells, difference, merge_cells
from stream.domain.group_levels import GroupLevels
from stream.domain.groups import Groups
from stream.domain.last_answers_of_groups import LastAnswersOfGroups
from stream.domain.levels import NO_STAGES, Stages
from stream.domain.merged_panes import MergedPanes
from stream.domain.overdue import Deadlines
from stream.domain.owed import Owed
from stream.domain.presence import Group, Presence
from stream.domain.remainders import PaneKey
from stream.domain.row_kinds import NOW, Kind, add_windows_before, kinds_by_place, levels_within, overdue_of
from stream.domain.rows import Block, Number
from stream.domain.rowspec import Place, RowSpec
from stream.domain.segments import THREE, Dimensions, Segment
from stream.domain.told_panes import ToldPanes
from stream.domain.windows import Window, starts_between
from stream.domain.workforce import NO_GOAL, Goal

NOW_WINDOW: Final = NOW

_EVERYTHING: Final[set[str]] = {"everything"}
"""In place of the measures that have changed: all rows are to be made."""


class Rollup:
    """``places``: by name of a spec, the windows and group-bys that it has rows for; the others have all.

    ``refresh_empty``: when a window moves, also give the rows of groups with nothing in it (exact replay).
    ``widths``: of panes that are wanted beside those of the windows. ``stages``: where the levels carry starts, what
    their members count under later on (see `levels`); empty: the shards have decided. ``goal_of``: by group-by and
    group, the service level to be reached. ``families``: metrics with rows of their last answers.
    """

    def __init__(
        self,
        specs: Sequence[RowSpec],
        windows: Iterable[Window],
        group_bys: Sequence[str],
        zone: ZoneInfo,
        *,
        places: Mapping[str, Place] = {},
        refresh_empty: bool = False,
        widths: Iterable[int] = (),
        stages: Stages = NO_STAGES,
        dimensions: Dimensions = THREE,
        goal_of: Callable[[str, Segment], Goal] = lambda by, group: Goal(),
        families: Mapping[str, tuple[str, ...]] = {},
    ) -> None:
        self.last = LastAnswersOfGroups(families)
        self._windows = {window.name: window for window in windows if not self.last.takes(window)}
        self._group_bys = tuple(group_bys)
        self._groups = Groups(self._group_bys, dimensions)
        self._kinds = kinds_by_place(specs, (*self._windows, NOW_WINDOW), self._group_bys, places)
        self._before = add_windows_before(self._windows, self._group_bys, self._kinds)
        """By window, the one that some of its rows are compared with."""
        self._measures = {
            name: frozenset[str]().union(*(kind.measures for by in self._group_bys for kind in self._kinds[name, by]))
            for name in self._windows
        }
        """Of each window, what any of its rows is made of."""
        self._levels_in = {name: levels_within(self._kinds, name) for name in self._windows}
        """Of each window, the levels that its rows are made of beside panes."""
        self._shown_by = frozenset(measure.name for spec in specs if spec.parts is not None for measure in spec.level)
        """Levels that have rows of windows in which nothing happened."""
        self._deadlines, self._bins = Deadlines(overdue_of(specs)), SegmentBins(specs)
        self._zone, self._refresh_empty, self._goal_of = zone, refresh_empty, goal_of
        self._told = ToldPanes()
        self._unnamed: dict[Segment, set[tuple[int, PaneKey]]] = {}
        """Segments that count as ``other``, with the places of their snapshots."""
        self._unnamed_names: frozenset[Segment] | None = None
        known = {*widths, *(window.width_seconds for window in self._windows.values())}
        self._merged = MergedPanes(known, self._note_presence, self._owe)
        self._totals: dict[str, dict[Group, Cells]] = {name: {} for name in self._windows}
        self._owed = Owed(self._windows)
        self._bounds: dict[str, tuple[int, int]] = dict.fromkeys(self._windows, (0, 0))
        self._nested: dict[int, list[str]] = {width: [] for width in known}
        """By width, the windows made of such panes that end now, each inside the next."""
        self._earlier = {
            width: [name for name in self._before.values() if self._windows[name].width_seconds == width]
            for width in known
        }
        """By width, the windows before others. They end at times of their own, so that none is inside another."""
        self._order_windows()
        self._present = Presence()
        self._levels = GroupLevels(stages)
        self._changed: dict[str, dict[Group, set[str]]] = {name: {} for name in (*self._windows, NOW_WINDOW)}
        """Of each window the groups that have changed, and which of their measures."""
        self._uses: dict[Segment, int] = {}
        self.unused: set[Segment] = set()
        """Segments of which nothing is held any more, since this was last emptied."""
        self.failures: list[Exception] = []
        """Raised by rows that could not be made; such a row stays as it was."""
        self.last.begin(specs, places, self._groups, self.is_named, self._note_use, self.failures)
        self.now_us = 0

    def _order_windows(self) -> None:
        # All end with the pane of now, so that of two the one that begins later is inside the other.
        for width, names in self._nested.items():
            ending_now = (window for window in self._windows.values() if not window.is_before)
            names[:] = [window.name for window in ending_now if window.width_seconds == width]
            names.sort(key=lambda name: self._bounds[name][0], reverse=True)

    def apply_pane(
        self, partition: int, key: PaneKey, cells: Cells | None, is_whole: bool = False
    ) -> list[tuple[PaneKey, Cells]]:
        """Replace a partition's row of a pane (None: it is gone); gives what is added to which panes.

        These are panes of ``other`` for a segment without a name. ``is_whole``: see `remainders`.
        """
        delta, more = self._told.replace(partition, key, cells, is_whole)
        self._note_use(key[2], more)
        held = self._unnamed.get(key[2])
        if held is not None:
            (held.add if cells else held.discard)((partition, key))
        if not delta:
            return []
        reached = self._told.counted_in(partition, key)
        if held is not None:
            reached = self._of_other(reached)
        self._add(reached, delta)
        return [(pane, delta) for pane in reached]

    def _of_other(self, panes: Iterable[PaneKey]) -> list[PaneKey]:
        return [(width, start, self._groups.other_of(segment)) for width, start, segment in panes]

    def _add(self, panes: Sequence[PaneKey], delta: Cells) -> None:
        """Add to panes of one segment, each of which lies in the next."""
        self._merged.add(panes, self._bins.binned(panes[0][2], delta))

    def _owe(self, width: int, start: int, segment: Segment, delta: Cells) -> None:
        for name in self._nested[width]:
            if self._owe_window(name, start, segment, delta):
                # The windows around this one get it with all that this one is owed.
                break
        for name in self._earlier[width]:
            self._owe_window(name, start, segment, delta)

    def _owe_window(self, window: str, start: int, segment: Segment, delta: Cells) -> bool:
        first, end = self._bounds[window]
        if not first <= start < end:
            return False
        self._owed.add(window, segment, delta)
        return True

    def _pay_owed(self) -> Iterator[None]:
        yield from self._merged.pass_on()
        chains = (*self._nested.values(), *([name] for name in self._before.values()))
        yield from self._owed.pay_steps(chains, self._groups.of, self._add_to_group)

    def _add_to_group(self, window: str, group: Group, cells: Cells) -> None:
        self._add_to_totals(window, (group,), cells, 1)

    def _note_use(self, segment: Segment, step: int) -> None:
        if step:
            uses = self._uses[segment] = self._uses.get(segment, 0) + step
            if not uses:
                del self._uses[segment]
                self.unused.add(segment)

    def is_used(self, segment: Segment) -> bool:
        """True while any partition has a pane or levels of it."""
        return segment in self._uses

    def forget(self, segment: Segment) -> None:
        """Of a segment nothing is held: it is as if it had never been."""
        self._unnamed.pop(segment, None)
        self._unnamed_names = None
        self._groups.forget(segment)
        self._bins.forget(segment)

    def is_named(self, segment: Segment) -> bool:
        """False for a segment that counts as ``other``."""
        return segment not in self._unnamed

    @property
    def unnamed(self) -> frozenset[Segment]:
        """Segments that count as ``other``."""
        if self._unnamed_names is None:
            self._unnamed_names = frozenset(self._unnamed)
        return self._unnamed_names

    def refuse(self, segment: Segment) -> None:
        """Count a segment as ``other``. Only before anything of it has been applied."""
        self._unnamed[segment] = set()
        self._unnamed_names = None

    def name(self, segment: Segment, moved: list[tuple[PaneKey, Cells]]) -> Iterator[None]:
        """Give a segment its own name: what it has is taken from ``other``. In small steps, all to be taken.

        ``moved``: panes and what they have got by it.
        """
        self._unnamed_names = None
        for partition, key in sorted(self._unnamed.pop(segment)):
            reached, cells = self._told.counted_in(partition, key), self._told.row(partition, key)
            for panes, delta in ((self._of_other(reached), difference({}, cells)), (reached, cells)):
                self._add(panes, delta)
                moved += [(pane, delta) for pane in panes]
            yield
        self.last.name(segment)
        own: dict[int, Cells] = {}
        for group in self._groups.of(self._groups.other_of(segment)):
            own = self._levels.take(group, segment)
            if own:
                self._note_levels(group)
        for group in self._groups.of(segment) if own else ():
            for partition, cells in own.items():
                self._levels.put(group, partition, segment, cells)
            self._note_levels(group)

    def _add_to_totals(self, window: str, groups: Iterable[Group], cells: Cells, sign: int) -> None:
        totals, changed, wanted = self._totals[window], self._changed[window], self._measures[window]
        if not wanted.issuperset(cells):
            cells = {measure: cell for measure, cell in cells.items() if measure in wanted}
        if not cells:
            return
        for group in groups:
            if not self._kinds[window, group[0]]:
                continue
            total = totals.get(group)
            if total is None:
                # Rows of a group with nothing in the window are not dated anew when it moves.
                changed[group] = _EVERYTHING
                total = totals[group] = {}
            merge_cells(total, cells, sign)
            if not total:
                del totals[group]
            if (before := changed.setdefault(group, set())) is not _EVERYTHING:
                before.update(cells)

    def _note_presence(self, segment: Segment, measure: str, step: int) -> None:
        for group in self._present.note(segment, self._groups.of(segment), measure, step):
            for changed in self._changed.values():
                changed[group] = _EVERYTHING

    def apply_levels(self, partition: int, segment: Segment, cells: Cells | None) -> None:
        """Replace a partition's levels of a segment; None: no ticket is in any state there."""
        groups = self._groups.of(segment if segment not in self._unnamed else self._groups.other_of(segment))
        self._note_use(segment, bool(cells) - self._levels.holds(groups[0], partition, segment))
        for group in groups:
            self._levels.put(group, partition, segment, cells)
            self._note_levels(group)

    def _note_levels(self, group: Group) -> None:
        self._changed[NOW_WINDOW][group] = _EVERYTHING
        for name, measures in self._levels_in.items():
            if measures and (before := self._changed[name].setdefault(group, set())) is not _EVERYTHING:
                before.update(measures)

    def advance(self, now_us: int) -> None:
        """Move all windows to ``now_us``; time never goes back."""
        for _ in self.advance_steps(now_us):
            pass

    def advance_steps(self, now_us: int) -> Iterator[None]:
        """`advance` in small steps; nothing may be applied or taken before the last."""
        yield from self._pay_owed()
        self.now_us = max(self.now_us, now_us)
        for name, window in self._windows.items():
            if (bounds := window.bounds(self.now_us, self._zone)) != self._bounds[name]:
                yield from self._move(name, window, self._bounds[name], bounds)
        self._order_windows()
        yield from self._deadlines.pass_to(self.now_us, self._totals, self._changed, _EVERYTHING)
        for group in self._levels.late(self.now_us):
            self._note_levels(group)

    def _move(self, name: str, window: Window, old: tuple[int, int], new: tuple[int, int]) -> Iterator[None]:
        self._bounds[name] = new
        starts = self._merged.of_width[window.width_seconds]
        self._changed[name].update(
            dict.fromkeys(self._present if self._refresh_empty else self._totals[name], _EVERYTHING)
        )
        # A start that goes back: clocks were set back over midnight, and `today` is yesterday again.
        if new[0] >= old[1] or new[0] < old[0]:
            self._totals[name].clear()
            old = (new[0], new[0])
        for start in starts_between(starts, old[0], new[0], window.width_seconds):
            for segment, cells in starts[start].items():
                self._add_to_totals(name, self._groups.of(segment), cells, -1)
                yield
        for start in starts_between(starts, old[1], new[1], window.width_seconds):
            for segment, cells in starts[start].items():
                self._add_to_totals(name, self._groups.of(segment), cells, 1)
                yield

    def steps(self, group: Group, width: int, start: int, step_seconds: int, steps: int) -> list[Cells]:
        """Cells of a group in consecutive steps from ``start`` on; all empty where panes of the width are not kept."""
        found: list[Cells] = [{} for _ in range(steps)]
        for _ in self.fill_steps(found, group, width, start, step_seconds):
            pass
        return found

    def fill_steps(
        self, found: Sequence[Cells], group: Group, width: int, start: int, step_seconds: int
    ) -> Iterator[None]:
        """`steps` into the cells ``found``, a pane at a time."""
        by, wanted = group
        starts = self._merged.of_width.get(width, {})
        for pane in starts_between(starts, start, start + step_seconds * len(found), width):
            into = found[(pane - start) // step_seconds]
            for segment, cells in starts[pane].items():
                if self._groups.one_of(segment, by) == wanted:
                    merge_cells(into, cells)
            yield

    def oldest_pane(self, width: int) -> int | None:
        """Where the oldest pane of this width begins, whoever it is of; None where there is none."""
        return min(self._merged.of_width.get(width, ()), default=None)

    def take_blocks(self) -> Iterator[Block]:
        """Of each group and window that may have changed since the last call the rows that may have."""
        for _ in self._pay_owed():
            pass
        self._note_compared()
        for name, window in self._windows.items():
            if window.is_before:
                continue
            groups, self._changed[name] = self._changed[name], {}
            bounds = None if window.kind == "total" else self._bounds[name]
            while groups:
                group, measures = groups.popitem()
                if kinds := self._kinds[name, group[0]]:
                    present, cells = {*self._present.of(group)}, self._totals[name].get(group, {})
                    if self._levels_in[name]:
                        levels = self._levels.of(group, self.now_us, self._levels_in[name])
                        present |= levels.keys() & self._shown_by
                        cells = {**cells, **levels}
                    shown: list[Kind] = []
                    kept: list[str] = []
                    for one in kinds:
                        if measures is not _EVERYTHING and measures.isdisjoint(one.measures):
                            kept.append(one.name)
                        elif not present.isdisjoint(one.measures):
                            shown.append(one)
                    yield self._block(name, group, shown, kept, bounds, self._deadlines.read_off(cells))
        groups, self._changed[NOW_WINDOW] = self._changed[NOW_WINDOW], {}
        for group in groups:
            if kinds := self._kinds[NOW_WINDOW, group[0]]:
                known = group in self._present or group in self._levels
                levels = self._levels.of(group, self.now_us)
                yield self._block(NOW_WINDOW, group, kinds if known else (), [], None, levels)
        yield from self.last.take_blocks()

    def _note_compared(self) -> None:
        """What has changed in a window before concerns the rows that are compared with it."""
        for name, earlier in self._before.items():
            groups, self._changed[earlier] = self._changed[earlier], {}
            for group in groups:
                if (measures := self._changed[name].setdefault(group, set())) is not _EVERYTHING:
                    measures.update(self._measures[earlier])

    def _block(
        self,
        window: str,
        group: Group,
        shown: Iterable[Kind],
        kept: list[str],
        bounds: tuple[int, int] | None,
        cells: Cells,
    ) -> Block:
        numbers: dict[str, Number] = {}
        for one in shown:
            try:
                number = one.maker.make(bounds, cells, self._goal_of(*group) if one.has_goal else NO_GOAL)
                if one.compares and window in self._before:
                    earlier = self._totals[self._before[window]].get(group, {})
                    number = replace(number, before=one.maker.make(None, earlier))
                numbers[one.name] = number
            except Exception as error:
                self.failures.append(error)
                kept.append(one.name)
        return Block(*group, window, numbers, tuple(kept))
