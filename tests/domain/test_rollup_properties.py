"""Properties of the roll-up: its rows depend on the latest snapshots and on now, and on nothing else."""

from __future__ import annotations

from typing import Any, TypeAlias
from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from stream.domain.cells import Cell, Cells, merge_cells
from stream.domain.partials import decode_cells
from stream.domain.remainders import PaneKey, around
from stream.domain.rollup import Rollup
from stream.domain.rows import Row, make_row, row_key
from stream.domain.segments import THREE, segment_of
from stream.domain.windows import Window
from stream.metrics import MEASURES, ROWS
from tests.domain.owners import Owner, plain
from tests.domain.strategies import START_SECONDS, US, delivered, told
from tests.domain.taken import taken_rows
from tests.domain.test_properties import (
    GROUPS,
    LATEST_SECONDS,
    RULES,
    WINDOWS,
    ZONE,
    Story,
    newest_seconds,
    quick,
)

SEGMENTS = [segment_of(*s) for s in (("email", "a", ""), ("email", "b", "high"), ("phone", "", ""), ("phone", "a", ""))]
SPREAD = {measure.name for spec in ROWS if spec.kind == "distance" for measure in spec.measures}
_BINS = st.dictionaries(st.sampled_from([0, 10, 200, 201]), st.integers(1, 3), min_size=1, max_size=3)
_SPAN_CELLS = st.builds(lambda bins, total: Cell(sum(bins.values()), total, bins), _BINS, st.integers(0, 10**9))
_COUNT_CELLS = st.builds(Cell, st.integers(1, 4))
_CELLS: st.SearchStrategy[Cells] = st.fixed_dictionaries(
    {},
    optional={
        name: _SPAN_CELLS if MEASURES[name].histogram else _COUNT_CELLS
        for name in (
            *("first_response", "answered", "abandoned", "csat_score", "csat_top_box", "offered"),
            *("cohort_offered", "cohort_waiting", "cohort_answered_within", "nps_answers", "nps_promoters"),
            *("surveys_sent", "surveys_answered", "sampled_resolved", "sampled_answered"),
        )
    },
)
_LEVEL_CELLS: st.SearchStrategy[Cells] = st.fixed_dictionaries(
    {},
    optional={
        name: st.builds(Cell, st.integers(1, 4), st.integers(START_SECONDS * US, LATEST_SECONDS * US))
        for name in ("open", "waiting", "in_time")
    },
)
_STARTS = st.sampled_from([-600_000, -90_000, -86_400, -3600, -300, -290, -280, -10, 0, 0, 10, 20, 290, 300, 3600])


_WHOLE = st.sampled_from([False, False, False, True])
"""A row that has what finer panes hold, too, is of an older version."""

Panes: TypeAlias = dict[tuple[int, PaneKey], Cells]


@st.composite
def _pane_keys(draw: st.DrawFn) -> PaneKey:
    width = draw(st.sampled_from([0, 10, 10, 10, 300, 3600]))
    seconds = START_SECONDS + draw(_STARTS)
    return (width, seconds - seconds % width if width else 0, draw(st.sampled_from(SEGMENTS)))


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pane"), st.integers(0, 2), _pane_keys(), _CELLS | st.none(), _WHOLE),
        st.tuples(st.just("pane"), st.integers(0, 2), _pane_keys(), _CELLS, _WHOLE),
        st.tuples(st.just("levels"), st.integers(0, 1), st.sampled_from(SEGMENTS), _LEVEL_CELLS | st.none()),
        st.tuples(st.just("advance"), st.sampled_from([0, 1, 10, 10, 290, 299, 300, 300, 3600, 86_400, 700_000])),
        st.just(("take",)),
    ),
    max_size=25,
)


def fresh(refresh_empty: bool = True) -> Rollup:
    return Rollup(ROWS, WINDOWS, GROUPS, ZONE, refresh_empty=refresh_empty)


def take(rollup: Rollup, into: dict[str, Row]) -> None:
    for key, row in taken_rows(rollup):
        if row is None:
            into.pop(key, None)
        else:
            into[key] = row


def within(window: Window, now_us: int, by: str, group: str, panes: dict[tuple[int, PaneKey], Cells]) -> Cells:
    first, end = window.bounds(now_us, ZONE)
    total: Cells = {}
    for (_, (width, start, segment)), cells in panes.items():
        inside = first <= start < end and width == window.width_seconds
        if inside and THREE.rolled_up(segment, by) == group:
            # What a distance is made of says which segment gave how many.
            merge_cells(total, {name: by_segment(segment, name, cell) for name, cell in cells.items()})
    return total


