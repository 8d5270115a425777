"""Rows are written piece by piece, and their bytes are those of the whole row at once."""

from __future__ import annotations

import pytest

from stream.domain.cells import Cell
from stream.domain.rows import Block, make_number
from stream.domain.rowspec import RowSpec
from stream.domain.segments import THREE, segment_of
from stream.edge.owners.publication import body_of
from stream.edge.owners.row_text import RowTexts
from stream.metrics import ROWS

SEGMENT = segment_of("a|b", 'te"am/über', "")
BOUNDS = (None, (1_763_802_000, 1_763_802_300), (1_763_802_010, 1_763_802_310))
NAMES = sorted({measure.name for spec in ROWS for measure in (*spec.measures, *spec.level)})


def cells_of(count: int) -> dict[str, Cell]:
    return {
        name: Cell(count + place % 3, 1_763_802_000_000_000 + 7 * place, {3: 1, 40 + place: count})
        for place, name in enumerate(NAMES if count else ())
    }


@pytest.mark.parametrize("by", ["all", "channel", "team", "channel_team"])
def test_every_row_is_as_it_would_be_written_as_a_whole(by: str) -> None:
    texts, group = RowTexts(), THREE.rolled_up(SEGMENT, by)
    for count in (0, 1, 30):
        for bounds in BOUNDS:
            numbers = {spec.name: make_number(spec, bounds, cells_of(count)) for spec in ROWS}
            for window in ("now" if bounds is None else "5m", "1h"):
                block = Block(by, group, window, numbers)
                for spec in ROWS:
                    check(texts, block, spec)


def test_neighbours_of_other_blocks_and_bounds_do_not_mix() -> None:
    first, last = ROWS[0], ROWS[-1]
    blocks = [
        Block("team", team, "5m", {spec.name: make_number(spec, bounds, {}) for spec in (first, last)})
        for team in ("a", "b")
        for bounds in BOUNDS
    ]
    texts = RowTexts()
    for spec in (first, last):
        for block in (*blocks, *reversed(blocks)):
            check(texts, block, spec)


def check(texts: RowTexts, block: Block, spec: RowSpec) -> None:
    assert texts.body(block, spec.name, block.numbers[spec.name]) == body_of(block.row(spec.name))
    assert texts.key(block, spec.name) == block.key(spec.name).encode()
