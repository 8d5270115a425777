"""How often the rows of one group in one window are written: at once, unless they change all the time.

A row of `1h` that one event in 3,600 changes is not worth writing with each. So a block of rows may be written a few
times in a row, and from then on at the pace of its window. Where nothing has changed but the window's bounds, the few
times are left for what does change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from zlib import crc32

from stream.domain.rows import Address, Block, Number
from stream.domain.windows import Window

BURST: Final = 5
"""So many times at once, or once more; each comes back after the interval of the window."""

LONGEST_US: Final = 300_000_000
"""No row waits for longer."""


def intervals_us(windows: Iterable[Window], writes_per_window: int) -> dict[str, int]:
    """By name of a window: the time between two writes of what changes all the time. Levels have none."""
    if not writes_per_window:
        return {}
    return {
        window.name: min(window.length_seconds * 1_000_000 // writes_per_window, LONGEST_US) or LONGEST_US
        for window in windows
    }


class RowPace:
    """By block the time at which all of its `BURST` writes are back; ``intervals_us`` by name of the window."""

    def __init__(self, intervals_us: Mapping[str, int]) -> None:
        self._intervals_us = intervals_us
        self._full_us: dict[Address, int] = {}

    def lets(self, published: Block, block: Block, now_us: int) -> bool:
        """Whether ``block`` may be written now in the place of ``published``; if so it counts as written."""
        address = block.address
        interval_us = self._intervals_us.get(block.window, 0)
        if not interval_us or not published.numbers:
            return True
        if not block.numbers:
            self._full_us.pop(address, None)
            return True
        # Each at a time of its own: blocks that were written together once would be for ever.
        full_us = self._full_us.get(address) or now_us - _phase_us(address, interval_us)
        if now_us < full_us - (BURST - 1) * interval_us:
            return False
        if now_us < full_us and _has_only_moved(published, block):
            return False
        is_known = address in self._full_us
        self._full_us[address] = (max(full_us, now_us) if is_known else full_us) + interval_us
        return True

    def __len__(self) -> int:
        """Blocks that are known to have been written."""
        return len(self._full_us)


def _phase_us(address: Address, interval_us: int) -> int:
    return crc32("|".join(address).encode()) * interval_us >> 32


def _has_only_moved(old: Block, new: Block) -> bool:
    return old.numbers.keys() == new.numbers.keys() and all(
        _says_the_same(number, new.numbers[name]) for name, number in old.numbers.items()
    )


def _says_the_same(old: Number, new: Number) -> bool:
    return (old.count, old.amount, old.less, old.percentiles) == (new.count, new.amount, new.less, new.percentiles)
