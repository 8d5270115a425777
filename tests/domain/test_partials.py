"""What travels to the roll-up: any cells come back as they were, however large they have grown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.cells import Cell
from stream.domain.partials import decode_cells, encode_cells

WEEK_US = 7 * 86_400 * 1_000_000


@pytest.mark.parametrize("total", [0, -1, 2**63, 2**64 - 1, 2**64, -(2**63) - 1, 40_000_000 * WEEK_US, 10**30])
def test_a_sum_of_any_size_comes_back(total: int) -> None:
    cells = {"full_resolution": Cell(40_000_000, total, {17: 39_999_999, -3: 1}), "offered": Cell(2)}
    assert decode_cells(encode_cells(cells)) == cells


@given(
    st.dictionaries(
        st.text(max_size=20),
        st.builds(
            Cell,
            st.integers(),
            st.integers(),
            st.none() | st.dictionaries(st.integers(-100, 5000), st.integers(), min_size=1, max_size=4),
        ),
        max_size=4,
    )
)
def test_all_cells_come_back(cells: dict[str, Cell]) -> None:
    assert decode_cells(encode_cells(cells)) == cells
