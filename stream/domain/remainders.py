"""What rows of panes leave out: all that finer panes hold.

A fact is booked in a pane of every width, and of these only the finest is written with it. The row of a wider one
holds what none within it has: facts that came when no finer pane was kept for them, and those of finer panes that have
expired. So a pane is its row and the rows of all panes within it::

    row of the hour      |  what came too late for panes of five minutes                    |
    rows of 5 minutes    | too late for 10 s |        |        |        |   ...             |
    rows of 10 seconds         (expired)        | | | | | | | | | | | | | ...

A row that an older version wrote is *whole*: it has what panes within it hold, too, and nothing is added to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from stream.domain.cells import Cells, difference, merge_cells
from stream.domain.segments import Segment
from stream.domain.windows import COARSE_SECONDS, FINE_SECONDS, MIDDLE_SECONDS, TOTAL_WIDTH, PanePlan

PaneKey: TypeAlias = tuple[int, int, Segment]
"""Width and start in seconds, and the segment. Width 0 is the one pane of all time."""

PaneRow: TypeAlias = tuple[PaneKey, Cells | None]
"""What is stored of a pane: what finer panes do not hold; None: nothing."""

Widths: TypeAlias = dict[int, dict[int, dict[Segment, Cells]]]
"""Panes by width, start and segment."""

FINER_FIRST: Final = (FINE_SECONDS, MIDDLE_SECONDS, COARSE_SECONDS, TOTAL_WIDTH)
"""All widths there are. Each is a multiple of the one before it."""

_WIDER: Final = {width: FINER_FIRST[number + 1 :] for number, width in enumerate(FINER_FIRST)}


def around(key: PaneKey) -> list[PaneKey]:
    """The panes that it lies in, the narrowest first.

    >>> around((300, 3900, "a"))
    [(3600, 3600, 'a'), (0, 0, 'a')]
    """
    width, start, segment = key
    return [(wider, start - start % wider if wider else 0, segment) for wider in _WIDER[width]]


def starts_within(key: PaneKey, width: int, starts: Iterable[int]) -> list[int]:
    """Where panes of a finer ``width`` begin within it; of the pane of all time those among ``starts``."""
    own, start, _ = key
    return [*starts] if own == TOTAL_WIDTH else [*range(start, start + own, width)]


def in_transactions(rows: list[PaneRow], at_once: int) -> Iterator[list[PaneRow]]:
    """Rows in parts of about ``at_once``. Those of one segment are in one part: written apart they would not add up."""
    of_segment: dict[Segment, list[PaneRow]] = {}
    for row in rows:
        of_segment.setdefault(row[0][2], []).append(row)
    part: list[PaneRow] = []
    for together in of_segment.values():
        if part and len(part) + len(together) > at_once:
            yield part
            part = []
        part += together
    if part:
        yield part


class Remainders:
    """Of the panes ``widths`` of a shard. ``whole``: those whose stored row leaves out nothing."""

    def __init__(self, plan: PanePlan, widths: Widths) -> None:
        self._widths = widths
        self._order: list[int] = [width for width in FINER_FIRST if width in widths]
        self._not_kept: dict[int, frozenset[str]] = {
            width: frozenset(name for name, seconds in plan.shorter.get(width, {}).items() if not seconds)
            for width in self._order
        }
        """By width, measures that it never holds: of these a pane's row and the rows within are more than the pane."""
        self.whole: set[PaneKey] = set()

    def of(self, key: PaneKey, cells: Cells) -> Cells:
        """What panes within it do not hold."""
        within: Cells = {}
        self._add_within(within, key, key[0], None)
        if not within:
            return cells
        not_kept = self._not_kept[key[0]]
        if not_kept:
            within = {name: cell for name, cell in within.items() if name not in not_kept}
        return difference(cells, within)

    def _add_within(self, into: Cells, key: PaneKey, width: int, only: frozenset[str] | None) -> None:
        """Sum up what panes hold that lie in ``key`` and are finer than ``width``: of each measure the widest."""
        number = self._order.index(width) - 1
        if number < 0:
            return
        finer, segment = self._order[number], key[2]
        panes = self._widths[finer]
        for start in starts_within(key, finer, panes):
            segments = panes.get(start)
            cells = segments.get(segment) if segments is not None else None
            if cells:
                merge_cells(into, cells if only is None else _only(cells, only))
        through = self._not_kept[finer] if only is None else self._not_kept[finer] & only
        if through:
            self._add_within(into, key, finer, through)

    def whole_within(self, key: PaneKey) -> list[PaneKey]:
        """Panes within it whose stored row is whole: where its own is not any more, theirs are not, either."""
        width, _, segment = key
        found: list[PaneKey] = []
        for finer in self._order[1 : self._order.index(width)]:
            for start in starts_within(key, finer, self._widths[finer]):
                if (finer, start, segment) in self.whole:
                    found.append((finer, start, segment))
        return found

    def complete_steps(self, foreign: Mapping[PaneKey, Cells], around_foreign: set[PaneKey]) -> Iterator[None]:
        """Panes as they were stored become whole in memory, in small steps.

        ``foreign``: stored, of widths that are not kept any more; ``around_foreign`` gets those that hold them.
        """
        # The widest first: what is added is the row of a pane, not what it gets by those within it.
        for width in reversed(FINER_FIRST):
            rows = [(key, cells) for key, cells in foreign.items() if key[0] == width]
            for start, segments in self._widths.get(width, {}).items():
                rows += [((width, start, segment), cells) for segment, cells in segments.items()]
            for key, cells in rows:
                for wider in around(key):
                    if wider in self.whole:
                        break
                    if wider[0] in self._widths:
                        self._add(wider, cells)
                        if key in foreign:
                            around_foreign.add(wider)
                yield

    def _add(self, key: PaneKey, cells: Cells) -> None:
        width, start, segment = key
        not_kept = self._not_kept[width]
        if not_kept:
            cells = {name: cell for name, cell in cells.items() if name not in not_kept}
        if cells:
            merge_cells(self._widths[width].setdefault(start, {}).setdefault(segment, {}), cells)


def _only(cells: Cells, names: frozenset[str]) -> Cells:
    return {name: cell for name, cell in cells.items() if name in names}
