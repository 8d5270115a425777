"""Where panels stand: shelves from top to bottom, each filled from left to right. A dashboard is 24 columns wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as models

COLUMNS: Final = 24
_ON_A_SHELF: Final = (4, 6, 8)

_T = TypeVar("_T")

Placed: TypeAlias = "models.Panel | models.RowPanel"


@dataclass(frozen=True)
class Shelf:
    """Panels of one height, sharing the width evenly; one row of the grid is 38 px on the screen."""

    height: int
    panels: Sequence[Builder[models.Panel]]


@dataclass(frozen=True)
class Heading:
    """A line with a title between shelves."""

    title: str


def in_shelves(members: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Two shelves, as far as that goes: four to a shelf, or more where they are many; the last one may have fewer."""
    most = next((each for each in _ON_A_SHELF if len(members) <= 2 * each), _ON_A_SHELF[-1])
    for first in range(0, len(members), most):
        yield members[first : first + most]


def place(shelves: Sequence[Shelf | Heading]) -> list[Placed]:
    """Panels with their positions, and ids from 1 on."""
    placed: list[Placed] = []
    top = 0
    for shelf in shelves:
        if isinstance(shelf, Heading):
            position = models.GridPos(h=1, w=COLUMNS, x=0, y=top)
            placed.append(models.RowPanel(title=shelf.title, grid_pos=position, id_val=len(placed) + 1, panels=[]))
            top += 1
            continue
        width, left_over = divmod(COLUMNS, len(shelf.panels))
        if left_over:
            raise ValueError(f"{len(shelf.panels)} panels do not share {COLUMNS} columns evenly")
        for number, builder in enumerate(shelf.panels):
            panel = builder.build()
            panel.id_val = len(placed) + 1
            panel.grid_pos = models.GridPos(h=shelf.height, w=width, x=number * width, y=top)
            placed.append(panel)
        top += shelf.height
    return placed
