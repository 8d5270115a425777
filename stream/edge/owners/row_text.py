"""Metric rows as bytes: what the rows of one block, and all rows of one name, have in common is made once."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import orjson

from stream.domain.numbers import Bounds, Number, moment
from stream.domain.rows import Block, key_of_group
from stream.domain.segments import group_labels

_MOST_NAMES: Final = 4096


class RowTexts:
    """Keys and values of rows that come block by block. The bytes are those of the whole row, see `publication`."""

    __slots__ = ("_block", "_heads", "_key_end", "_middle")

    def __init__(self) -> None:
        self._heads: dict[str, bytes] = {}
        self._block: Block | None = None
        self._key_end = b""
        self._middle = b""

    def key(self, block: Block, name: str) -> bytes:
        """Key of the row called ``name``."""
        self._enter(block)
        return name.encode() + self._key_end

    def body(self, block: Block, name: str, number: Number) -> bytes:
        """What `publication.body_of` gives of the row."""
        self._enter(block)
        head = self._heads.get(name)
        if head is None:
            if len(self._heads) >= _MOST_NAMES:
                self._heads.clear()
            spec = number.spec
            head = b'{"metric":%s,"definition":%s,' % (orjson.dumps(spec.metric), orjson.dumps(spec.definition_id))
            self._heads[name] = head
        fields = orjson.dumps(number.fields(block.window))
        return b"".join((head, self._middle, _times(number.bounds), orjson.dumps(number.count), b",", fields[1:-1]))

    def _enter(self, block: Block) -> None:
        if block is not self._block:
            self._block = block
            by, group, window = block.by, block.group, block.window
            self._key_end = f"|{by}|{key_of_group(group)}|{window}".encode()
            labels = orjson.dumps(group_labels(by, group))
            self._middle = b'"by":%s,"segment":%s,"window":%s,' % (orjson.dumps(by), labels, orjson.dumps(window))


@lru_cache(maxsize=4096)
def _times(bounds: Bounds | None) -> bytes:
    """Begin and end of a window, and what follows them."""
    begin, end = (moment(bounds[0]), moment(bounds[1])) if bounds else (None, None)
    return b'"window_start":%s,"window_end":%s,"count":' % (orjson.dumps(begin), orjson.dumps(end))
