"""The public form of facts, as JSON. Metric rows are made in the roll-up."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import orjson

from stream.domain.facts import Fact
from stream.domain.rows import key_part
from stream.domain.segments import FIELDS, THREE, Dimensions, Segment
from stream.domain.times import format_time_us

_MILLISECONDS: Final = tuple(b".%03d000Z" % millis for millis in range(1000))


class FactRows:
    """Keys and values of facts' rows. A ticket's come one after the other: what two have in common is made once."""

    __slots__ = ("_begin", "_dimensions", "_end", "_key", "_segment", "_ticket", "_time", "_time_us")

    def __init__(self, dimensions: Dimensions = THREE) -> None:
        self._dimensions = dimensions
        self._ticket: str | None = None
        self._key = self._begin = b""
        self._segment: Segment | None = None
        self._end = b""
        self._time_us = -1
        self._time = b""

    def row(self, ticket: str, name: str, fact: Fact | None) -> tuple[bytes, bytes | None]:
        """The same fact of the same ticket always has the same key. Without a value (a tombstone) it was retracted."""
        if ticket is not self._ticket:
            self._ticket = ticket
            self._key = fact_key(ticket, "")
            self._begin = b'{"ticket":%s,"fact":' % orjson.dumps(ticket)
        key = self._key + name.encode()
        if fact is None:
            return key, None
        if fact.segment is not self._segment:
            self._segment = fact.segment
            self._end = b',"segment":%s}' % _segment(fact.segment, self._dimensions)
        if fact.time_us != self._time_us:
            self._time_us = fact.time_us
            self._time = b',"time":"%s","value":' % _time(fact.time_us)
        return key, b"".join((self._begin, orjson.dumps(name), self._time, orjson.dumps(fact.value), self._end))


def fact_key(ticket: str, fact: str) -> bytes:
    """Key of one fact's row."""
    return f"{key_part(ticket)}|{fact}".encode()


def fact_row(ticket: str, name: str, fact: Fact | None, dimensions: Dimensions = THREE) -> bytes | None:
    """Value of one fact's row; a field that is no dimension is empty."""
    return FactRows(dimensions).row(ticket, name, fact)[1]


@lru_cache(maxsize=65536)
def _second(second: int) -> bytes:
    return format_time_us(second * 1_000_000)[:-1].encode()


@lru_cache(maxsize=65536)
def _segment(segment: Segment, dimensions: Dimensions) -> bytes:
    return orjson.dumps(dict.fromkeys(FIELDS, "") | dimensions.labels(segment))


def _time(time_us: int) -> bytes:
    """`format_time_us`, several times as fast: a row is written for every fact."""
    second, fraction = divmod(time_us, 1_000_000)
    if not fraction:
        return _second(second) + b"Z"
    millis, rest = divmod(fraction, 1000)
    return _second(second) + (b".%06dZ" % fraction if rest else _MILLISECONDS[millis])
