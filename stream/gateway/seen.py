"""Deliveries that were written lately: one that comes again as it was is not written again.

This only saves work: events have ids of their own, so a delivery written twice is counted once.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

MOST: Final = 10_000


class Seen:
    """Marks of deliveries for ``window_seconds``, and no more than `MOST`. Pure: time is an argument."""

    def __init__(self, window_seconds: float, most: int = MOST) -> None:
        self._window_seconds = window_seconds
        self._most = most
        self._marks: OrderedDict[bytes, float] = OrderedDict()

    def has(self, mark: bytes, now_seconds: float) -> bool:
        """Whether a delivery with this mark was written."""
        while self._marks and now_seconds - next(iter(self._marks.values())) > self._window_seconds:
            self._marks.popitem(last=False)
        return mark in self._marks

    def note(self, mark: bytes, now_seconds: float) -> None:
        """It is written."""
        self._marks[mark] = now_seconds
        self._marks.move_to_end(mark)
        if len(self._marks) > self._most:
            self._marks.popitem(last=False)