def by_segment(segment: str, name: str, cell: Cell) -> Cell:
    return Cell(cell.count, cell.sum, {crc32(segment.encode()): cell.count}) if name in SPREAD else cell


def brute_force(
    panes: dict[tuple[int, PaneKey], Cells], levels: dict[tuple[int, str], Cells], now_us: int
) -> dict[str, Row]:
    """All rows, each group and window added up from the snapshots anew."""
    rows: dict[str, Row] = {}
    for by in GROUPS:
        present: dict[str, dict[str, int]] = {}
        for (_, (_, _, segment)), cells in panes.items():
            present.setdefault(THREE.rolled_up(segment, by), {}).update(dict.fromkeys(cells, 1))
        present = {group: measures for group, measures in present.items() if measures}
        states: dict[str, Cells] = {}
        for (_, segment), cells in levels.items():
            for measure, cell in cells.items():
                held = states.setdefault(THREE.rolled_up(segment, by), {}).setdefault(measure, Cell(0, cell.sum))
                held.count += cell.count
                held.sum = min(held.sum, cell.sum)
        for group in present.keys() | states.keys():
            for spec in ROWS:
                if spec.kind == "level":
                    row = make_row(spec, by, group, "now", None, states.get(group, {}))
                    rows[row_key(spec, by, group, "now")] = row
                elif not present.get(group, {}).keys().isdisjoint(measure.name for measure in spec.measures):
                    for window in WINDOWS:
                        bounds = window.bounds(now_us, ZONE)
                        total = within(window, now_us, by, group, panes)
                        shown = None if window.kind == "total" else bounds
                        if spec.pending_now is not None:
                            total |= states.get(group, {})
                        row = make_row(spec, by, group, window.name, shown, total)
                        if spec.compares and window.before is not None:
                            earlier = within(window.before, now_us, by, group, panes)
                            was = make_row(spec, by, group, window.name, None, earlier)
                            row |= {"before": was["value"], "before_count": was["count"]}
                            if None not in (row["value"], was["value"]):
                                row["change"] = row["value"] - was["value"]
                        rows[row_key(spec, by, group, window.name)] = row
    return rows


def keep(latest: dict[tuple[int, Any], Cells], step: tuple[Any, ...]) -> None:
    """Of the snapshots with one key only the last is there; an empty one is none."""
    latest.pop(step[1:3], None)
    if step[3]:
        latest[step[1:3]] = step[3]


def keep_pane(latest: Panes, whole: set[tuple[int, PaneKey]], step: tuple[Any, ...]) -> None:
    keep(latest, step)
    (whole.add if step[4] and step[3] and step[2][0] != 10 else whole.discard)(step[1:3])


def summed_up(rows: Panes, whole: set[tuple[int, PaneKey]]) -> Panes:
    """Panes: a row counts in its own and in those around it, up to one whose row is whole."""
    found: Panes = {}
    for (partition, key), cells in rows.items():
        for pane in (key, *around(key)):
            if pane != key and (partition, pane) in whole:
                break
            merge_cells(found.setdefault((partition, pane), {}), cells)
    return found


@quick
@given(_STEPS, st.integers(0, 3))
def test_rows_depend_on_the_latest_snapshots_and_now_only(steps: list[tuple[Any, ...]], tail: int) -> None:
    rollup = fresh()
    rows: dict[str, Row] = {}
    panes: Panes = {}
    whole: set[tuple[int, PaneKey]] = set()
    levels: dict[tuple[int, str], Cells] = {}
    now_us = START_SECONDS * US
    rollup.advance(now_us)
    for step in [*steps, ("advance", tail * 200)]:
        if step[0] == "pane":
            rollup.apply_pane(*step[1:])
            keep_pane(panes, whole, step)
        elif step[0] == "levels":
            rollup.apply_levels(*step[1:])
            keep(levels, step)
        elif step[0] == "advance":
            now_us += step[1] * US
            rollup.advance(now_us)
        else:
            take(rollup, rows)
    take(rollup, rows)

    assert rows == brute_force(summed_up(panes, whole), levels, now_us)
    again = fresh(refresh_empty=False)
    anew: dict[str, Row] = {}
    for (partition, key), cells in panes.items():
        again.apply_pane(partition, key, cells, (partition, key) in whole)
    for (partition, segment), cells in levels.items():
        again.apply_levels(partition, segment, cells)
    again.advance(now_us)
    take(again, anew)
    assert rows == anew


