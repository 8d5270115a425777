"""Cells add and subtract exactly."""

from __future__ import annotations

from stream.domain.cells import Cell, Cells, difference, merge_cells


def test_booking_counts_sums_and_bins() -> None:
    cell = Cell()
    cell.add(700, 3, 1)
    cell.add(300, 3, 1)
    assert (cell.count, cell.sum, cell.bins) == (2, 1000, {3: 2})


def test_retracting_all_that_was_booked_leaves_nothing() -> None:
    cell = Cell()
    cell.add(700, 3, 1)
    cell.add(700, 3, -1)
    assert cell.is_zero()
    assert cell.bins == {}


def test_a_measure_without_bins_gets_none() -> None:
    cell = Cell()
    cell.add(0, -1, 1)
    assert cell.bins is None


def test_zero_is_a_bin_like_any_other() -> None:
    cell = Cell()
    cell.add(0, 0, 1)
    assert cell.bins == {0: 1}


def test_a_cell_with_a_sum_but_no_count_is_not_nothing() -> None:
    assert not Cell(0, 5).is_zero()


def test_merging_adds_measure_by_measure() -> None:
    into: Cells = {"a": Cell(1, 10, {1: 1})}
    merge_cells(into, {"a": Cell(2, 5, {1: 1, 2: 1}), "b": Cell(1)})
    assert into == {"a": Cell(3, 15, {1: 2, 2: 1}), "b": Cell(1)}


def test_subtracting_what_was_added_removes_the_measure() -> None:
    into: Cells = {"a": Cell(1, 10, {1: 1})}
    merge_cells(into, {"a": Cell(1, 10, {1: 1})}, -1)
    assert into == {}


def test_merging_does_not_share_the_other_cells() -> None:
    into: Cells = {}
    other: Cells = {"a": Cell(1, 10, {1: 1})}
    merge_cells(into, other)
    into["a"].add(10, 1, 1)
    assert other == {"a": Cell(1, 10, {1: 1})}


def test_the_difference_added_to_the_old_gives_the_new() -> None:
    old: Cells = {"a": Cell(3, 15, {1: 2, 2: 1}), "b": Cell(1)}
    new: Cells = {"a": Cell(1, 10, {2: 1}), "c": Cell(1, 1)}
    merge_cells(old, difference(new, old))
    assert {measure: (cell.count, cell.sum, cell.bins or {}) for measure, cell in old.items()} == {
        "a": (1, 10, {2: 1}),
        "c": (1, 1, {}),
    }


def test_equal_cells_differ_by_nothing() -> None:
    assert difference({"a": Cell(1, 2, {3: 1})}, {"a": Cell(1, 2, {3: 1})}) == {}
