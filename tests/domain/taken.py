"""What a roll-up gives out, as the published rows that it means; and the other way round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stream.domain.cells import Cells
from stream.domain.rollup import NOW_WINDOW, Rollup
from stream.domain.rows import Address, Block, Row, Rows, make_number
from stream.domain.rowspec import RowSpec
from stream.metrics import ROWS


def taken_rows(rollup: Rollup) -> Iterator[tuple[str, Row | None]]:
    """Rows that may have changed since the last call, by key; None for one that exists no more."""
    for block in rollup.take_blocks():
        for spec in ROWS:
            if (spec.kind == "level") is (block.window == NOW_WINDOW) and spec.name not in block.kept:
                yield block.key(spec.name), block.row(spec.name) if spec.name in block.numbers else None


def rows_made(cells: Mapping[Address, tuple[tuple[int, int] | None, Mapping[RowSpec, Cells]]]) -> Rows:
    """Rows of these groups and windows, each with its bounds, made of the cells given for their specs."""
    return Rows(
        {
            address: Block(*address, {spec.name: make_number(spec, bounds, of) for spec, of in held.items()})
            for address, (bounds, held) in cells.items()
        }
    )
