"""Which facts of a topic's tail are asked for, and where the tail begins. Pure: no Kafka here."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct

from stream.domain.segments import FIELDS, OTHER, SEPARATOR, Segment
from stream.domain.times import parse_time_us


class FactQuery(Struct, frozen=True):
    """Facts called ``kind``, or so with ``/`` and more behind it, of one group, that happened since ``since_us``.

    ``unnamed``: segments of ``dimensions`` that count as ``other``.
    """

    kind: str
    by: str
    segment: Mapping[str, str]
    since_us: int
    dimensions: Sequence[str] = FIELDS
    unnamed: Container[Segment] = frozenset()


class FactTail:
    """What the query finds in the records taken so far: of each key the last one counts."""

    def __init__(self, query: FactQuery) -> None:
        self._since_us = query.since_us
        self._wanted = [*query.segment.items()]
        self._dimensions, self._unnamed = query.dimensions, query.unnamed
        self._name, self._prefix = query.kind.encode(), f"{query.kind}/".encode()
        self._found: dict[bytes, tuple[int, dict[str, Any]]] = {}

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """A record of the topic, in its partition's order; a value of None retracts the fact."""
        if key is None:
            return
        # A bar in the ticket id is escaped, so the first one ends it. Most records are of other facts: look no further.
        name = key.partition(b"|")[2]
        if name != self._name and not name.startswith(self._prefix):
            return
        found = self._asked_for(value) if value is not None else None
        if found is None:
            self._found.pop(key, None)
        else:
            self._found[key] = found

    def newest(self) -> Iterator[dict[str, Any]]:
        """All that was found, the newest first."""
        for _, fact in sorted(
            self._found.values(), key=lambda found: (-found[0], found[1]["ticket"], found[1]["fact"])
        ):
            yield fact

    def _asked_for(self, value: bytes) -> tuple[int, dict[str, Any]] | None:
        fact: dict[str, Any] = orjson.loads(value)
        segment = fact["segment"]
        if SEPARATOR.join([segment.get(name, "") for name in self._dimensions]) in self._unnamed:
            segment = dict.fromkeys(self._dimensions, OTHER)
        if any(segment.get(dimension) != text for dimension, text in self._wanted):
            return None
        time_us = parse_time_us(fact["time"])
        return (time_us, fact) if time_us >= self._since_us else None


def tail_starts(firsts: Sequence[int], ends: Sequence[int], most: int) -> list[int]:
    """Where to begin in each partition so that at most ``most`` offsets are read: the newest, shared out evenly.

    ``firsts``: where each would begin without that limit. What one partition does not need the others get.
    """
    starts = list(firsts)
    wanting = sorted(
        (max(end - first, 0), number) for number, (first, end) in enumerate(zip(firsts, ends, strict=True))
    )
    left = most
    for place, (wanted, number) in enumerate(wanting):
        granted = min(wanted, left // (len(wanting) - place))
        starts[number] = ends[number] - granted
        left -= granted
    return starts
