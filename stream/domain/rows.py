"""Rows: the published form of a number, the same for the derived topic, the gauges and the pages.

They are kept as `Number`, a tenth of the size, and what the rows of one group in one window have in common stands once,
in their `Block`. None of that is looked at by the collector: it holds no cycles, and there may be a million.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from msgspec import Struct

from stream.domain.cells import Cells
from stream.domain.numbers import QUANTILES, Bounds, Number, Row
from stream.domain.row_making import RowMaker
from stream.domain.rowspec import RowSpec
from stream.domain.segments import SEPARATOR, Segment
from stream.domain.workforce import NO_GOAL, Goal

__all__ = [
    "QUANTILES",
    "Address",
    "Block",
    "Bounds",
    "Number",
    "Row",
    "Rows",
    "group_of_key",
    "in_key_order",
    "key_of_group",
    "key_part",
    "make_number",
    "make_row",
    "row_key",
]

Address: TypeAlias = tuple[str, Segment, str]
"""Group-by, group and window: where a block stands."""

_SIGNS: Final = {"/": SEPARATOR, "%2F": "/", "%7C": "|", "%25": "%"}
_IN_KEY: Final = str.maketrans({sign: text for text, sign in _SIGNS.items()})
_FROM_KEY: Final = re.compile("|".join(_SIGNS))
_KEY_PARTS: Final = 5


def row_key(spec: RowSpec, by: str, group: Segment, window: str) -> str:
    """Key of a row in the derived topic: the same number always has the same key, and no two share one."""
    return f"{spec.name}|{by}|{key_of_group(group)}|{window}"


def key_part(text: str) -> str:
    """``text`` without the signs that divide keys."""
    return text.translate(_IN_KEY)


@lru_cache(maxsize=65536)
def key_of_group(group: Segment) -> str:
    """The part of a row's key that names its group."""
    # Channel "a/b" with team "c" is not channel "a" with team "b/c".
    return key_part(group)


@lru_cache(maxsize=65536)
def group_of_key(part: str) -> Segment:
    """Inverse of `key_of_group`."""
    return _FROM_KEY.sub(lambda found: _SIGNS[found[0]], part)


def make_number(spec: RowSpec, bounds: Bounds | None, cells: Cells, goal: Goal = NO_GOAL) -> Number:
    """See `RowMaker.make`, which is there for whoever makes many of one spec."""
    return RowMaker(spec).make(bounds, cells, goal)


def make_row(
    spec: RowSpec,
    by: str,
    group: Segment,
    window: str,
    bounds: Bounds | None,
    cells: Cells,
    goal: Goal = NO_GOAL,
) -> Row:
    """The published form of `make_number`."""
    return make_number(spec, bounds, cells, goal).row(by, group, window)


class Block(Struct, frozen=True, gc=False):
    """The rows of one group in one window: ``numbers`` by the name of their spec.

    ``kept``: names of those that are as they were, and not among the numbers.
    """

    by: str
    group: Segment
    window: str
    numbers: dict[str, Number]
    kept: tuple[str, ...] = ()

    @property
    def address(self) -> Address:
        """Where it stands."""
        return self.by, self.group, self.window

    def key(self, name: str) -> str:
        """Key of a row, see `rows.row_key`."""
        return f"{name}|{self.by}|{key_of_group(self.group)}|{self.window}"

    def row(self, name: str) -> Row:
        """The published form of one."""
        return self.numbers[name].row(self.by, self.group, self.window)


def in_key_order(blocks: Iterable[Block]) -> list[Block]:
    """As the keys of the rows of one name are ordered."""
    return sorted(blocks, key=lambda block: f"{block.by}|{key_of_group(block.group)}|{block.window}")


class Rows(Mapping[str, Row]):
    """The published form of ``blocks``, by key: made anew for each that is asked for."""

    __slots__ = ("blocks",)

    def __init__(self, blocks: Mapping[Address, Block]) -> None:
        self.blocks = blocks

    def __getitem__(self, key: str) -> Row:
        parts = key.split("|")
        if len(parts) != _KEY_PARTS:
            raise KeyError(key)
        metric, definition, by, group, window = parts
        return self.blocks[by, group_of_key(group), window].row(f"{metric}|{definition}")

    def __iter__(self) -> Iterator[str]:
        return (block.key(name) for block in self.blocks.values() for name in block.numbers)

    def __len__(self) -> int:
        return sum(len(block.numbers) for block in self.blocks.values())

    def __bool__(self) -> bool:
        return bool(self.blocks)
