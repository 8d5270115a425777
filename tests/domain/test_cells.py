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


def test_a_copy_shares_nothing() -> None:
    cell = Cell(1, 10, {1: 1})
    copy = cell.copy()
    assert copy == cell
    copy.add(10, 1, 1)
    assert cell == Cell(1, 10, {1: 1})


def test_nothing_lacks_in_what_is_equal() -> None:
    assert Cell(2, 5, {1: 2}).minus(Cell(2, 5, {1: 2})) is None
    assert Cell(1).minus(Cell(1)) is None


def test_what_lacks_in_another_added_to_it_gives_the_same() -> None:
    for new, old in (
        (Cell(3, 15, {1: 2, 2: 1}), Cell(2, 10, {2: 2})),
        (Cell(1, 4), Cell(2, 10, {2: 2})),
        (Cell(2, 10, {2: 2}), Cell(1, 4)),
        (Cell(2, 10, {2: 1, 3: 1}), Cell(2, 10, {2: 1, 4: 1})),
    ):
        more = new.minus(old)
        assert more is not None
        merged = old.copy()
        merged.merge(more)
        assert (merged.count, merged.sum, merged.bins or {}) == (new.count, new.sum, new.bins or {})


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
