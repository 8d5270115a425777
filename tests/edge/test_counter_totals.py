"""Counters by name: each is counted once, and none ever goes back, whoever gets a name when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stream.domain.cells import Cell, Cells
from stream.domain.segments import THREE, segment_of
from stream.edge.owners.counter_totals import CounterTotals

A, B = segment_of("phone", "a", ""), segment_of("phone", "b", "")


def brought_up(totals: CounterTotals) -> dict[str, int]:
    for _ in totals.update():
        pass
    return {segment: cells["offered"].count for segment, cells in totals.totals.items() if "offered" in cells}


def cells(count: int) -> Cells:
    return {"offered": Cell(count, 0)}


def test_partitions_are_added_up() -> None:
    totals = CounterTotals(lambda _: True)
    totals.apply(0, A, cells(3))
    totals.apply(1, A, cells(4))
    totals.apply(1, B, cells(5))
    assert brought_up(totals) == {A: 7, B: 5}
    totals.apply(1, A, cells(6))
    assert brought_up(totals) == {A: 9, B: 5}


def test_what_is_being_read_does_not_change() -> None:
    totals = CounterTotals(lambda segment: segment == A)
    totals.apply(0, A, cells(3))
    totals.apply(0, B, cells(3))
    brought_up(totals)
    read = dict(totals.totals)
    totals.apply(0, A, cells(9))
    totals.apply(0, B, cells(9))
    brought_up(totals)
    assert (read[A]["offered"].count, read[THREE.other]["offered"].count) == (3, 3)


def test_a_name_begins_at_nothing_and_other_keeps_what_it_had() -> None:
    named: set[str] = set()
    totals = CounterTotals(named.__contains__)
    totals.apply(0, A, cells(3))
    totals.apply(0, THREE.other, cells(1))
    assert brought_up(totals) == {THREE.other: 4}
    named.add(A)
    totals.name(A)
    totals.apply(0, A, cells(5))
    assert brought_up(totals) == {THREE.other: 4, A: 2}

    after = CounterTotals(named.__contains__)
    after.restore(A, totals.bases[A])
    after.apply(0, A, cells(5))
    after.apply(0, THREE.other, cells(1))
    assert brought_up(after) == {THREE.other: 4, A: 2}


@given(
    st.lists(st.tuples(st.integers(0, 1), st.sampled_from([A, B, THREE.other]), st.integers(0, 3), st.booleans())),
)
def test_none_goes_back_and_together_they_are_all(steps: list[tuple[int, str, int, bool]]) -> None:
    named: set[str] = set()
    totals = CounterTotals(named.__contains__)
    counted: dict[tuple[int, str], int] = {}
    before: dict[str, int] = {}
    for partition, segment, more, is_named in steps:
        counted[(partition, segment)] = counted.get((partition, segment), 0) + more
        if is_named and segment not in named and segment != THREE.other:
            if any(place[1] == segment for place in counted):
                totals.name(segment)
            named.add(segment)
        totals.apply(partition, segment, cells(counted[(partition, segment)]))
        after = brought_up(totals)
        assert all(after.get(name, 0) >= count for name, count in before.items())
        assert sum(after.values()) == sum(counted.values())
        before = after
