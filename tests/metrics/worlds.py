"""Customers of a made-up world, and the rows of one window over all of them, worked out without any pane."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stream.domain.cells import Cell, Cells
from stream.domain.facts import Facts
from stream.domain.numbers import Row
from stream.domain.row_making import RowMaker
from stream.metrics import ROWS
from tests.domain.stories import US, Story

DAY: Final = 86_400
WINDOW: Final = (100 * DAY, 130 * DAY)
"""The 30 days from the hundredth day on, in seconds."""


def cells_of(world: Iterable[Story], window: tuple[int, int] = WINDOW) -> Cells:
    """What the window, and the levels, have of all of them."""
    cells: Cells = {}
    for customer in world:
        _book(customer.facts, window, cells)
    return cells


def _book(facts: Facts, window: tuple[int, int], into: Cells) -> None:
    for fact in facts.values():
        if not fact.level and not window[0] <= fact.time_us / US < window[1]:
            continue
        for booking in fact.bookings:
            into.setdefault(booking.name, Cell()).add(booking.amount, booking.bin_index, 1)


def row_of(world: Iterable[Story], metric: str, definition: str, window: tuple[int, int] = WINDOW) -> Row:
    """One row as it is published."""
    (spec,) = (row for row in ROWS if (row.metric, row.definition) == (metric, definition))
    return RowMaker(spec).make(None if spec.kind == "level" else window, cells_of(world, window)).row("all", "", "30d")
