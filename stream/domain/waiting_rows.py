"""Rows that stay as they are for now: between the roll-up, which makes them all, and whoever shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from stream.domain.rows import Address, Block, Number


class WaitingRows:
    """``names``: of all rows there may be."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._waiting: Mapping[str, frozenset[str]] = {}
        self._withheld: dict[Address, dict[str, Number | None]] = {}
        """What was made of them meanwhile; None: the row is gone."""
        self._released: dict[Address, dict[str, Number | None]] = {}

    def wait(self, waiting: Mapping[str, frozenset[str]]) -> None:
        """By window the names of rows that wait from now on; those that have waited and are not among them go on."""
        if waiting == self._waiting:
            return
        self._waiting = waiting
        withheld, self._withheld = self._withheld, {}
        for address, numbers in withheld.items():
            still = waiting.get(address[2], frozenset())
            for name, number in numbers.items():
                into = self._withheld if name in still else self._released
                into.setdefault(address, {})[name] = number

    def of(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The blocks without what waits, after what waits no more."""
        while self._released:
            address, numbers = self._released.popitem()
            there = {name: number for name, number in numbers.items() if number is not None}
            yield Block(*address, there, tuple(self._names - numbers.keys()))
        for block in blocks:
            waiting = self._waiting.get(block.window)
            yield self._without(block, waiting) if waiting else block

    def _without(self, block: Block, waiting: frozenset[str]) -> Block:
        withheld = self._withheld.setdefault(block.address, {})
        for name in waiting.difference(block.kept):
            withheld[name] = block.numbers.get(name)
        numbers = {name: number for name, number in block.numbers.items() if name not in waiting}
        return Block(*block.address, numbers, (*block.kept, *waiting.difference(block.kept)))