@quick
@given(_STEPS)
def test_without_refreshing_only_the_bounds_of_empty_windows_may_be_old(steps: list[tuple[Any, ...]]) -> None:
    quiet, loud = fresh(refresh_empty=False), fresh()
    now_us = START_SECONDS * US
    shown: list[dict[str, Row]] = [{}, {}]
    for rollup, rows in zip((quiet, loud), shown, strict=True):
        now_us = START_SECONDS * US
        rollup.advance(now_us)
        for step in steps:
            if step[0] == "pane":
                rollup.apply_pane(*step[1:])
            elif step[0] == "levels":
                rollup.apply_levels(*step[1:])
            elif step[0] == "advance":
                now_us += step[1] * US
                rollup.advance(now_us)
            else:
                take(rollup, rows)
        take(rollup, rows)
    assert shown[0].keys() == shown[1].keys()
    for key, row in shown[0].items():
        expected = shown[1][key]
        bounds = {name: expected[name] for name in ("window_start", "window_end")} if not expected["count"] else {}
        assert {**row, **bounds} == expected


@quick
@given(st.data(), told(tickets=5), st.integers(1, 4))
def test_any_number_of_partitions_gives_the_same_rows(data: st.DataObject, story: Story, partitions: int) -> None:
    now_us = LATEST_SECONDS * US
    rows: list[dict[str, Row]] = []
    for count in (1, partitions):
        rollup = fresh()
        for number in range(count):
            owner = Owner(RULES)
            for batch in data.draw(delivered([(n, e) for n, e in story if int(n[1:]) % count == number])):
                owner.fold(batch)
                owner.commit(newest_seconds(owner) * US)
            owner.commit(now_us, expire=True)
            for key, row in owner.panes.items():
                rollup.apply_pane(number, key, decode_cells(row))
            for segment, row in owner.levels.items():
                rollup.apply_levels(number, segment, decode_cells(row))
        rollup.advance(now_us)
        shown: dict[str, Row] = {}
        take(rollup, shown)
        rows.append(shown)
    assert rows[0] == rows[1]


@quick
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("pane"), st.integers(0, 2), _pane_keys(), _CELLS | st.none(), _WHOLE),
            st.tuples(st.just("pane"), st.integers(0, 2), _pane_keys(), _CELLS, _WHOLE),
            st.tuples(st.just("levels"), st.integers(0, 1), st.sampled_from(SEGMENTS), _LEVEL_CELLS | st.none()),
            st.tuples(st.just("name"), st.sampled_from(SEGMENTS)),
            st.just(("take",)),
        ),
        max_size=25,
    ),
    st.sets(st.sampled_from(SEGMENTS)),
)
def test_a_segment_without_a_name_counts_as_other_until_it_has_one(
    steps: list[tuple[Any, ...]], unnamed: set[str]
) -> None:
    rollup = fresh()
    rows: dict[str, Row] = {}
    panes: Panes = {}
    whole: set[tuple[int, PaneKey]] = set()
    levels: dict[tuple[int, str], Cells] = {}
    shown: dict[PaneKey, Cells] = {}
    rollup.advance(START_SECONDS * US)
    left = set(unnamed)
    for segment in unnamed:
        rollup.refuse(segment)
    for step in steps:
        if step[0] == "pane":
            for key, delta in rollup.apply_pane(*step[1:]):
                merge_cells(shown.setdefault(key, {}), delta)
            keep_pane(panes, whole, step)
        elif step[0] == "levels":
            rollup.apply_levels(*step[1:])
            keep(levels, step)
        elif step[0] == "take":
            take(rollup, rows)
        elif step[1] in left:
            left.remove(step[1])
            moved: list[tuple[PaneKey, Cells]] = []
            for _ in rollup.name(step[1], moved):
                pass
            for key, delta in moved:
                merge_cells(shown.setdefault(key, {}), delta)
    take(rollup, rows)

    def name(segment: str) -> str:
        return THREE.other if segment in left else segment

    summed: dict[PaneKey, Cells] = {}
    for (_, (width, start, segment)), cells in summed_up(panes, whole).items():
        merge_cells(summed.setdefault((width, start, name(segment)), {}), cells)
    counted: dict[tuple[int, str], Cells] = {}
    for number, ((_, segment), cells) in enumerate(levels.items()):
        counted[(number, name(segment))] = cells
    assert rows == brute_force({(0, key): cells for key, cells in summed.items() if cells}, counted, START_SECONDS * US)
    # What is told of each change adds up to the same: spikes are looked for in it.
    assert {key: plain(cells) for key, cells in shown.items() if cells} == {
        key: plain(cells) for key, cells in summed.items() if cells
    }
