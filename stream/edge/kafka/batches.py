"""Rows into a batch of aiokafka's, by the hundred.

`BatchBuilder.append` is two calls of Python around a native one: four of five parts of what a row costs. What is
written here goes to the native one, and the builder is told how many there are when it is closed. That is of the
version that `fetched` requires.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class RowBatch:
    """``batch``: of a producer, and still empty."""

    __slots__ = ("_append", "_batch", "_count")

    def __init__(self, batch: Any) -> None:
        self._batch = batch
        self._append = batch._builder.append
        self._count = 0

    def fill(
        self,
        rows: Sequence[tuple[bytes, bytes | None]],
        begin: int,
        end: int,
        headers: list[tuple[str, bytes]],
    ) -> int:
        """Put rows from index ``begin`` to before ``end`` in: the index of the first that has no room, or ``end``.

        An empty batch has room for one, whatever its size.
        """
        append, count = self._append, self._count
        for index in range(begin, end):
            key, value = rows[index]
            if append(count, None, key, value, headers) is None:
                end = index
                break
            count += 1
        self._count = count
        return end

    def __len__(self) -> int:
        """Rows in it."""
        return self._count

    def closed(self) -> Any:
        """The batch, to be sent."""
        self._batch._relative_offset = self._count
        self._batch.close()
        return self._batch
